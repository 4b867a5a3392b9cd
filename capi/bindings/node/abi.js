// SPDX-License-Identifier: MIT
// What tpool.js uses of include/tpool, for koffi, and the error that its statuses become.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const koffi = require('./koffi.js');

const POOL_MANUAL_CALLBACKS = 2;
const POOL_NO_THREADS = 4;
const TASK_CONFIRM = 1;

const ETIMEDOUT = -4;
const ECLOSED = -6;
const STATUS = [
  'TP_OK', 'TP_EINVAL', 'TP_ENOMEM', 'TP_EAGAIN', 'TP_ETIMEDOUT', 'TP_ENOTREADY', 'TP_ECLOSED',
  'TP_ERUNNING', 'TP_EDEADLK', 'TP_ETASK', 'TP_ECANCELED', 'TP_ETERMINATED', 'TP_EINIT', 'TP_ELOST',
  'TP_EFORKED', 'TP_EOVERFLOW', 'TP_ENOTSUP',
];

const PoolOptions = koffi.struct('tp_pool_options_t', {
  size: 'size_t', workers: 'size_t', initializer: 'void *', finalizer: 'void *', arg: 'void *',
  name: 'const char *', flags: 'uint32_t', max_pending: 'size_t', unobserved: 'void *',
  arg_drop: 'void *',
});
const JobOptions = koffi.struct('tp_job_options_t', {
  size: 'size_t', chunksize: 'size_t', buffersize: 'size_t', flags: 'uint32_t', callback: 'void *',
  error_callback: 'void *', user: 'void *', source_drop: 'void *', ctx_drop: 'void *',
});
const Task = koffi.struct('tp_task_t', {
  size: 'size_t', fn: 'void *', ctx: 'void *', item_size: 'size_t', value_size: 'size_t',
  item_move: 'void *', item_drop: 'void *', value_move: 'void *', value_drop: 'void *',
  ctx_drop: 'void *', flags: 'uint32_t',
});
const Stats = koffi.struct('tp_pool_stats_t', {
  size: 'size_t', state: 'uint64_t', workers: 'uint64_t', busy: 'uint64_t', queued: 'uint64_t',
  running: 'uint64_t', submitted: 'uint64_t', completed: 'uint64_t', failed: 'uint64_t',
  cancelled: 'uint64_t', items: 'uint64_t', steals: 'uint64_t', parks: 'uint64_t',
  callbacks: 'uint64_t',
});
const Bytes = koffi.struct({ data: 'void *', size: 'size_t' });  // a served task's item and value
const JobCallback = koffi.pointer(koffi.proto('void JobCallback(void *user, void *result)'));
const Dispatch = koffi.pointer(koffi.proto('int Dispatch(void *ctx, void *item, void *value)'));

/** The library's path: the one that the program names, or the one of this package's prefix. */
function find() {
  if (process.env.TPOOL_LIBRARY) return process.env.TPOOL_LIBRARY;
  const lib = path.resolve(__dirname, '../../../lib');
  const folders = fs.existsSync(lib) ? fs.readdirSync(lib).filter((name) => /-linux-/.test(name)) : [];
  return [lib, `${lib}64`, ...folders.map((name) => path.join(lib, name))]
    .map((folder) => path.join(folder, 'libtpool.so.1'))
    .find((file) => fs.existsSync(file)) ?? 'libtpool.so.1';
}

// tp.pool_create and so on
const library = koffi.load(find());
const tp = Object.fromEntries([
  'const char *tp_version()',
  'const char *tp_strerror(int status)',
  'void *tp_last_error()',
  'int tp_error_code(void *error)',
  'size_t tp_error_index(void *error)',
  'const char *tp_error_message(void *error)',
  'int tp_pool_create(tp_pool_options_t *options, _Out_ void **pool)',
  'int tp_pool_close(void *pool)',
  'int tp_pool_terminate(void *pool)',
  'int tp_pool_join(void *pool, double timeout)',
  'void tp_pool_destroy(void *pool)',
  'int tp_pool_workers(void *pool, _Out_ size_t *workers)',
  'int tp_pool_stats(void *pool, _Inout_ tp_pool_stats_t *stats)',
  'int tp_pool_fd(void *pool, _Out_ int *fd)',
  'int tp_pool_run_callbacks(void *pool, double timeout, void *ran)',
  `int tp_pool_apply_async(void *pool, tp_task_t *task, void *item, tp_job_options_t *options,
                           _Out_ void **result)`,
  `int tp_pool_starmap_async(void *pool, void *call, void *rows, size_t n,
                             tp_job_options_t *options, _Out_ void **result)`,
  'int tp_result_get(void *result, double timeout, _Out_ void **values)',
  'void *tp_result_error(void *result)',
  'int tp_result_cancel(void *result)',
  'void tp_result_release(void *result)',
  'int tp_call_create(void *fn, const char *signature, _Out_ void **call)',
  'int tp_call_row(void *call, _Out_ size_t *row_size, void *n_args, void *value_size)',
  'int tp_call_arg(void *call, size_t index, _Out_ size_t *offset, void *arg_size)',
  'void tp_call_release(void *call)',
  'int tp_task_set_error(const char *message, void *payload, void *payload_drop)',
  'int tp_task_confirm()',
  'int tp_task_stop_requested()',
  'int tp_worker_index()',
  'int tp_worker_enter(void *pool, void *dispatch, double timeout, void *ran)',
].map((prototype) => [/tp_(\w+)\(/.exec(prototype)[1], library.func(prototype)]));

/** A failure: its status (-9), its name as code ('TP_ETASK'), the failed item's index. */
class TpoolError extends Error {
  constructor(status, error = null, cause = null) {
    super(error ? tp.error_message(error) : tp.strerror(status), cause ? { cause } : undefined);
    this.name = 'TpoolError';
    this.status = status;
    this.code = STATUS[-status];
    this.index = error ? tp.error_index(error) : 0;
    this.taskCode = error ? tp.error_code(error) : 0;
  }
}

function check(status, error = null, cause = null) {
  if (status < 0) throw new TpoolError(status, error, cause);
  return status;
}

const memcpy = koffi.load(null).func('void *memcpy(void *to, void *from, size_t size)');

module.exports = {
  POOL_MANUAL_CALLBACKS, POOL_NO_THREADS, TASK_CONFIRM, ETIMEDOUT, ECLOSED, Bytes, Dispatch,
  JobCallback, JobOptions, PoolOptions, Stats, Task, TpoolError, check,
  memcpy, tp,
};
