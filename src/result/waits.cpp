// SPDX-License-Identifier: MIT
// Stage 7: the graph of blocked waits; from result/wait, to the waiter.
#include "result/waits.h"

#include "base/fork.h"
#include "base/mutex.h"
#include "result/job.h"

namespace tp::core {
namespace {

Mutex waits_mutex;  // guards first_, the links and visited_ of all waits

}  // namespace

Wait* Wait::first_ = nullptr;

Wait::Wait(Job& awaited, Kind kind) noexcept
    : frames_(kind == unchecked ? nullptr : Frame::current()),
      awaited_(&awaited),
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

/// Depth-first from job along the edges (job on a blocked stack → what that stack awaits).
bool Wait::reaches(const Job* job, Wait*& victim) noexcept {
  if (on_stack(job)) return true;
  for (Wait* wait = first_; wait; wait = wait->next_) {
    if (wait == this || wait->visited_ || !wait->on_stack(job)) continue;
    wait->visited_ = true;
    if (!reaches(wait->awaited_, victim)) continue;
    if (wait->rank() > victim->rank()) victim = wait;
    return true;
  }
  return false;
}

void Wait::find_cycle() noexcept {
  for (Wait* victim = nullptr; victim != this;) {
    for (Wait* wait = first_; wait; wait = wait->next_)
      wait->visited_ = wait->closes_cycle();  // one that was told makes no edge: it returns
    victim = this;
    if (!reaches(awaited_, victim)) return;
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
