// SPDX-License-Identifier: MIT
// The settings of pools and of jobs.
#ifndef TPOOL_OPTIONS_HPP
#define TPOOL_OPTIONS_HPP

#include "detail/prologue.hpp"

#include <tpool/error.h>
#include <tpool/pool.h>
#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/cell.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
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
  // Since 1.2
  bool manual_callbacks = false;  // callbacks run where ThreadPool::run_callbacks is called
  bool no_threads = false;      // the pool has no threads; those that call enter() are its workers
  std::size_t stack_size = 0;   // bytes of a worker's stack; 0 = the system's default
  bool drain = false;           // the destructor runs what was accepted, and terminates nothing
  bool keep_signals = false;    // workers have the signal mask of the thread that makes the pool;
                                // see TP_POOL_KEEP_SIGNALS, also for child processes
  std::size_t min_workers = 0;  // with idle_timeout: so many threads stay; at most workers
  Timeout idle_timeout{0};      // more than 0: threads come when they are needed, up to workers,
                                // and end after so long without work; 0 = they stay
};

// When the items of a job start: those of an urgent job before others, those of a background job when nothing else
// waits; but one start in 16 is of a lower priority. Jobs of one priority start first in, first out. Since 1.1.
enum class priority { normal, urgent, background };

// The group of a job: a tp::Group (group.hpp) or a C group, which it borrows, or none. Since 1.2.
class Group;
class GroupRef {
 public:
  GroupRef(std::nullptr_t = nullptr) noexcept {}
  GroupRef(tp_group_t* group) noexcept : group_(group) {}
  GroupRef(const Group& group) noexcept;
  GroupRef(const Group* group) noexcept;

  tp_group_t* capi() const noexcept { return group_; }

 private:
  tp_group_t* group_ = nullptr;
};

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
  // Since 1.2
  GroupRef group{};           // the group that the job joins; none by default
  Timeout start_after{0};     // since the submission; until then the job waits in the queue
  Timeout item_deadline{0};   // from the start of each item, 0 = none; then the item is asked to
                              // stop, and has failed with TimeoutError when it has returned
  Timeout submit_timeout{0};  // how long a submit waits for room, 0 = for ever; then it throws
                              // Error (TP_EAGAIN)
  bool caller_runs = false;   // without room the submitting thread runs the job itself; not for
                              // imap, not with try_submit or start_after, not in a group with max_running
};

// Returns options with one callback or both; set the other fields by name. Throws what moving the callbacks throws.
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

// pool.map(tp::keep_errors, f, range): yields the outcome of each item. Needs <tpool/keep_errors.hpp>. Since 1.1.
struct keep_errors_t {
  explicit keep_errors_t() = default;
};
[[gnu::visibility("hidden")]] inline constexpr keep_errors_t keep_errors{};

namespace detail {

// Returns the C options, without callbacks.
template <class C, class E>
tp_job_options_t job_options(const options<C, E>& from) {
  auto to = sized<tp_job_options_t>();
  to.chunksize = from.chunksize;
  to.buffersize = from.buffersize;
  to.flags = (from.fail_fast ? TP_JOB_FAIL_FAST : 0) | (from.try_submit ? TP_JOB_TRY : 0) |
             (from.caller_runs ? TP_JOB_CALLER_RUNS : 0) |
             (from.priority == priority::urgent       ? TP_JOB_URGENT
              : from.priority == priority::background ? TP_JOB_BACKGROUND
                                                      : 0);
  to.deadline = from.deadline.count();
  to.name = from.name;
  to.group = from.group.capi();
  to.start_after = from.start_after.count();
  to.item_deadline = from.item_deadline.count();
  to.submit_timeout = from.submit_timeout.count();
  return to;
}

template <class Callback>
using ComparedToNull = decltype(std::declval<const Callback&>() == nullptr);

// Is there a callback? A std::function or a function pointer may be null.
template <class Callback>
bool is_set(const Callback& callback) {
  if constexpr (is_valid<ComparedToNull, Callback>) {
    return !(callback == nullptr);
  } else {
    return true;
  }
}

// The user object of a job. The library calls one of the two functions, once, which deletes it.
template <class Values, class Callback, class ErrorCallback>
struct Callbacks {
  static void succeeded(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<Callback, std::nullptr_t>) {
      guarded([&] {
        if (is_set(self->callback)) Values::tell(self->callback, result);
      });
    }
  }

  static void failed(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<ErrorCallback, std::nullptr_t>) {
      guarded([&] {
        if (!is_set(self->error_callback)) return;
        const tp_error_t* const error = tp_result_error(result);
        std::invoke(self->error_callback, exception_of(tp_error_status(error), error));
      });
    }
  }

  Callback callback;
  ErrorCallback error_callback;
};

// Moves the callbacks into the C options. Returns their owner until the job is accepted, or NULL.
template <class Values, class C, class E>
auto attach_callbacks(options<C, E>& from, tp_job_options_t& to) {
  using User = Callbacks<Values, C, E>;
  if (!is_set(from.callback) && !is_set(from.error_callback)) return std::unique_ptr<User>();
  std::unique_ptr<User> user(new User{std::move(from.callback), std::move(from.error_callback)});
  to.callback = User::succeeded;
  to.error_callback = User::failed;
  to.user = user.get();
  return user;
}

// The hooks of a pool. The arg is its pool_options.

inline int run_initializer(void* arg) {
  return guarded(static_cast<pool_options*>(arg)->initializer);
}

inline void run_finalizer(void* arg) { silenced(static_cast<pool_options*>(arg)->finalizer); }

inline void report_unobserved(void* arg, const tp_error_t* error) {
  silenced([&] {
    static_cast<pool_options*>(arg)->unobserved(exception_of(tp_error_status(error), error));
  });
}

// The C pool owns the options until its end. create(&options, &pool) returns a status, TP_END when there is no pool.
template <class Create>
tp_pool_t* create_pool(pool_options&& given, Create create) {
  auto from = std::make_unique<pool_options>(std::move(given));
  auto to = sized<tp_pool_options_t>();
  to.workers = from->workers;
  to.name = from->name.empty() ? nullptr : from->name.c_str();
  to.flags = (from->caller_helps ? TP_POOL_CALLER_HELPS : 0) |
             (from->manual_callbacks ? TP_POOL_MANUAL_CALLBACKS : 0) |
             (from->no_threads ? TP_POOL_NO_THREADS : 0) |
             (from->keep_signals ? TP_POOL_KEEP_SIGNALS : 0) | (from->drain ? TP_POOL_DRAIN : 0);
  to.max_pending = from->max_pending;
  to.cpus = from->cpus.empty() ? nullptr : from->cpus.data();
  to.n_cpus = from->cpus.size();
  to.nice = from->nice;
  to.stack_size = from->stack_size;
  to.min_workers = from->min_workers;
  to.idle_timeout = from->idle_timeout.count();
  if (from->initializer) to.initializer = run_initializer;
  if (from->finalizer) to.finalizer = run_finalizer;
  if (from->unobserved) to.unobserved = report_unobserved;
  to.arg = from.get();
  to.arg_drop = delete_as<pool_options>;
  tp_pool_t* pool = nullptr;
  const int status = create(&to, &pool);
  if (status != TP_OK && status != TP_END) check(status);
  static_cast<void>(from.release());  // arg_drop has deleted it, or will
  return pool;
}
inline tp_pool_t* create_pool(pool_options&& given) {
  return create_pool(std::move(given), tp_pool_create);
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
