// SPDX-License-Identifier: MIT
// Stage 7: what lies behind a future: settled once, with those who listen for it.
#ifndef TPOOL_DETAIL_STATE_HPP
#define TPOOL_DETAIL_STATE_HPP

#include "shield.hpp"

#include <tpool/pool.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include "../error.hpp"
#include "call.hpp"
#include "changes.hpp"
#include "leaves.hpp"
#include "listener.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

template <class S>
class Ref;

// Counted. Steps are made by the done callbacks of jobs; who waits only helps the jobs.
class State {
 public:
  // pool: where continuations go; NULL for none.
  explicit State(tp_pool_t* pool) : pool_(pool) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void ref() noexcept { refs_.fetch_add(1); }
  void unref() noexcept {
    if (refs_.fetch_sub(1) == 1) delete this;
  }

  tp_pool_t* pool() const noexcept { return pool_; }
  bool settled() const noexcept { return listeners_.load() == settled_mark(); }

  // Adds it to due when it is settled already.
  void listen(Listener& listener, Due& due) noexcept {
    Listener* first = listeners_.load();
    do {
      if (first == settled_mark()) return due.add(listener);
      listener.next = first;
    } while (!listeners_.compare_exchange_weak(first, &listener));
  }

  // Waits until it is settled. Returns false when the seconds are up; throws Error (TP_EINVAL) when
  // they are no number.
  bool wait(double seconds) {
    if (std::isnan(seconds)) throw Error(TP_EINVAL);
    if (settled()) return true;
    const auto start = std::chrono::steady_clock::now();
    const Changes::Watch watch;
    while (true) {
      const std::uint64_t count = watch.count();
      if (settled()) return true;
      Leaves leaves;
      gather(leaves, false);
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      const double left = seconds - passed.count();
      if (!(leaves.in_flight() ? watch.next(count, left) : leaves.wait(left))) return settled();
    }
  }

  void cancel() {
    Leaves leaves;
    gather(leaves, true);
    leaves.cancel();
  }

  // The jobs that have to be ready before it can be settled: all of them, or those to wait for
  // first. Nothing when it is settled.
  inline void gather(Leaves& leaves, bool all);

  // A step of it: adds what this state itself waits for, or returns the state to go on with.
  virtual Ref<State> collect(Leaves& leaves, bool all) = 0;

  // What it was settled with in place of a value; null for a value. REQUIRES: settled.
  virtual std::exception_ptr failure() = 0;

 protected:
  virtual ~State() = default;

  // The outcome is there. Once.
  void settle(Due& due) noexcept {
    Listener* last_in = listeners_.exchange(settled_mark());
    Changes::all().announce();
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
  std::atomic<std::size_t> refs_{1};
  std::atomic<Listener*> listeners_{nullptr};  // the last one first; settled_mark() at the end
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

 private:
  S* state_ = nullptr;
};

template <class S>
Ref(S*) -> Ref<S>;

// Chains may be long: a loop.
inline void State::gather(Leaves& leaves, bool all) {
  Ref<State> at = collect(leaves, all);
  while (at) at = at->collect(leaves, all);
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "unshield.hpp"

#endif
