// SPDX-License-Identifier: MIT
// Stage 4: jobs that wait for several others; from submit/future, to result/job.
#include "queue/when_job.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/slab.h"
#include "base/sync_point.h"
#include "result/stand_in.h"

namespace tp::core {

WhenJob::WhenJob(PoolContext& pool, std::size_t count, bool needs_all) noexcept
    : Job(pool, JobKind::when, 1, &own_extras_, true),
      Dependent(needs_all),
      count_(count),
      left_(count) {
  own_extras_.dependent = this;
}

WhenJob* WhenJob::make(PoolContext& pool, Job* const* inputs, std::size_t count,
                       bool needs_all) noexcept {
  static_assert(sizeof(WhenJob) % alignof(Input) == 0);
  if (count > (PTRDIFF_MAX - sizeof(WhenJob)) / sizeof(Input)) return nullptr;
  void* const memory = slab_alloc(bytes_for(count));
  if (!memory) return nullptr;
  auto* const made = new (memory) WhenJob(pool, count, needs_all);
  for (std::size_t i = 0; i < count; ++i) {
    Input* const input = made->inputs() + i;
    new (input) Input{{{}, input_ready, input, DoneCallback::follower, nullptr}, made, inputs[i]};
    inputs[i]->add_handle();
  }
  return made;
}

void WhenJob::discard() noexcept {
  for (std::size_t i = 0; i < count_; ++i) inputs()[i].job->drop_handle();  // the caller has one
  destroy();
}

void WhenJob::destroy() noexcept {
  const std::size_t bytes = bytes_for(count_);
  this->~WhenJob();
  slab_free(this, bytes);
}

/// The inputs that are ready end the job meanwhile, and it may give up the others. This call keeps them.
void WhenJob::follow() {
  const Reference own(*this);
  if (count_ == 0) return complete(0);
  for (std::size_t i = 0; i < count_; ++i) {
    Job* input = nullptr;
    {
      Lock lock(mutex());
      if ((input = inputs()[i].job)) input->ref();
    }
    if (!input) return;
    const Reference kept(*input);
    ref();  // of the note
    input->add_follower(inputs()[i].note);
  }
}

void WhenJob::input_ready(void* user, tp_result_t*) {
  Input& input = *static_cast<Input*>(user);
  WhenJob& all = *input.all;
  const Reference own(all);
  sync_point("when.input_ready");
  const bool is_last = all.left_.fetch_sub(1) == 1;
  if (is_last || !all.needs_all()) all.complete(static_cast<std::size_t>(&input - all.inputs()));
}

/// The inputs stay until the job is over.
void WhenJob::complete(std::size_t first) {
  if (!claim()) return;
  if (const int status = pool().cut_status(); status != TP_OK) {
    // the sweep came to an input first
    stop(status);
    return cut_claimed();
  }
  value_ = first;
  for (std::size_t i = 0; i < count_ && needs_all(); ++i) {
    Job& input = *inputs()[i].job;
    if (input.outcome() == TP_OK) continue;
    input.observe();
    record_shared(*input.error());
    break;
  }
  over(1);
}

void WhenJob::cut(int status) {
  stop(status);
  sync_point("when.cut");
  if (claim()) cut_claimed();
}

bool WhenJob::cut_pending(int status) {
  if (!claim()) return false;
  stop(status);
  cut_claimed();
  return stop_status() == status;
}

void WhenJob::cut_claimed() {
  record_cut(stop_status(), 0);
  over(1);
}

void WhenJob::progress(std::size_t& done, std::size_t& total) const noexcept {
  total = needs_all() ? count_ : 1;
  done = remaining() == 0 ? total : needs_all() ? count_ - left_.load() : 0;
}

Job* WhenJob::dependency(std::size_t& at) noexcept {
  Lock lock(mutex());
  while (at < count_) {
    Job* const input = inputs()[at++].job;
    if (!input || input->ready()) continue;
    input->ref();
    return input;
  }
  return nullptr;
}

/// The follower of the first input that is ready may not have been called yet.
bool WhenJob::is_ending() noexcept {
  if (needs_all()) return false;
  Lock lock(mutex());
  return std::any_of(inputs(), inputs() + count_,
                     [](const Input& input) { return !input.job || input.job->ready(); });
}

void WhenJob::drop_items() {
  call_in_turn([this, next = std::size_t{0}]() mutable {
    if (next == count_) return false;
    Job* input;
    {
      Lock lock(mutex());
      input = std::exchange(inputs()[next++].job, nullptr);
    }
    input->drop_handle();
    return true;
  });
}

}  // namespace tp::core
