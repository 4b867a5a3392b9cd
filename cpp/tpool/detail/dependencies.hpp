// SPDX-License-Identifier: MIT
// Stage 7: what a future waits for at a moment, and how a thread waits for it.
#ifndef TPOOL_DETAIL_DEPENDENCIES_HPP
#define TPOOL_DETAIL_DEPENDENCIES_HPP

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

namespace tp::v1::detail {

// Shares of the jobs that a state waits for, and of the states that other threads will notify.
class Dependencies {
 public:
  // Walks from a state to all that it waits for, or to what it should wait for first. Finds nothing
  // for a settled state. Throws Error (TP_EFORKED) for a state of another process.
  Dependencies(State& from, bool all) : Dependencies() {  // then a throw here runs the destructor
    const pid_t process = getpid();
    visit(from);
    while (!to_visit_.empty()) {
      const Ref<State> at = std::move(to_visit_.back());
      to_visit_.pop_back();
      if (at->process() != process) throw Error(TP_EFORKED);
      at->collect(*this, all);
      stale_ |= at->settled() && &*at != &from;
    }
  }
  ~Dependencies() {
    if (sleeper_ != nullptr) {
      for (const Ref<State>& state : states_) state->waiters().leave(*sleeper_);
    }
    for (tp_result_t* job : jobs_) tp_result_release(job);
  }
  Dependencies(Dependencies&&) = default;
  Dependencies& operator=(Dependencies&&) = delete;

  // Adds a state that waits for another one; the one that is added last is visited first. There is
  // no recursion, because chains and trees may be deep.
  void visit(State& state) { to_visit_.push_back(Ref<State>::shared(state)); }

  // Adds a state that waits for a job. When that is ready, another thread will notify the state.
  void add(tp_result_t* job, State& state) {
    const bool ready = check(tp_result_ready(job)) == 1;
    add_in_flight(state, ready);
    if (ready) return;
    jobs_.push_back(nullptr);
    jobs_.back() = tp_result_retain(job);
  }

  // Adds a state whose next step another thread is making, or a coroutine makes.
  void add_in_flight(State& state, bool in_flight = true) {
    states_.push_back(Ref<State>::shared(state));
    in_flight_ |= in_flight;
  }

  // Was a state settled during the walk? The one that waits for it has made its step, or is about
  // to, so that the walk has to be repeated.
  bool stale() const { return stale_; }
  // Is there more to wait for than jobs?
  bool in_flight() const { return in_flight_; }
  bool same_states(const Dependencies& other) const { return states_ == other.states_; }

  // While this object lives, each step of the states wakes the sleeper.
  void wake_at_steps(Sleeper& sleeper) {
    sleeper_ = &sleeper;
    for (const Ref<State>& state : states_) state->waiters().enter(sleeper);
  }

  // Waits until one of the jobs is ready; a worker runs their items. Returns false when the seconds
  // are up. Throws Error (TP_EDEADLK) inside a job's callback: the wait for that job returns at
  // once, but nobody is notified before the callback returns.
  bool wait(double seconds) const {
    if (jobs_.empty()) return true;  // settled meanwhile
    std::size_t index = 0;
    if (!check_in_time(tp_wait_any(jobs_.data(), jobs_.size(), seconds, &index))) return false;
    if (check(tp_result_ready(jobs_[index])) == 0) throw Error(TP_EDEADLK);
    return true;
  }

  // Lets a worker run items of the jobs.
  void help() const {
    std::size_t index = 0;
    if (!jobs_.empty()) tp_wait_any(jobs_.data(), jobs_.size(), 0, &index);
  }

  void cancel() const {
    for (tp_result_t* job : jobs_) tp_result_cancel(job);
  }

 private:
  Dependencies() = default;

  std::vector<Ref<State>> to_visit_;
  std::vector<Ref<State>> states_;  // those that wait for jobs, too
  std::vector<tp_result_t*> jobs_;
  bool in_flight_ = false;
  bool stale_ = false;
  Sleeper* sleeper_ = nullptr;
};

inline bool State::wait(double seconds) {
  if (std::isnan(seconds)) throw Error(TP_EINVAL);
  if (settled()) return true;
  const auto start = std::chrono::steady_clock::now();
  NotifyQueue::run_outermost();
  Sleeper sleeper;
  std::optional<Dependencies> watched;
  while (!settled()) {
    Dependencies now(*this, false);
    if (now.stale()) continue;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    const double left = seconds - passed.count();
    if (!now.in_flight()) {
      if (!now.wait(left)) return settled();
    } else if (!watched || !now.same_states(*watched)) {
      watched.emplace(std::move(now)).wake_at_steps(sleeper);  // and look again
    } else {
      now.help();
      if (!sleeper.sleep(left)) return settled();
    }
  }
  return true;
}

inline void State::cancel() { Dependencies(*this, true).cancel(); }

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
