/* SPDX-License-Identifier: MIT */
/* Expands each public macro; macros.sh checks that none is left out. */
#include <tpool/cluster.h>
#include <tpool/tpool.h>

#define NAME_OF(name, value, text) #name,
static const char* const status_names[] = {TP_STATUS_MAP(NAME_OF)};

TP_BEGIN_DECLS
TP_API int macro_declared(void);
TP_END_DECLS

static int macro_task(void* ctx, const void* TP_RESTRICT item, void* value) {
  (void)ctx;
  *TP_CAST(long*, value) = *TP_CAST(const int*, item);
  return 0;
}

TP_TASK_BATCH(macro_task, macro_task, int, long)

static int expand(void);
static int expand(void) {
  const tp_task_t task = TP_TASK(macro_task, TP_NULL, int, long);
  const tp_task_t many = TP_TASK_WITH(macro_task, macro_task_batch, TP_NULL, int, long);
  const double timeout = TP_FOREVER;
  const size_t buffersize = TP_UNBOUNDED;
  const unsigned flags = TP_POOL_CALLER_HELPS | TP_POOL_MANUAL_CALLBACKS | TP_POOL_NO_THREADS |
                         TP_POOL_KEEP_SIGNALS | TP_POOL_DRAIN | TP_CLUSTER_LEADS |
                         TP_JOB_FAIL_FAST | TP_JOB_TRY |
                         TP_JOB_URGENT | TP_JOB_BACKGROUND | TP_JOB_KEEP_ERRORS |
                         TP_JOB_CALLER_RUNS | TP_JOB_ON_SUCCESS | TP_JOB_UNBOUNDED |
                         TP_TASK_CONFIRM;
  const int version = TP_VERSION_MAJOR + TP_VERSION_MINOR + TP_VERSION_PATCH;
  return (task.item_size & buffersize) != 0 && many.batch != task.batch && timeout > 0 &&
         flags != 0 && version > 0 && *status_names[0] == 'T';
}

/* A use, so that no compiler says that it is unused. */
extern int (*const use_of_expand)(void);
int (*const use_of_expand)(void) = expand;
