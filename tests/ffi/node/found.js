// SPDX-License-Identifier: MIT
// The installed package, required by its folder, finds the library of its prefix: no path is set, nor is the loader
// asked. koffi is in the current directory, as in a program's.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { NODE_PATH, TPOOL_LIBRARY, LD_LIBRARY_PATH, ...environment } = process.env;
const folder = NODE_PATH.split(':').map((each) => path.join(each, 'tpool')).find((each) => fs.existsSync(each));
const program = `
  const { NativeFunction, Pool } = require(${JSON.stringify(folder)});
  const pow = new NativeFunction('libm.so.6', 'pow', 'double(double, double)');
  const pool = new Pool({ workers: 2 });
  pool.starmap(pow, [[2, 10], [3, 2]]).then((values) => {
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    console.log(/\\S*libtpool\\.so\\S*/.exec(maps)[0], ...values);
    pool.close();
  });`;
const printed = execFileSync(process.execPath, ['-e', program], { env: environment, encoding: 'utf8' });
assert.equal(printed, `${fs.realpathSync(TPOOL_LIBRARY)} 1024 9\n`);
console.log(printed.trim());
