// SPDX-License-Identifier: MIT
// A chain of continuations and a when_all from JavaScript. A continuation gets its source: here it is a typed call of a
// function of the library itself.
'use strict';

const assert = require('node:assert/strict');
const koffi = require('koffi');

const library = koffi.load(process.env.TPOOL_LIBRARY);
const func = (declaration) => library.func(declaration);
const tp = {
  create: func('int tp_pool_create(void *, _Out_ void **)'),
  destroy: func('void tp_pool_destroy(void *)'),
  promise: func('int tp_promise_create(void *, void *, _Out_ void **, _Out_ void **)'),
  set: func('int tp_promise_set(void *, void *)'),
  abandon: func('void tp_promise_release(void *)'),
  then: func('int tp_result_then(void *, void *, void *, _Out_ void **)'),
  whenAll: func('int tp_when_all(void **, size_t, _Out_ void **)'),
  wait: func('int tp_result_wait(void *, double)'),
  ready: func('int tp_result_ready(void *)'),
  get: func('int tp_result_get(void *, double, _Out_ void **)'),
  release: func('void tp_result_release(void *)'),
  call: func('int tp_call_create(void *, const char *, _Out_ void **)'),
  task: func('int tp_call_task(void *, void *)'),
  endCall: func('void tp_call_release(void *)'),
};

/** Calls a function whose last parameter is an out-pointer, and returns what it has put there. */
function made(f, ...args) {
  const out = [null];
  assert.equal(f(...args, out), 0);
  return out[0];
}

const pool = made(tp.create, null);
const call = made(tp.call, library.symbol('tp_result_successful'), 'int(pointer)');
const task = Buffer.alloc(256);
assert.equal(tp.task(call, task), 0);

const shape = Buffer.alloc(96);
shape.writeBigUInt64LE(96n);  // its size; no value
const promise = [null], first = [null];
assert.equal(tp.promise(pool, shape, promise, first), 0);

const chain = [first[0]];
for (let i = 0; i < 10; i++) chain.push(made(tp.then, chain[i], task, null));
const all = made(tp.whenAll, chain, chain.length);
assert.equal(tp.ready(all), 0);
assert.equal(tp.set(promise[0], null), 0);

tp.wait.async(all, 5, (error, status) => {
  assert.equal(error, null);
  assert.equal(status, 0);
  for (const result of chain.slice(1)) {
    assert.equal(koffi.decode(made(tp.get, result, 0), 'int'), 1);  // each source had succeeded
  }
  tp.abandon(promise[0]);
  for (const result of [...chain, all]) tp.release(result);
  tp.endCall(call);
  tp.destroy(pool);
  console.log('a chain of 10, and all of it');
});
