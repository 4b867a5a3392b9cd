// SPDX-License-Identifier: MIT
// Stage 7: how a pool is made, and how a job runs.
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

namespace tp {
inline namespace v1 {

// ThreadPool pool({.workers = 4, .initializer = f, .name = "io"}); in C++17 fill one by name.
struct pool_options {
  std::size_t workers = 0;              // 0 = the CPUs this process may use
  std::function<void()> initializer{};  // on each worker before its first task; one that throws
                                        // breaks the pool: jobs end in TP_EINIT
  std::function<void()> finalizer{};    // on each initialized worker as it ends; what it throws is
                                        // dropped
  std::string name{};                   // prefix of the threads' names; empty = "tpool"
  bool caller_helps = false;            // a thread that waits for a job may run the job's items
  std::size_t max_pending = 0;          // most jobs accepted and not ended; 0 = no bound
  std::function<void(std::exception_ptr)> unobserved{};  // a failed job that nobody looked at; what
                                                         // it throws is dropped
  std::vector<unsigned> cpus{};  // worker i runs on the CPU cpus[i % cpus.size()] alone; empty = on
                                 // any that the system likes
  int nice = 0;                  // added to the workers' priority as nice(1) does, -20 to 19
  bool keep_signals = false;     // workers keep the mask of signals of the thread that makes the
                                 // pool; see TP_POOL_KEEP_SIGNALS, also for programs in tasks
};

// When a job's items start: an urgent job's before the others', a background one's when nothing
// else waits; but one start in 16 goes to the lower levels. Each level is first in, first out.
enum class priority { normal, urgent, background };

// pool.map(f, range, {.chunksize = 10}); pool.apply_async(tp::options{.callback = cb}, f, a);
//
// The second form needs C++20's deduction for aggregates (g++ 11, clang 17); make_options does the
// same everywhere. A callback takes the value (map: a const std::vector of the values; nothing for
// void); an error callback takes a std::exception_ptr. Exactly one of the two runs, before the job
// is ready. One that throws makes the job a failed one with that exception. A null one is none.
template <class Callback = std::nullptr_t, class ErrorCallback = std::nullptr_t>
struct options {
  std::size_t chunksize = 0;   // items that run one after another on one worker; 0 = automatic
  std::size_t buffersize = 0;  // imap: items pulled and not yet yielded; 0 = automatic
  bool fail_fast = false;      // after the first failed item, skip what has not started
  bool try_submit = false;     // throw (TP_EAGAIN) instead of waiting for room under max_pending
  Callback callback = {};
  ErrorCallback error_callback = {};
  tp::priority priority = tp::priority::normal;
  Timeout deadline{0};         // from the submission; 0 = none. Then unstarted items are skipped,
                               // running ones asked to stop, and the job ends in TimeoutError
  const char* name = nullptr;  // for traces and probes, copied; null = the kind of the call
};

// Returns options with one or both callbacks; set the other fields by name.
template <class Callback, class ErrorCallback = std::nullptr_t>
options<Callback, ErrorCallback> make_options(Callback callback,
                                              ErrorCallback error_callback = {}) {
  return {0, 0, false, false, std::move(callback), std::move(error_callback)};
}

// pool.apply_async(tp::forget, f, a): nobody asks for the outcome.
struct forget_t {
  explicit forget_t() = default;
};
[[gnu::visibility("hidden")]] inline constexpr forget_t forget{};

// pool.map(tp::keep_errors, f, range): the outcome of each item. Needs <tpool/keep_errors.hpp>.
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

// The C options without callbacks.
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
}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
