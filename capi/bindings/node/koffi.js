// SPDX-License-Identifier: MIT
// The package koffi, through which the library is called: beside this package or beside the program.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

function find() {
  const program = require.main?.filename ?? process.argv[1];
  for (const from of [__filename, program, path.join(process.cwd(), 'program.js')]) {
    try {
      if (from) return createRequire(from)('koffi');
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error("tpool calls its library through the package koffi: run 'npm install koffi'");
}

module.exports = find();
