// SPDX-License-Identifier: MIT
// Stage 6: the followers of jobs, one by one; from result/done, to queue/*.
#include "result/followers.h"

#include <cstdint>
#include <utility>

#include "base/fork.h"
#include "base/thread_exit.h"
#include "result/call_scope.h"

namespace tp::core {
namespace {

/// First in, first out. A thread has one.
struct Queue {
  WaitList::Node* first;
  WaitList::Node* last;
  const CallScope* around;  // of the frame that runs it
  bool is_running;
  std::uint32_t forks;  // of the process that put something in

  void add(WaitList::Node& note) noexcept {
    note.next = nullptr;
    forks = fork_generation();
    (first ? last->next : first) = &note;
    last = &note;
  }

  /// What was in a parent's queue is the parent's.
  DoneCallback* take() noexcept {
    if (first && forks != fork_generation()) first = nullptr;
    WaitList::Node* const note = first;
    if (note) first = note->next;
    return static_cast<DoneCallback*>(note);
  }
};

void call(DoneCallback& follower) { follower.fn(follower.user, nullptr); }

/// If user code ends the thread, the others follow on the way out, where what needs user code is left to workers.
void run_queue(Queue& queue) {
  const auto all = [&queue] {
    while (DoneCallback* const next = queue.take()) call(*next);
  };
  call_or_else(all, all);
}

}  // namespace

WaitList::Node* Followers::take(WaitList::Node* notes) noexcept {
  WaitList::Node* rest = nullptr;
  WaitList::Node** end = &rest;
  while (notes) {
    WaitList::Node& note = *notes;
    notes = note.next;
    if (static_cast<DoneCallback&>(note).kind == DoneCallback::follower) {
      add(static_cast<DoneCallback&>(note));
    } else {
      *end = &note;
      end = &note.next;
    }
  }
  *end = nullptr;
  return rest;
}

/// Without memory for a queue the follower is called here.
void Followers::add(DoneCallback& note) noexcept {
  if (auto* const queue = per_thread<Queue>(PerThread::followers))
    queue->add(note);
  else
    call(note);
}

void Followers::run() {
  auto* const queue = kept_per_thread<Queue>(PerThread::followers);
  if (!queue || !queue->first) return;
  const CallScope* const scope = CallScope::current();
  if (queue->is_running && queue->around == scope) return;
  const CallScope* const outer = std::exchange(queue->around, scope);
  const bool was_running = std::exchange(queue->is_running, true);
  const ScopeExit rest([=] {
    queue->around = outer;
    queue->is_running = was_running;
  });
  run_queue(*queue);
}

bool Followers::run_all() {
  auto* const queue = kept_per_thread<Queue>(PerThread::followers);
  if (!queue || !queue->first || queue->forks != fork_generation()) return false;
  run_queue(*queue);
  return true;
}

}  // namespace tp::core
