// SPDX-License-Identifier: MIT
// Stage 3: what all submit calls have in common; from submit/*, to submit/entrance.
#pragma once

#include "base/order.h"
#include "submit/entrance.h"
#include "submit/expiry.h"
#include "submit/submit.h"
#include "trace/traced.h"
#include "wait/wait.h"

namespace tp::core {

inline Callbacks callbacks_of(const tp_job_options_t& options) noexcept {
  return {options.callback, options.error_callback, options.user};
}

inline Level level_of(const tp_job_options_t& options) noexcept {
  if (options.flags & TP_JOB_URGENT) return Level::urgent;
  return options.flags & TP_JOB_BACKGROUND ? Level::background : Level::normal;
}

inline bool is_normal(const tp_job_options_t& options) noexcept {
  return !(options.flags & (TP_JOB_URGENT | TP_JOB_BACKGROUND));
}

/// Says that the job may be opened, if that is so. Before it is queued.
template <class J>
void prepare_for_board(J& job, const tp_job_options_t& options) noexcept {
  if constexpr (J::kUsesBoard) {
    job.extras().uses_board = true;
    job.extras().level = level_of(options);
  }
}

inline int admit(Entrance& entrance, const Expiry& expiry, std::size_t items,
                 const tp_job_options_t& options) {
  if (!entrance.ok()) return TP_ENOMEM;
  if (expiry.status() != TP_OK) return expiry.status();
  return entrance.enter(items, options.flags, expiry.deadline());
}

/// Frees a job that is not admitted.
template <class J>
int refuse(J& job, int status) noexcept {
  job.discard();
  return status;
}

/// Admits a job and queues it, or frees it. prepare() runs between the two; when it returns false, it
/// has ended the job.
template <class J, class Prepare>
int submit(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options, Job** result,
           Prepare prepare) {
  if (!job) return TP_ENOMEM;
  Entrance entrance(pool, level_of(options));
  Expiry expiry(pool, *job, options.deadline);
  const int status = admit(entrance, expiry, items, options);
  if (status != TP_OK) return refuse(*job, status);
  prepare_for_board(*job, options);
  mark_submit(pool, job, job->kind(), options.name);
  if (result) *result = job;
  bool queues = false;
  const auto lost = [&] {
    job->unref();                    // the queue's reference
    if (result) job->drop_handle();  // the caller does not get it
  };
  call_or_else([&] { queues = prepare(); }, lost);
  if (!queues) {
    job->unref();
    return TP_OK;
  }
  order::release(job);
  expiry.begin();
  entrance.push(Entry::of(*job));
  return TP_OK;
}

template <class J>
int submit(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options, Job** result) {
  return submit(pool, job, items, options, result, [] { return true; });
}

/// An item has ended this thread while the caller waits for the others: they still use its memory.
inline void abandon(Job& job) {
  job.cut(TP_ECANCELED);
  wait_until(job.waiters(), Deadline::never(), [&] { return job.ready(); });
  order::acquire(order::ends(&job));
  job.drop_handle();
}

/// Admits a job, queues it and waits for it. error gets a reference when it failed.
template <class J>
int run_and_wait(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options,
                 Error*& error) {
  if (!job) return TP_ENOMEM;
  job->set_blocking();
  if ((job->helpable() || this_thread.owner) && !has_stack()) return refuse(*job, TP_EDEADLK);
  bool woke = false;
  {
    Entrance entrance(pool, level_of(options));
    Expiry expiry(pool, *job, options.deadline);
    const int status = admit(entrance, expiry, items, options);
    if (status != TP_OK) return refuse(*job, status);
    prepare_for_board(*job, options);
    mark_submit(pool, job, job->kind(), options.name);
    order::release(job);
    expiry.begin();
    woke = entrance.push(Entry::of(*job));
  }
  const bool spins = !woke;  // the way of a wake-up is longer than any spin
  call_or_else([&] { wait_over(*job, spins); }, [&] { abandon(*job); });
  order::acquire(order::ends(job));
  const int status = job->outcome();
  if (status != TP_OK) (error = job->lend_error())->retain();
  call_or_else([&] { job->drop_handle(); },
               [&] {
                 if (error) error->release();
               });
  return status;
}

}  // namespace tp::core
