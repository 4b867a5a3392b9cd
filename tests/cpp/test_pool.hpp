// SPDX-License-Identifier: MIT
// Pools for the tests, which a failed test does not leave waiting at a gate.
#pragma once

#include <tpool/tpool.hpp>

#include "counted.hpp"

namespace counted {

inline constexpr std::chrono::milliseconds kShort{10};  // a wait that has to time out
inline constexpr std::chrono::seconds kLong{60};        // a wait that must not

inline tp::pool_options with_workers(std::size_t workers) {
  tp::pool_options options;
  options.workers = workers;
  return options;
}

class TestPool : public tp::ThreadPool {
 public:
  // Repeats the test case for 1 … 64 workers.
  TestPool() : ThreadPool(support::worker_counts()) {}
  using ThreadPool::ThreadPool;
  TestPool(TestPool&&) = default;

  ~TestPool() {
    if (std::uncaught_exceptions() > 0) support::Gate::open_all();
  }

  void finish() {
    close();
    REQUIRE(join(kLong));
  }
};

// Keeps all workers from starting anything else, until open() or the end.
struct AllBusy : support::Busy {
  explicit AllBusy(const tp::ThreadPool& pool) : Busy(pool.capi(), pool.workers()) {}
};

// Says that it has started, and runs until it is asked to stop.
inline void run_until_stopped(support::Arrivals& started) {
  started.arrive();
  support::await("the stop", [] { return tp::this_task::stop_requested(); });
}

// Tasks.
inline constexpr auto same = [](int n) { return n; };
inline constexpr auto next = [](int n) { return n + 1; };
[[noreturn]] inline int fail(int n) { throw Oops(n); }

// 0 … n-1.
inline std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// The status of the tp::Error that a call throws; TP_OK when it throws nothing.
template <class Call>
int status_of(Call&& call) {
  try {
    call();
  } catch (const tp::Error& error) {
    return error.status();
  }
  return TP_OK;
}

// The number of the Oops that a call throws; -1 when it throws none.
template <class Call>
int oops_of(Call&& call) {
  try {
    call();
  } catch (const Oops& oops) {
    return oops.number;
  }
  return -1;
}

}  // namespace counted
