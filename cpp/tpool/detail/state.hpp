// SPDX-License-Identifier: MIT
// Stage 7: the shared state of a future: settled once, then its listeners are notified.
#ifndef TPOOL_DETAIL_STATE_HPP
#define TPOOL_DETAIL_STATE_HPP

#include "prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <utility>

#include "cell.hpp"
#include "wait_queue.hpp"

namespace tp::v1::detail {

class Dependencies;
class NotifyQueue;

// Notified once, of one thing. Must live until then.
class Listener {
 public:
  // Adds the listeners that this one in turn causes to be notified: a long chain needs no stack.
  virtual void notify(NotifyQueue& queue) noexcept = 0;

  Listener* next = nullptr;  // in the list that holds it

 protected:
  Listener() = default;
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
};

// The listeners that one thread is to notify, first in, first out. A listener may resume a
// coroutine, which may fill a queue of its own: queues nest on the stack.
class NotifyQueue {
 public:
  NotifyQueue() = default;
  NotifyQueue(const NotifyQueue&) = delete;
  NotifyQueue& operator=(const NotifyQueue&) = delete;

  void add(Listener& listener) {
    listener.next = nullptr;
    *end_ = &listener;
    end_ = &listener.next;
  }

  // Notifies all. When too many queues are nested, hands its listeners to the outermost queue of
  // this thread, which notifies them when the thread is back there. This bounds the stack that
  // coroutines need which end or start one inside another.
  void run() noexcept {
    NotifyQueue* const outermost = outermost_;
    if (outermost == nullptr) {
      outermost_ = this;
      notify_all();
      outermost_ = nullptr;
    } else if (outermost->depth_ < kDeepest) {
      ++outermost->depth_;
      notify_all();
      --outermost->depth_;
    } else {
      outermost->take(*this);
    }
  }

  // Notifies one listener.
  static void run(Listener& listener) noexcept {
    NotifyQueue queue;
    queue.add(listener);
    queue.run();
  }

  // Notifies the listeners of the outermost queue. A thread that is about to wait calls this,
  // because it may wait for one of them.
  static void run_outermost() noexcept {
    if (outermost_ != nullptr) outermost_->notify_all();
  }

 private:
  static constexpr int kDeepest = 64;

  void notify_all() noexcept {
    while (first_ != nullptr) {
      Listener& listener = *first_;
      first_ = listener.next;
      if (first_ == nullptr) end_ = &first_;
      listener.notify(*this);
    }
  }

  void take(NotifyQueue& other) noexcept {
    if (other.first_ == nullptr) return;
    *end_ = other.first_;
    end_ = other.end_;
    other.first_ = nullptr;
    other.end_ = &other.first_;
  }

  // Each library of a program has its own, because queues of several libraries may nest.
  [[gnu::visibility("hidden")]] static inline thread_local NotifyQueue* outermost_ = nullptr;

  Listener* first_ = nullptr;
  Listener** end_ = &first_;
  int depth_ = 0;  // in the outermost queue: how many are nested in it
};

// Counts its owners. Done callbacks of jobs make its steps; a thread that waits for it only helps
// with these jobs.
class State {
 public:
  // pool runs the continuations; NULL for no pool. The threads of process will settle the state.
  explicit State(tp_pool_t* pool, pid_t process = getpid()) : pool_(pool), process_(process) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void ref() noexcept { refs_.fetch_add(1); }
  void unref() noexcept {
    if (refs_.fetch_sub(1) == 1) delete this;
  }

  tp_pool_t* pool() const noexcept { return pool_; }
  pid_t process() const noexcept { return process_; }
  bool settled() const noexcept { return listeners_.load() == settled_mark(); }

  // Did another process make it? In a forked child no thread will settle it, and its locks may be
  // held for ever: it must not be waited for.
  bool is_foreign() const noexcept { return process_ != getpid(); }

  // Registers a listener. Returns false, and will not notify it, when the state is settled.
  bool listen(Listener& listener) noexcept {
    Listener* first = listeners_.load();
    do {
      if (first == settled_mark()) return false;
      listener.next = first;
    } while (!listeners_.compare_exchange_weak(first, &listener));
    return true;
  }

  // Waits until it is settled. Returns false when the seconds are up; throws Error (TP_EINVAL) for
  // NaN, TP_EFORKED when it is foreign and not settled.
  inline bool wait(double seconds);

  // Cancels the jobs that it waits for.
  inline void cancel();

  // Adds what this state itself waits for; all of that, or what to wait for first. REQUIRES: not
  // foreign.
  virtual void collect(Dependencies& to, bool all) = 0;

  // Returns the exception that it was settled with; null when with a value. REQUIRES: settled.
  virtual std::exception_ptr failure() = 0;

  // The threads that wait for its steps.
  WaitQueue& waiters() noexcept { return waiters_; }

 protected:
  virtual ~State() = default;

  // Wakes the waiters after a step, which they can see by now.
  void announce() noexcept {
    if (!waiters_.empty() && !is_foreign()) waiters_.wake_all();
  }

  // The outcome is there. Adds the listeners in the order in which they came. Called once.
  void settle(NotifyQueue& queue) noexcept {
    Listener* last_in = listeners_.exchange(settled_mark());
    announce();
    Listener* first_in = nullptr;
    while (last_in != nullptr) {
      Listener* const next = std::exchange(last_in->next, first_in);
      first_in = std::exchange(last_in, next);
    }
    while (first_in != nullptr) {
      Listener& listener = *first_in;
      first_in = listener.next;
      queue.add(listener);
    }
  }
  void settle() noexcept {
    NotifyQueue queue;
    settle(queue);
    queue.run();
  }

  // Settles it when the job is ready. Returns TP_OK, or why it can't be told of that.
  int settle_after(tp_result_t* job) noexcept {
    const auto done = [](void* user, tp_result_t*) {
      auto* const self = static_cast<State*>(user);
      self->settle();
      self->unref();
    };
    ref();
    const int status = tp_result_add_done_callback(job, done, this);
    if (status != TP_OK) unref();
    return status;
  }

 private:
  // The address of no object: a library that hides its symbols has objects of its own.
  static Listener* settled_mark() noexcept {
    return reinterpret_cast<Listener*>(alignof(Listener));
  }

  tp_pool_t* const pool_;
  const pid_t process_;
  std::atomic<std::size_t> refs_{1};
  std::atomic<Listener*> listeners_{nullptr};  // the last one first; settled_mark() at the end
  WaitQueue waiters_;
};

// A state with a value.
template <class T>
class StateOf : public State {
 public:
  using State::State;

  // REQUIRES: settled without a failure.
  virtual Stored<T>& value() = 0;
};

// Owns a share of a state.
template <class S>
class Ref {
 public:
  Ref() = default;
  explicit Ref(S* owned) noexcept : state_(owned) {}
  static Ref shared(S& state) noexcept {
    state.ref();
    return Ref(&state);
  }
  Ref(const Ref& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->ref();
  }
  Ref(Ref&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  template <class Derived>
  Ref(Ref<Derived> other) noexcept : state_(other.release()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Ref() {
    if (state_ != nullptr) state_->unref();
  }

  S* get() const noexcept { return state_; }
  S* release() noexcept { return std::exchange(state_, nullptr); }
  S& operator*() const noexcept { return *state_; }
  S* operator->() const noexcept { return state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }
  bool operator==(const Ref& other) const noexcept { return state_ == other.state_; }

 private:
  S* state_ = nullptr;
};

template <class S>
Ref(S*) -> Ref<S>;

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
