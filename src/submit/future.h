// SPDX-License-Identifier: MIT
// Stage 3: results that no call of a pool makes; from capi/future, to queue/promise_job.
#pragma once

#include <cstddef>

#include "queue/promise_job.h"
#include "worker/pool.h"

namespace tp::core {

/// The pool of a job, whose memory stays for a scope.
class PoolOf {
 public:
  /// REQUIRES: the job's pool exists, or the job is not ready.
  explicit PoolOf(Job& job) noexcept : context_(job.retain_pool()) {
    if (!context_) (context_ = &job.pool())->retain();
  }
  ~PoolOf() { context_->release(); }
  PoolOf(const PoolOf&) = delete;
  PoolOf& operator=(const PoolOf&) = delete;

  Pool& operator*() const noexcept { return static_cast<Pool&>(*context_); }

 private:
  PoolContext* context_;
};

// capi has checked the arguments. A refused call touches no out-pointer.

int make_promise(Pool& pool, const tp_task_t& shape, Promise*& promise, tp_result_t*& result);
int then(Pool& pool, Job& source, const tp_task_t& task, const tp_job_options_t& options,
         tp_result_t** result);
/// The pool of a job that waits for none: it never ends and has no threads. nullptr without memory.
Pool* no_pool() noexcept;
int when(Pool& pool, Job* const* jobs, std::size_t count, bool needs_all, tp_result_t*& result);

}  // namespace tp::core
