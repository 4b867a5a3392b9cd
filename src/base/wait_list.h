// SPDX-License-Identifier: MIT
// Threads that wait for a condition to become true. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/parker.h"
#include "base/sync_point.h"
#include "base/this_thread.h"

namespace tp::core {

/// A list of waiting threads, and of notes. A note is a node without a parker: something else that the waker has to do.
///
/// Recipe:   waiter: Waiting w(list); heavy_fence(); while (!condition) w.parker().park(…)
///           waker:  make the condition true (publish); list.wake_all()
/// If the waker's change is seq_cst, the waiter needs no heavy fence, and is asleep sooner. No wake-up is lost: the
/// waiter enters the list and then looks at the condition, the waker changes the condition and then looks at the
/// list, so one of them sees the other's write (base/asymmetric_fence.h). A waiter leaves under the mutex, so a waker
/// that holds the mutex touches only parkers of threads that still wait. Thread-safe.
class WaitList {
 public:
  struct Node {
    Parker* parker;
    Node* prev;
    Node* next;
  };

  void add(Node& node) noexcept {
    Lock lock(mutex_);
    link(node);
  }

  void remove(Node& node) noexcept {
    Lock lock(mutex_);
    unlink(node);
  }

  /// Makes a call under the mutex: no thread wakes the list meanwhile.
  template <class Call>
  void locked(Call call) noexcept {
    Lock lock(mutex_);
    call();
  }

  /// Leaves a note and calls then(). Returns false if over() holds: the waker may have looked already.
  /// REQUIRES: the change that over() sees is seq_cst.
  template <class Over, class Then>
  bool add_note(Node& note, Over over, Then then) noexcept {
    Lock lock(mutex_);
    link(note);
    sync_point("wait.noted");
    if (over()) {
      unlink(note);
      return false;
    }
    then();
    return true;
  }

  /// Takes the notes out. Returns the oldest, whose next is the second oldest, and so on.
  Node* take_notes() noexcept {
    Lock lock(mutex_);
    Node* oldest = nullptr;
    for (Node *node = head_.load(), *next; node; node = next) {
      next = node->next;
      if (node->parker) continue;
      unlink(*node);
      node->next = oldest;
      oldest = node;
    }
    return oldest;
  }

  /// REQUIRES: there is a note.
  Node& oldest_note() noexcept {
    Lock lock(mutex_);
    Node* oldest = nullptr;
    for (Node* node = head_.load(); node; node = node->next)
      if (!node->parker) oldest = node;
    return *oldest;
  }

  bool any() const noexcept { return head_.load() != nullptr; }

  /// Wakes all threads. Returns whether there are notes.
  bool wake_all() noexcept {
    if (!any()) return false;
    sync_point("wait.wake");
    constexpr int kMost = 16;
    Parker::Asleep asleep[kMost];  // woken without the mutex, which they take first
    int count = 0;
    bool notes = false;
    {
      Lock lock(mutex_);
      for (Node* node = head_.load(); node; node = node->next) {
        if (!node->parker)
          notes = true;
        else if (count == kMost)
          node->parker->unpark();
        else if (const Parker::Asleep owner = node->parker->give())
          asleep[count++] = owner;
      }
    }
    while (count) Parker::wake(asleep[--count]);
    return notes;
  }

 private:
  void link(Node& node) noexcept TP_REQUIRES(mutex_) {
    node.prev = nullptr;
    node.next = head_.load();
    if (node.next) node.next->prev = &node;
    head_.store(&node);
  }

  void unlink(Node& node) noexcept TP_REQUIRES(mutex_) {
    if (node.prev)
      node.prev->next = node.next;
    else
      head_.store(node.next);
    if (node.next) node.next->prev = node.prev;
  }

  std::atomic<Node*> head_{nullptr};  // written under mutex_
  Mutex mutex_;
};

/// Membership of the calling thread in a WaitList, for a scope.
class Waiting {
 public:
  explicit Waiting(WaitList& list) noexcept : list_(list), node_{&this_parker(), nullptr, nullptr} {
    list_.add(node_);
  }
  ~Waiting() { list_.remove(node_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  Parker& parker() noexcept { return *node_.parker; }

 private:
  WaitList& list_;
  WaitList::Node node_;
};

/// Blocks until condition() holds; false when the deadline passed first.
template <class Condition>
bool wait_until(WaitList& list, Deadline deadline, Condition condition) noexcept {
  if (condition()) return true;
  if (deadline.is_poll()) return false;
  Waiting waiting(list);
  sync_point("wait.listed");
  heavy_fence();
  while (!condition())
    if (!waiting.parker().park(deadline)) return condition();
  return true;
}

}  // namespace tp::core
