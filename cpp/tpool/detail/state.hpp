// SPDX-License-Identifier: MIT
// Stage 7: the shared state of a future: settled once, then its listeners are notified.
#ifndef TPOOL_DETAIL_STATE_HPP
#define TPOOL_DETAIL_STATE_HPP

#include "prologue.hpp"

#include <tpool/result.h>

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "cell.hpp"

namespace tp::v1::detail {

class Dependencies;
class NotifyQueue;

// An object that is notified once, of one thing. Must live until then.
class Listener {
 public:
  // Adds the listeners to notify next to the queue, so that a long chain of them needs no stack.
  virtual void notify(NotifyQueue& queue) noexcept = 0;

  Listener* next = nullptr;  // in the list that holds it

 protected:
  Listener() = default;
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
};

// The listeners that one thread is to notify, first in, first out. Queues nest on the stack: a
// listener may resume a coroutine, which may fill a queue of its own.
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

  // Notifies all; the last call of this object. When too many queues are nested, hands its
  // listeners to this thread's outermost queue, which notifies them once the thread is back there.
  // This bounds the stack of coroutines that end or start one inside another.
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
    } else if (first_ != nullptr) {
      *outermost->end_ = first_;
      outermost->end_ = end_;
    }
  }

  // Notifies one listener.
  static void run(Listener& listener) noexcept {
    NotifyQueue queue;
    queue.add(listener);
    queue.run();
  }

  // Notifies the outermost queue's listeners. A thread that may wait for one calls this before.
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

  // Each library of a program has its own, because queues of several libraries may nest.
  [[gnu::visibility("hidden")]] static inline thread_local NotifyQueue* outermost_ = nullptr;

  Listener* first_ = nullptr;
  Listener** end_ = &first_;
  int depth_ = 0;  // in the outermost queue: how many are nested in it
};

// Lets one thread sleep until another thread wakes it.
class Sleeper {
 public:
  void wake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }

  // Returns true when it was woken since the last sleep; false when the seconds are up.
  bool sleep(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto woken = [this] { return std::exchange(woken_, false); };
    if (seconds > kLongest) {
      changed_.wait(lock, woken);
      return true;
    }
    const std::chrono::duration<double> at_most(seconds < 0 ? 0 : seconds);
    return changed_.wait_for(lock, at_most, woken);
  }

 private:
  static constexpr double kLongest = 1e8;  // seconds; a clock can't add much more

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// The threads that wait for a step of one future.
//
// No wake-up is lost: a waiting thread enters the queue and then looks at the future; the thread
// that makes a step first makes it visible and then looks at the queue. A sleeper leaves under the
// mutex, so wake_all() touches only sleepers that still live.
class WaitQueue {
 public:
  void enter(Sleeper& sleeper) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleepers_.push_back(&sleeper);
    empty_.store(false);
  }

  // Does nothing to a sleeper that is not in the queue.
  void leave(Sleeper& sleeper) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleepers_.erase(std::remove(sleepers_.begin(), sleepers_.end(), &sleeper), sleepers_.end());
    empty_.store(sleepers_.empty());
  }

  bool empty() const noexcept { return empty_.load(); }

  void wake_all() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Sleeper* sleeper : sleepers_) sleeper->wake();
  }

 private:
  std::mutex mutex_;
  std::vector<Sleeper*> sleepers_;
  std::atomic<bool> empty_{true};  // written under the mutex
};

// The part of a state that doesn't depend on the value. Counts its owners. Done callbacks of jobs
// make its steps; a thread that waits for it runs items of these jobs, and nothing else.
class State {
 public:
  // The pool, if not NULL, runs the continuations. A thread of the process will settle the state.
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
  // held for ever, so no thread may wait for it.
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

  // Adds all that this state waits for, or what to wait for first. REQUIRES: not foreign.
  virtual void collect(Dependencies& to, bool all) = 0;

  // Returns the exception that it was settled with; null for a value. REQUIRES: settled.
  virtual std::exception_ptr failure() = 0;

  // The threads that wait for its steps.
  WaitQueue& waiters() noexcept { return waiters_; }

 protected:
  virtual ~State() = default;

  // Wakes the threads that wait for a step, after that is visible to them.
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
    while (first_in != nullptr) queue.add(*std::exchange(first_in, first_in->next));
  }
  void settle() noexcept {
    NotifyQueue queue;
    settle(queue);
    queue.run();
  }

  // Settles the state when the job is ready. Returns TP_OK, or why the job takes no callback.
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
  // The address of no object: that of one would differ between libraries that hide their symbols.
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
template <class Counted>
class Ref {
 public:
  Ref() = default;
  explicit Ref(Counted* owned) noexcept : state_(owned) {}
  static Ref shared(Counted& state) noexcept {
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

  Counted* release() noexcept { return std::exchange(state_, nullptr); }
  Counted& operator*() const noexcept { return *state_; }
  Counted* operator->() const noexcept { return state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }
  bool operator==(const Ref& other) const noexcept { return state_ == other.state_; }

 private:
  Counted* state_ = nullptr;
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
