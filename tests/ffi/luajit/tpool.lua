-- SPDX-License-Identifier: MIT
-- What program.lua uses of include/tpool, for LuaJIT's ffi.
local ffi = require 'ffi'

ffi.cdef [[
enum {
  TP_OK = 0, TP_END = 1, TP_EINVAL = -1, TP_ETIMEDOUT = -4, TP_ERUNNING = -7, TP_ETASK = -9,
  TP_ETERMINATED = -11,
  TP_POOL_MANUAL_CALLBACKS = 2, TP_POOL_NO_THREADS = 4, TP_TASK_CONFIRM = 1
};

typedef struct tp_pool tp_pool_t;
typedef struct tp_result tp_result_t;
typedef struct tp_call tp_call_t;
typedef struct tp_error tp_error_t;
typedef int (*tp_task_fn)(void *ctx, const void *item, void *value);
typedef int (*tp_source_fn)(void *ctx, void *item);

typedef struct {
  size_t size, workers;
  int (*initializer)(void *arg);
  void (*finalizer)(void *arg);
  void *arg;
  const char *name;
  uint32_t flags;
  size_t max_pending;
  void (*unobserved)(void *arg, const tp_error_t *error);
  void (*arg_drop)(void *arg);
} tp_pool_options_t;

typedef struct {
  size_t size, chunksize, buffersize;
  uint32_t flags;
  void (*callback)(void *user, tp_result_t *result);
  void (*error_callback)(void *user, tp_result_t *result);
  void *user;
  void (*source_drop)(void *source);
  void (*ctx_drop)(void *ctx);
} tp_job_options_t;

typedef struct {
  size_t size;
  tp_task_fn fn;
  void *ctx;
  size_t item_size, value_size;
  void (*item_move)(void *dst, void *src);
  void (*item_drop)(void *item);
  void (*value_move)(void *dst, void *src);
  void (*value_drop)(void *value);
  void (*ctx_drop)(void *ctx);
  uint32_t flags;
} tp_task_t;

const char *tp_version(void);
const char *tp_strerror(int status);
const tp_error_t *tp_last_error(void);
const char *tp_error_message(const tp_error_t *error);
size_t tp_error_index(const tp_error_t *error);

int tp_pool_create(const tp_pool_options_t *options, tp_pool_t **pool);
int tp_pool_close(tp_pool_t *pool);
int tp_pool_terminate(tp_pool_t *pool);
int tp_pool_join(tp_pool_t *pool, double timeout);
void tp_pool_destroy(tp_pool_t *pool);
int tp_pool_fd(tp_pool_t *pool, int *fd);
int tp_pool_run_callbacks(tp_pool_t *pool, double timeout, size_t *ran);

int tp_pool_apply_async(tp_pool_t *, const tp_task_t *, const void *item, const tp_job_options_t *,
                        tp_result_t **result);
int tp_pool_map_async(tp_pool_t *, const tp_task_t *, const void *items, size_t n,
                      const tp_job_options_t *, tp_result_t **result);
int tp_pool_imap(tp_pool_t *, const tp_task_t *, tp_source_fn, void *source,
                 const tp_job_options_t *, tp_result_t **result);
int tp_pool_starmap(tp_pool_t *, const tp_call_t *, const void *rows, void *values, size_t n,
                    const tp_job_options_t *);
int tp_pool_starmap_async(tp_pool_t *, const tp_call_t *, const void *rows, size_t n,
                          const tp_job_options_t *, tp_result_t **result);

int tp_result_ready(const tp_result_t *result);
int tp_result_wait(tp_result_t *result, double timeout);
int tp_result_get(tp_result_t *result, double timeout, void **values);
int tp_result_next(tp_result_t *result, double timeout, void *value);
const tp_error_t *tp_result_error(const tp_result_t *result);
void tp_result_release(tp_result_t *result);

int tp_call_create(void (*fn)(void), const char *signature, tp_call_t **call);
int tp_call_task(const tp_call_t *call, tp_task_t *task);
void tp_call_release(tp_call_t *call);

int tp_worker_enter(tp_pool_t *pool, tp_task_fn dispatch, double timeout, size_t *ran);
int tp_worker_index(void);
int tp_task_confirm(void);
int tp_task_set_error(const char *message, void *payload, void (*payload_drop)(void *payload));
]]

return ffi.load(os.getenv 'TPOOL_LIBRARY' or 'libtpool.so.1')
