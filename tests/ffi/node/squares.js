// SPDX-License-Identifier: MIT
const koffi = require('koffi');
const lib = koffi.load(process.env.TPOOL_LIBRARY ?? 'libtpool.so.1');
const create = lib.func('int tp_pool_create(void *options, _Out_ void **pool)');
const destroy = lib.func('void tp_pool_destroy(void *pool)');
const callCreate = lib.func('int tp_call_create(void *fn, str signature, _Out_ void **call)');
const callRelease = lib.func('void tp_call_release(void *call)');
const starmap = lib.func('int tp_pool_starmap(void *pool, void *call, double *rows, ' +
                         '_Out_ double *values, size_t n, void *options)');

const check = (status) => { if (status !== 0) throw new Error(`status ${status}`); };
const [pool, call] = [[null], [null]];
check(create(null, pool));
check(callCreate(koffi.load('libm.so.6').symbol('pow'), 'double(double, double)', call));
const rows = Float64Array.from([5, 2, 4, 2, 3, 2, 2, 2, 1, 2]);
const values = new Float64Array(5);
// On a thread of koffi's, so that the event loop goes on.
starmap.async(pool[0], call[0], rows, values, 5, null, (error, status) => {
  callRelease(call[0]);
  destroy(pool[0]);
  check(error ?? status);
  console.log(values.join(' '));
});
