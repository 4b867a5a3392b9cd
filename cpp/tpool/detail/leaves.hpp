// SPDX-License-Identifier: MIT
// Stage 7: what a future waits for at a moment, and how a thread waits for it.
#ifndef TPOOL_DETAIL_LEAVES_HPP
#define TPOOL_DETAIL_LEAVES_HPP

#include "prologue.hpp"

#include <tpool/result.h>

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "state.hpp"
#include "watch.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// The jobs to wait for, and the states whose next step is another thread's business. Keeps all of
// them while it lives.
class Leaves {
 public:
  // A walk from a state to what it waits for: all of that, or what is to be waited for first.
  // Nothing when it is settled. Throws Error (TP_EFORKED) for what another process has begun.
  Leaves(State& from, bool all) : Leaves() {  // so that what throws here ends it as a whole
    const pid_t process = getpid();
    visit(from);
    while (!to_visit_.empty()) {
      const Ref<State> at = std::move(to_visit_.back());
      to_visit_.pop_back();
      if (at->process() != process) throw Error(TP_EFORKED);
      at->collect(*this, all);
    }
  }
  ~Leaves() {
    for (tp_result_t* result : results_) tp_result_release(result);
  }
  Leaves(Leaves&&) = default;
  Leaves& operator=(Leaves&&) = delete;

  // A state that waits for another one. Chains and trees may be deep: no recursion. What is added
  // last is visited first.
  void visit(State& state) { to_visit_.push_back(Ref<State>::shared(state)); }

  // A state that waits for a job. A ready one is about to be told of, by another thread.
  void add(tp_result_t* result, State& of) {
    const bool ready = check(tp_result_ready(result)) == 1;
    add_in_flight(of, ready);
    if (ready) return;
    results_.push_back(nullptr);
    results_.back() = tp_result_retain(result);
  }

  // A state whose next step is made by another thread, which is at it, or is a coroutine's.
  void add_in_flight(State& state, bool in_flight = true) {
    states_.push_back(Ref<State>::shared(state));
    in_flight_ |= in_flight;
  }

  // Is there more to wait for than jobs?
  bool in_flight() const { return in_flight_; }
  bool same_states(const Leaves& other) const { return states_ == other.states_; }

  void watch(Waiter& waiter) const {
    std::vector<Watches*> places;
    for (const Ref<State>& state : states_) places.push_back(&state->watches());
    waiter.watch(places);
  }

  // Waits until one of the jobs is ready; a worker runs their items. Returns false when the seconds
  // are up. Inside a job's callback its wait ends, but nobody is told before the callback returns.
  bool wait(double seconds) const {
    if (results_.empty()) return true;  // settled meanwhile
    std::size_t index = 0;
    if (!check_in_time(tp_wait_any(results_.data(), results_.size(), seconds, &index))) {
      return false;
    }
    if (check(tp_result_ready(results_[index])) == 0) throw Error(TP_EDEADLK);
    return true;
  }

  // A worker runs items of the jobs.
  void help() const {
    std::size_t index = 0;
    if (!results_.empty()) tp_wait_any(results_.data(), results_.size(), 0, &index);
  }

  void cancel() const {
    for (tp_result_t* result : results_) tp_result_cancel(result);
  }

 private:
  Leaves() = default;

  std::vector<Ref<State>> to_visit_;
  std::vector<Ref<State>> states_;  // of the jobs, too
  std::vector<tp_result_t*> results_;
  bool in_flight_ = false;
};

inline bool State::wait(double seconds) {
  if (std::isnan(seconds)) throw Error(TP_EINVAL);
  if (settled()) return true;
  const auto start = std::chrono::steady_clock::now();
  Due::catch_up();
  std::optional<Leaves> watched;
  Waiter waiter;  // leaves them before they go
  while (!settled()) {
    Leaves leaves(*this, false);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    const double left = seconds - passed.count();
    if (!leaves.in_flight()) {
      if (!leaves.wait(left)) return settled();
    } else if (!watched || !leaves.same_states(*watched)) {
      leaves.watch(waiter);
      watched.emplace(std::move(leaves));  // and look again
    } else {
      leaves.help();
      if (!waiter.sleep(left)) return settled();
    }
  }
  return true;
}

inline void State::cancel() {
  const Leaves leaves(*this, true);
  leaves.cancel();
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
