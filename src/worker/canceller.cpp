// SPDX-License-Identifier: MIT
// Stage 5: cancels all jobs of a pool; from worker/pool, to result/job.
#include "worker/canceller.h"

#include <utility>

#include "base/asymmetric_fence.h"
#include "base/scope_guards.h"
#include "base/sync_point.h"
#include "wait/dependencies.h"
#include "worker/pool.h"
#include "worker/worker.h"

namespace tp::core {

void Canceller::cancel_all() {
  take_all();
  end_all();
}

/// The first step. What other threads submit meanwhile may be taken, too.
void Canceller::take_all() noexcept {
  const Uncancelled whole;
  Lock lock(one_at_a_time_);
  pool_.change_signs(Signs::kCancelling, 0);
  sync_point("canceller.halts");
  heavy_fence();  // a worker that has not seen the sign has filled its hands
  pool_.workers().await_hands();
  take_queued();
  pool_.finder().open_jobs().each_started([this](Job& job) {
    job.ref();
    if (!take(job)) job.unref();  // its list has a reference
  });
  sync_point("canceller.taken");
  pool_.count_cancel();
  pool_.change_signs(0, Signs::kCancelling);
}

/// What waits in the submit queues and in the local queues of workers. Other threads may go on to submit: what they add
/// is left.
void Canceller::take_queued() noexcept {
  QueuedTask task;
  const auto one = [](std::size_t) { return std::size_t{1}; };
  for (Producer* producer = pool_.finder().first_producer(); producer; producer = producer->next)
    for (std::size_t left = producer->queue.size(); left && producer->queue.claim(&task, 1, one);
         --left)
      take(task);
  const WorkerTable& workers = pool_.workers().table();
  for (std::size_t i = 0; i < workers.size(); ++i)
    while (workers[i].local_queue().steal(&task, 1)) take(task);
}

/// A small task ends here, because that runs no user code.
void Canceller::take(const QueuedTask& task) noexcept {
  Job* const job = task.job();
  if (!job)
    pool_.finder().cut(task, TP_ECANCELED);
  else if (!take(*job))
    job->unref();
}

/// Takes over a reference, unless the job needs no thread to end it: then false.
bool Canceller::take(Job& job) noexcept {
  if (!job.begin_pool_cancel()) return false;
  job.cancelled_link() = nullptr;
  Lock lock(mutex_);
  (last_ ? last_->cancelled_link() : first_) = &job;
  last_ = &job;
  pool_.set_cut(true);
  return true;
}

/// The second step. A callback or a hook may end the thread.
void Canceller::end_all() {
  ScopeFail rest([this] { end_all(); });
  while (end_one()) {
  }
  rest.dismiss();
}

bool Canceller::end_one() {
  Job* const job = next();
  if (!job) return false;
  const Reference reference(*job);
  sync_point("canceller.end");
  Unwanted elsewhere(*job);
  const ScopeExit others([&] { elsewhere.cancel(); });  // also when a callback ends the thread
  job->end_pool_cancel();
  return true;
}

Job* Canceller::next() noexcept {
  Lock lock(mutex_);
  Job* const job = first_;
  if (job) first_ = std::exchange(job->cancelled_link(), nullptr);
  if (first_) return job;
  last_ = nullptr;
  // also where there was none: a thread may have set the sign behind the last one
  pool_.set_cut(false);
  return job;
}

}  // namespace tp::core
