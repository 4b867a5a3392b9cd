// SPDX-License-Identifier: MIT
// Stage 7: something that goes on in a job of a pool, or is told why it can't.
#ifndef TPOOL_DETAIL_HOP_HPP
#define TPOOL_DETAIL_HOP_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Lives until land() is called, once, and from then on not for the job's sake: nothing is
// allocated.
class Hop {
 public:
  // Returns TP_OK, or the refusal, and then nothing will be called.
  int submit(tp_pool_t* pool) noexcept {
    tp_task_t task{};
    task.size = sizeof(task);
    task.fn = run;
    task.ctx = this;
    tp_job_options_t options{};
    options.size = sizeof(options);
    options.flags = TP_JOB_UNBOUNDED;  // what it follows from may be held up by nobody
    options.error_callback = failed;
    options.user = this;
    return tp_pool_apply_async(pool, &task, nullptr, &options, nullptr);
  }

 protected:
  Hop() = default;
  ~Hop() = default;
  Hop(const Hop&) = default;
  Hop& operator=(const Hop&) = default;

  // On a worker with TP_OK; with the status of the job where that has not run, in its callback.
  virtual void land(int status) = 0;

 private:
  static int run(void* ctx, const void*, void*) {
    return guarded([ctx] { static_cast<Hop*>(ctx)->land(TP_OK); });
  }

  static void failed(void* user, tp_result_t* job) {
    const int status = tp_error_status(tp_result_error(job));
    if (status == TP_ETASK || status == TP_ELOST) return;  // it has landed
    guarded([user, status] { static_cast<Hop*>(user)->land(status); });
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
