// SPDX-License-Identifier: MIT
// koffi reads tpool.cdef: its structs, function types and functions, a declaration at a time.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const koffi = require('koffi');

const text = fs.readFileSync(process.env.TPOOL_CDEF, 'utf8').replace(/\/\*.*?\*\//gs, '');
const library = koffi.load(process.env.TPOOL_LIBRARY);
const constants = {};
const tp = {};

// A pointer to a function is a pointer to koffi, here.
const plain = (declaration) => declaration
  .replace(/(?:void|int) \(\*(\w+)\)\([^()]*\)/g, 'void *$1').replace(/\s+/g, ' ');

/** The fields of a struct: each is a type and a name, with a star between them, and perhaps an array's length. */
function fields(body) {
  const parts = plain(body).split(';').map((field) => /^\s*(.*?)(\w+)(\[\d+\])?\s*$/.exec(field)).filter(Boolean);
  return Object.fromEntries(parts.map(([, type, name, length]) => [name,
    length ? koffi.array(type.trim(), Number(length.slice(1, -1))) : type.trim()]));
}

function declare(declaration) {
  let match;
  if ((match = /^(?:typedef )?enum\b.*?\{(.*)\}/s.exec(declaration))) {
    for (const [, name, value] of match[1].matchAll(/(\w+) = (-?\w+)/g)) constants[name] = Number(value);
  } else if ((match = /^typedef struct \w+ \{(.*)\} (\w+)$/s.exec(declaration))) {
    koffi.struct(match[2], fields(match[1]));
  } else if ((match = /^typedef struct \w+ (\w+)$/.exec(declaration))) {
    koffi.opaque(match[1]);
  } else if ((match = /^typedef (\w+) \(\*(\w+)\)(\(.*\))$/s.exec(declaration))) {
    koffi.alias(match[2], 'void *');
  } else {
    const name = /\b(tp_\w+)\(/.exec(declaration)[1];
    tp[name] = library.func(plain(declaration));
  }
}

for (const declaration of text.match(/[^;{}]*(?:\{[^{}]*\}[^;]*)?;/g)) {
  if (declaration.trim()) declare(declaration.trim().slice(0, -1));
}

assert.match(tp.tp_version(), /^\d+\.\d+\.\d+$/);
assert.equal(tp.tp_strerror(constants.TP_ECLOSED), 'Pool not running');
assert(Object.keys(tp).length > 50, `only ${Object.keys(tp).length} functions`);
const stats = { size: koffi.sizeof('tp_pool_stats_t') };
const out = [null];
const create = library.func('int tp_pool_create(tp_pool_options_t *, _Out_ tp_pool_t **)');
assert.equal(create({ size: koffi.sizeof('tp_pool_options_t'), workers: 3 }, out), constants.TP_OK);
const watch = library.func('int tp_pool_stats(tp_pool_t *, _Inout_ tp_pool_stats_t *)');
assert.equal(watch(out[0], stats), constants.TP_OK);
assert.equal(stats.workers, 3);
tp.tp_pool_destroy(out[0]);
console.log(`${Object.keys(tp).length} functions`);
