// SPDX-License-Identifier: MIT
// Stage 7: what lies behind a future: settled once, with those who listen for it.
#ifndef TPOOL_DETAIL_STATE_HPP
#define TPOOL_DETAIL_STATE_HPP

#include "prologue.hpp"

#include <tpool/pool.h>

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <utility>

#include "call.hpp"
#include "listener.hpp"
#include "watch.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

class Leaves;

// Counted. Steps are made by the done callbacks of jobs; who waits only helps the jobs.
class State {
 public:
  // pool: where continuations go; NULL for none. process: whose threads will settle it.
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

  // In a forked child nobody will settle what the parent has begun, and locks may be held for ever:
  // it must not be waited for.
  bool is_foreign() const noexcept { return process_ != getpid(); }

  // Returns false when it is settled already, and doesn't tell the listener.
  bool listen(Listener& listener) noexcept {
    Listener* first = listeners_.load();
    do {
      if (first == settled_mark()) return false;
      listener.next = first;
    } while (!listeners_.compare_exchange_weak(first, &listener));
    return true;
  }

  // Waits until it is settled. Returns false when the seconds are up; throws Error (TP_EINVAL) when
  // they are no number, TP_EFORKED when it is foreign and not settled.
  inline bool wait(double seconds);

  // Cancels the jobs that have to be ready before it can be settled.
  inline void cancel();

  // A step of a walk: adds what this state itself waits for. REQUIRES: not foreign.
  virtual void collect(Leaves& leaves, bool all) = 0;

  // What it was settled with in place of a value; null for a value. REQUIRES: settled.
  virtual std::exception_ptr failure() = 0;

  // The threads that wait for its steps.
  Watches& watches() noexcept { return watches_; }

 protected:
  virtual ~State() = default;

  // A step was made, and is seen by who looks.
  void announce() noexcept {
    if (watches_.any() && !is_foreign()) watches_.tell();
  }

  // The outcome is there. Once.
  void settle(Due& due) noexcept {
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
      due.add(listener);
    }
  }

 private:
  // The address of nothing: each library of a program that hides its symbols has objects of its own.
  static Listener* settled_mark() noexcept {
    return reinterpret_cast<Listener*>(alignof(Listener));
  }

  tp_pool_t* const pool_;
  const pid_t process_;
  std::atomic<std::size_t> refs_{1};
  std::atomic<Listener*> listeners_{nullptr};  // the last one first; settled_mark() at the end
  Watches watches_;
};

// With a value.
template <class T>
class StateOf : public State {
 public:
  using State::State;

  // REQUIRES: settled without a failure.
  virtual Stored<T>& value() = 0;
};

// An owner of a state.
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
  Ref(Ref<Derived>&& other) noexcept : state_(other.release()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Ref() {
    if (state_ != nullptr) state_->unref();
  }

  S* get() const noexcept { return state_; }
  S* release() noexcept { return std::exchange(state_, nullptr); }
  S* operator->() const noexcept { return state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }
  bool operator==(const Ref& other) const noexcept { return state_ == other.state_; }

 private:
  S* state_ = nullptr;
};

template <class S>
Ref(S*) -> Ref<S>;

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
