// SPDX-License-Identifier: MIT
// Stage 7: the jobs that a job depends on; from wait/wait and wait/deadlock, to result/dependent.
#include "wait/dependencies.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "base/sync_point.h"
#include "queue/stream_job.h"
#include "result/group.h"

namespace tp::core {
namespace {

std::atomic<std::uint64_t> walks{0};

/// Room for more elements of an array; false without memory.
template <class T>
bool grow(T*& array, std::size_t& room) noexcept {
  const std::size_t more = std::max<std::size_t>(16, 2 * room);
  void* const memory = std::realloc(array, more * sizeof(T));
  if (!memory) return false;
  array = static_cast<T*>(memory);
  room = more;
  return true;
}

}  // namespace

/// Marks have the number of the walk, and one bit for what is known of the job.
Dependencies::Dependencies(Job& root) noexcept : number_(walks.fetch_add(1) + 1) {
  root.ref();
  push(root);
}

Dependencies::~Dependencies() {
  while (depth_) pop();
  if (frames_ != inline_) std::free(frames_);
}

/// Takes over a reference.
bool Dependencies::push(Job& job) noexcept {
  if (depth_ == room_) {
    Frame* more = frames_ == inline_ ? nullptr : frames_;
    if (!grow(more, room_)) return false;
    if (frames_ == inline_) std::memcpy(more, inline_, sizeof inline_);
    frames_ = more;
  }
  frames_[depth_++] = {&job, 0, false, true, false};
  return true;
}

void Dependencies::pop() noexcept { frames_[--depth_].job->unref(); }

/// Goes on to the next job that the top one waits for; false when there is none that this walk has not seen.
bool Dependencies::descend() noexcept {
  for (;;) {
    Frame& at = top();
    Dependent* const dependent = at.job->dependent();
    Job* const job = dependent ? dependent->dependency(at.next) : nullptr;
    if (!job) return false;
    Dependent* const next = job->dependent();
    const std::uint64_t mark = next ? next->mark() : 0;  // another walk may change it
    if (mark >> 1 == number_) {
      note(at, mark & 1);
    } else {
      if (next) next->set_mark(number_ << 1 | 1);
      if (push(*job)) return true;
      note(at, true);
    }
    job->unref();
  }
}

/// What is known of one of the jobs that the frame's job waits for.
void Dependencies::note(Frame& frame, bool value) noexcept {
  const bool needs_all = frame.job->dependent()->needs_all();
  if (!frame.has_child) frame.value = value;
  frame.has_child = true;
  frame.value = needs_all ? frame.value && value : frame.value || value;
  frame.is_decided = frame.value != needs_all;
}

void Dependencies::leave(bool value) noexcept {
  if (Dependent* const dependent = top().job->dependent())
    dependent->set_mark(number_ << 1 | std::uint64_t{value});
  pop();
  if (depth_) note(top(), value);
}

KeptDependencies::KeptDependencies(Job* const* jobs, std::size_t count, Which which) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (!jobs[i]->dependent()) continue;
    Dependencies walk(*jobs[i]);
    walk.find([&](Job& job) {
      if (walk.is_new() && (which == all || is_stream(job))) keep(job);
      return false;
    });
  }
}

void KeptDependencies::keep(Job& job) noexcept {
  if (count_ == room_ && !grow(jobs_, room_)) return;
  job.ref();
  jobs_[count_++] = &job;
}

KeptDependencies::~KeptDependencies() {
  for (std::size_t i = 0; i < count_; ++i) jobs_[i]->unref();
  std::free(jobs_);
}

/// A job that goes with its last handle drops its values, and a hook may end the thread.
Unwanted::~Unwanted() noexcept(false) {
  const ScopeExit memory([this] { std::free(jobs_); });
  while (count_) jobs_[--count_]->drop_handle();
}

/// What the job waits for, and nobody else holds. A job may wait for another one at several places, with a handle each.
/// Those of the group besides are left to its own cancel, which comes to them in their order. Without memory the others
/// are left out.
void Unwanted::add_inputs(Job& job) noexcept {
  Dependent* const dependent = job.dependent();
  const std::size_t begin = count_;
  for (std::size_t at = 0; dependent && (count_ < room_ || grow(jobs_, room_));) {
    Job* const input = dependent->dependency(at);
    if (!input) break;
    jobs_[count_++] = input;
  }
  Job** const end = jobs_ + count_;
  Job** first = jobs_ + begin;
  std::sort(first, end);
  for (count_ = begin; first != end;) {
    Job* const input = *first;
    Job** const next = std::upper_bound(first, end, input);
    const bool is_reached = besides_ && input->group() == besides_;
    if (!is_reached && input->add_handle_beside(static_cast<std::size_t>(next - first)))
      jobs_[count_++] = input;
    for (; first != next; ++first) input->unref();
  }
}

void Unwanted::cancel() {
  ScopeFail rest([this] { cancel(); });  // a callback may end the thread
  while (count_) {
    Job& job = *jobs_[--count_];
    const ScopeExit handle([&job] { job.drop_handle(); });
    add_inputs(job);
    job.cancel();
  }
  rest.dismiss();
}

static void cancel(Job& job, const Group* besides) {
  Unwanted inputs(job, besides);
  const ScopeExit others([&] { inputs.cancel(); });  // also when a callback ends the thread
  job.cancel();
}

void cancel(Job& job) { cancel(job, nullptr); }

static void cancel_up_to(Group& group, std::uint32_t round) {
  ScopeFail rest([&] { cancel_up_to(group, round); });  // a callback may end the thread
  while (Job* const job = group.next_to_cancel(round)) {
    const Reference own(*job);
    sync_point("group.cancel");
    cancel(*job, &group);
  }
  rest.dismiss();
}

void cancel(Group& group) { cancel_up_to(group, group.begin_cancel()); }

}  // namespace tp::core
