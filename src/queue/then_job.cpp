// SPDX-License-Identifier: MIT
// Stage 4: continuations; from submit/future, to queue/apply_job.
#include "queue/then_job.h"

#include <new>
#include <utility>

#include "base/align.h"
#include "base/slab.h"
#include "base/sync_point.h"

namespace tp::core {

ThenJob::ThenJob(PoolContext& pool, const tp_task_t& task, Tail* tail, Job& source, bool on_success,
                 bool handle, std::size_t bytes) noexcept
    : ApplyJob(pool, task, tail, handle, bytes),
      Dependent(true),
      note_{{}, source_ready, this, DoneCallback::follower, nullptr},
      item_(to_handle(&source)),
      source_(&source),
      on_success_(on_success) {
  source.add_handle();
  set_item(&item_);
  extras().dependent = this;
}

ThenJob* ThenJob::make(PoolContext& pool, const tp_task_t& task, const Callbacks& callbacks,
                       Job& source, bool on_success, bool handle) noexcept {
  constexpr std::size_t value_at = aligned(sizeof(ThenJob));
  std::size_t end, tail_at;
  if (__builtin_add_overflow(value_at, task.value_size, &end) ||
      !place(end, sizeof(Tail), tail_at, end))
    return nullptr;
  auto* const memory = static_cast<char*>(slab_alloc(end));
  if (!memory) return nullptr;
  auto* const tail = new (memory + tail_at) Tail(callbacks, task);
  auto* const job = new (memory) ThenJob(pool, task, tail, source, on_success, handle, end);
  job->set_value(task.value_size ? memory + value_at : nullptr);
  return job;
}

void ThenJob::discard() noexcept {
  source_->drop_handle();  // the caller has another one
  ApplyJob::discard();
}

void ThenJob::follow() {
  Job* source;
  {
    Lock lock(mutex());
    if ((source = source_)) source->ref();
  }
  if (!source) return unref();  // the job has ended
  const Reference kept(*source);
  source->add_follower(note_);
}

Job* ThenJob::dependency(std::size_t& at) noexcept {
  if (at++ != 0) return nullptr;
  Lock lock(mutex());
  if (!source_ || source_->ready()) return nullptr;
  source_->ref();
  return source_;
}

/// With the reference of the note. A job that was cut has ended before.
void ThenJob::source_ready(void* self, tp_result_t*) {
  auto& job = *static_cast<ThenJob*>(self);
  const Reference own(job);
  if (!job.pin()) return;
  const ScopeExit unpin([&job] { job.over(1); });
  sync_point("then.source_ready");
  if (job.on_success_ && job.source_->outcome() != TP_OK) return job.fail();
  job.take_room();
  job.let_start(for_source);
}

/// The source has failed, and so has this.
void ThenJob::fail() {
  if (!claim()) return;
  source_->observe();
  record_shared(*source_->error());
  pool().bump(&Counters::cut, 1);
  over(1);
}

void ThenJob::drop_items() {
  Job* source;
  {
    Lock lock(mutex());
    source = std::exchange(source_, nullptr);
  }
  source->drop_handle();
}

}  // namespace tp::core
