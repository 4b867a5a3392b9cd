// SPDX-License-Identifier: MIT
// Stage 7: the graph of blocked waits; from result/wait, to the waiter.
#include "result/waits.h"

#include <algorithm>

#include "base/fork.h"
#include "base/mutex.h"
#include "result/job.h"

namespace tp::core {
namespace {

Mutex waits_mutex;  // guards first_, the links and is_out_ of all waits

}  // namespace

Wait* Wait::first_ = nullptr;

Wait::Wait(Job* const* awaited, std::size_t count, Kind kind) noexcept
    : frames_(kind == unchecked ? nullptr : Frame::current()),
      awaited_(awaited),
      count_(count),
      may_return_(kind == checked),
      parker_(this_parker()) {
  if (!frames_) return;
  on_fork_child([] {
    waits_mutex.reset();
    first_ = nullptr;
  });
  Lock lock(waits_mutex);
  next_ = first_;
  if (first_) first_->prev_ = this;
  first_ = this;
  find_cycle();
}

Wait::~Wait() {
  if (!frames_) return;
  Lock lock(waits_mutex);
  (prev_ ? prev_->next_ : first_) = next_;
  if (next_) next_->prev_ = prev_;
}

bool Wait::on_stack(const Job* job) const noexcept {
  for (const Frame* frame = frames_; frame; frame = frame->outer())
    if (frame->job() == job) return true;
  return false;
}

bool Wait::in_callback() const noexcept {
  for (const Frame* frame = frames_; frame; frame = frame->outer())
    if (frame->kind() == Frame::Kind::callback) return true;
  return false;
}

/// How fit a wait is to be told of the cycle.
int Wait::rank() const noexcept { return may_return_ ? 1 + in_callback() : 0; }

/// Whether one of the jobs is not held up by a wait that is still in the search.
bool Wait::may_end() const noexcept {
  return std::any_of(awaited_, awaited_ + count_, [](const Job* job) {
    for (const Wait* wait = first_; wait; wait = wait->next_)
      if (!wait->is_out_ && wait->on_stack(job)) return false;
    return true;
  });
}

/// Takes away what may return until nothing more does: are the others, with this one, all that is left?
bool Wait::is_stuck() const noexcept {
  for (Wait* wait = first_; wait; wait = wait->next_)
    wait->is_out_ = wait->closes_cycle();  // one that was told returns
  for (bool goes_on = !may_end(); goes_on;) {
    goes_on = false;
    for (Wait* wait = first_; wait; wait = wait->next_)
      if (!wait->is_out_ && wait->may_end()) wait->is_out_ = goes_on = true;
    if (!goes_on) return !is_out_;
  }
  return false;
}

/// The fittest of those that this one waits for, through any number of jobs.
void Wait::find_victim(Wait*& victim) noexcept {
  is_out_ = true;
  if (rank() > victim->rank()) victim = this;
  for (std::size_t i = 0; i < count_; ++i)
    for (Wait* wait = first_; wait; wait = wait->next_)
      if (!wait->is_out_ && wait->on_stack(awaited_[i])) wait->find_victim(victim);
}

void Wait::find_cycle() noexcept {
  for (Wait* victim = nullptr; victim != this;) {
    if (!is_stuck()) return;
    victim = this;
    find_victim(victim);
    victim->victim_.store(true);
    victim->parker_.unpark();
  }
}

Owner* callback_owner() noexcept {
  for (const Frame* frame = Frame::current(); frame; frame = frame->outer())
    if (frame->kind() == Frame::Kind::callback) return frame->owner();
  return nullptr;
}

BlockedCallback::BlockedCallback(Parker& parker) noexcept : owner_(callback_owner()) {
  if (owner_) outer_ = owner_->callbacks().set_blocked(&parker);
}

BlockedCallback::~BlockedCallback() {
  if (owner_) owner_->callbacks().set_blocked(outer_);
}

}  // namespace tp::core
