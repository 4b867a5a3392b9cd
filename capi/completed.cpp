// SPDX-License-Identifier: MIT
// Stage 2: results in the order of their ends; from include/tpool, to src/wait/completed.
#include "wait/completed.h"

#include "handles.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_as_completed(tp_result_t* const* results, size_t n, tp_completed_t** completed) {
  if (!completed) return TP_EINVAL;
  *completed = nullptr;
  if (const int status = check_all(results, n); status != TP_OK) return status;
  Completed* made = nullptr;
  const int status = Completed::make(to_jobs(results), n, made);
  if (status == TP_OK) *completed = to_handle(made);
  return status;
}

int tp_completed_next(tp_completed_t* completed, double timeout, size_t* index) {
  if (const int status = check(completed); status != TP_OK) return status;
  if (!index || !is_timeout(timeout)) return TP_EINVAL;
  const int status = to_completed(completed)->next(Deadline::in(timeout), *index);
  order::acquire(to_completed(completed));
  return status;
}

void tp_completed_release(tp_completed_t* completed) {
  if (check(completed) == TP_OK) to_completed(completed)->release();
}

}  // extern "C"
