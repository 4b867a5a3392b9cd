// SPDX-License-Identifier: MIT
// Stage 2: traces; from include/tpool, to src/worker/pool.
#include "tpool/trace.h"

#include "handles.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_pool_trace_start(tp_pool_t* pool, const char* path) {
  if (const int status = check(pool); status != TP_OK) return status;
  if (!path) return TP_EINVAL;
  return to_pool(pool)->start_trace(path);
}

int tp_pool_trace_stop(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  return to_pool(pool)->stop_trace();
}

}  // extern "C"
