// SPDX-License-Identifier: MIT
// Stage 6: the followers of jobs, one by one; from result/done, to queue/*.
#include "result/followers.h"

#include <cstdint>
#include <utility>

#include "base/fork.h"
#include "base/stack.h"
#include "base/thread_exit.h"
#include "result/call_scope.h"

namespace tp::core {
namespace {

/// So many frames of one thread run its queue, with user code between them. Then the outer ones go on.
constexpr unsigned kDeepest = 64;

/// First in, first out. A thread has one.
struct Queue {
  WaitList::Node* first;
  WaitList::Node* last;
  const CallScope* around;  // of the innermost frame that runs it
  unsigned depth;           // of such frames
  std::uint32_t forks;      // of the process that uses it

  /// What a parent process left here, and who runs it, is the parent's.
  void renew() noexcept {
    if (forks != fork_generation()) *this = {nullptr, nullptr, nullptr, 0, fork_generation()};
  }

  void add(WaitList::Node& note) noexcept {
    renew();
    note.next = nullptr;
    (first ? last->next : first) = &note;
    last = &note;
  }

  DoneCallback* take() noexcept {
    renew();
    WaitList::Node* const note = first;
    if (note) first = note->next;
    return static_cast<DoneCallback*>(note);
  }
};

/// The calling thread's, if there is something in it.
Queue* filled_queue() noexcept {
  auto* const queue = kept_per_thread<Queue>(PerThread::followers);
  if (queue) queue->renew();
  return queue && queue->first ? queue : nullptr;
}

void follow(DoneCallback& follower) { follower.fn(follower.user, nullptr); }

/// If user code ends the thread, the others follow on the way out, where what needs user code is left to workers.
void run_queue(Queue& queue) {
  const auto all = [&queue] {
    while (DoneCallback* const next = queue.take()) follow(*next);
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
    follow(note);
}

void Followers::run() {
  Queue* const queue = filled_queue();
  if (!queue || queue->depth == kDeepest) return;
  const CallScope* const scope = CallScope::current();
  if (queue->depth && queue->around == scope) return;
  const CallScope* const outer = std::exchange(queue->around, scope);
  ++queue->depth;
  const std::uint32_t process = queue->forks;
  const ScopeExit rest([=] {
    if (queue->forks != process) return;  // a child process has forgotten this frame
    queue->around = outer;
    --queue->depth;
  });
  run_queue(*queue);
}

bool Followers::run_all() {
  Queue* const queue = filled_queue();
  if (!queue) return false;
  run_queue(*queue);
  return true;
}

bool Followers::lack_stack() noexcept { return filled_queue() && !has_stack(); }

}  // namespace tp::core
