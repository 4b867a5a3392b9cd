// SPDX-License-Identifier: MIT
// Stage 7: the settings of pools and of jobs.
#ifndef TPOOL_OPTIONS_HPP
#define TPOOL_OPTIONS_HPP

#include "detail/prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "timeout.hpp"

namespace tp::v1 {

// ThreadPool pool({.workers = 4, .initializer = f, .name = "io"}); in C++17 set the fields by name.
struct pool_options {
  std::size_t workers = 0;              // 0 = the number of CPUs that this process may use
  std::function<void()> initializer{};  // runs on each worker before its first task; one that
                                        // throws breaks the pool: its jobs end in TP_EINIT
  std::function<void()> finalizer{};    // runs on each initialized worker as it ends; what it
                                        // throws is dropped
  std::string name{};                   // prefix of the threads' names; empty = "tpool"
  bool caller_helps = false;            // a thread that waits for a job may run the job's items
  std::size_t max_pending = 0;          // the most jobs accepted and not ended; 0 = no bound
  std::function<void(std::exception_ptr)> unobserved{};  // called for a failed job whose outcome
                                                         // nobody read; what it throws is dropped
  std::vector<unsigned> cpus{};  // worker i runs only on the CPU cpus[i % cpus.size()]; empty = on
                                 // any. Since 1.1
  int nice = 0;                  // added to the workers' nice value, -20 to 19. Since 1.1
  bool keep_signals = false;     // workers have the signal mask of the thread that makes the pool;
                                 // see TP_POOL_KEEP_SIGNALS, also for child processes. Since 1.2
};

// When the items of a job start: those of an urgent job before others, those of a background job
// when nothing else waits; but one start in 16 is of a lower level. Each level is first in, first
// out. Since 1.1.
enum class priority { normal, urgent, background };

// pool.map(f, range, {.chunksize = 10}); pool.apply_async(tp::options{.callback = cb}, f, a);
//
// The second form needs C++20's deduction for aggregates (g++ 11, clang 17); make_options works
// with every compiler. callback takes the value (of a map a const std::vector of the values;
// nothing for void), error_callback a std::exception_ptr. Exactly one of the two runs, before the
// job is ready. When it throws, the job fails with that exception. A null callback doesn't run.
template <class Callback = std::nullptr_t, class ErrorCallback = std::nullptr_t>
struct options {
  std::size_t chunksize = 0;   // items that run one after another on one worker; 0 = automatic
  std::size_t buffersize = 0;  // imap: the most items pulled and not yet yielded; 0 = automatic
  bool fail_fast = false;      // after the first failed item, skip items that have not started
  bool try_submit = false;     // throw Error (TP_EAGAIN) instead of waiting under max_pending
  Callback callback = {};
  ErrorCallback error_callback = {};
  tp::priority priority = tp::priority::normal;
  Timeout deadline{0};         // since the submission; 0 = none. Then unstarted items are skipped,
                               // running ones are asked to stop, and the job ends in TimeoutError.
                               // Since 1.1, as priority and name
  const char* name = nullptr;  // for traces and probes, copied; null = the kind of the call
};

// Returns options with one callback or both; set the other fields by name. Throws what moving the
// callbacks throws.
template <class Callback, class ErrorCallback = std::nullptr_t>
options<Callback, ErrorCallback> make_options(Callback callback,
                                              ErrorCallback error_callback = {}) {
  return {0, 0, false, false, std::move(callback), std::move(error_callback)};
}

// pool.apply_async(tp::forget, f, a): without a result.
struct forget_t {
  explicit forget_t() = default;
};
[[gnu::visibility("hidden")]] inline constexpr forget_t forget{};

// pool.map(tp::keep_errors, f, range): yields the outcome of each item. Needs
// <tpool/keep_errors.hpp>. Since 1.1.
struct keep_errors_t {
  explicit keep_errors_t() = default;
};
[[gnu::visibility("hidden")]] inline constexpr keep_errors_t keep_errors{};

namespace detail {

constexpr std::uint32_t level_flag(priority level) {
  return level == priority::urgent       ? TP_JOB_URGENT
         : level == priority::background ? TP_JOB_BACKGROUND
                                         : 0;
}

// Returns the C options, without callbacks.
template <class C, class E>
tp_job_options_t job_options(const options<C, E>& from) {
  tp_job_options_t to{};
  to.size = sizeof(to);
  to.chunksize = from.chunksize;
  to.buffersize = from.buffersize;
  to.flags = (from.fail_fast ? TP_JOB_FAIL_FAST : 0) | (from.try_submit ? TP_JOB_TRY : 0) |
             level_flag(from.priority);
  to.deadline = from.deadline.count();
  to.name = from.name;
  return to;
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
