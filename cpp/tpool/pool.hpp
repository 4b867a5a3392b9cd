// SPDX-License-Identifier: MIT
// Stage 7: Python's ThreadPool.
#ifndef TPOOL_POOL_HPP
#define TPOOL_POOL_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/submit.h>
#include <tpool/trace.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/call.hpp"
#include "detail/callbacks.hpp"
#include "detail/give_back.hpp"
#include "detail/map_job.hpp"
#include "detail/pool_hooks.hpp"
#include "detail/star.hpp"
#include "detail/stream_job.hpp"
#include "error.hpp"
#include "imap.hpp"
#include "options.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {

// A pool of worker threads. Any thread may call, tasks and callbacks included.
//
// Every call that gives work throws PoolNotRunning after close or terminate, Error (TP_EINIT) once
// an initializer has failed, Error (TP_EAGAIN) with try_submit and no room under max_pending; every
// call std::bad_alloc or Error (TP_ENOMEM) without memory, Error (TP_EFORKED) in a forked child.
//
// The end of a pool terminates it, then joins: unstarted work is dropped, its results throw
// Terminated. On a worker of its own it only terminates. Results and streams outlive their pool.
class ThreadPool {
 public:
  // Starts as many workers as this process may use CPUs. Throws Error (TP_EAGAIN) when the system
  // refuses a thread, and leaves none behind.
  ThreadPool() : ThreadPool(pool_options()) {}

  // Starts so many workers. Throws std::invalid_argument for 0, Error (TP_EINVAL) above 4096.
  explicit ThreadPool(std::size_t workers) : ThreadPool(at_least_one(workers)) {}

  // Starts what the options say; workers = 0 is the default number.
  explicit ThreadPool(pool_options how) : pool_(detail::create_pool(how)) {}

  // Returns f(args...), run by a worker; blocks until then. f and args are used where they are.
  // Throws what f throws, Terminated, or Error (TP_ELOST) when f ended its thread.
  template <class F, class... Args>
  detail::ValueOf<F, Args...> apply(F&& f, Args&&... args) {
    return detail::apply_now<detail::ValueOf<F, Args...>>(capi(), [&]() -> decltype(auto) {
      return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    });
  }

  // Starts f(args...). f and args are kept as decay copies and passed on as rvalues, once; std::ref
  // passes a reference. Rvalues are moved when the job has been accepted: a call that is refused
  // leaves them untouched, and what moving them throws, get() throws. The result may be ignored.
  template <class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(F&& f, Args&&... args) {
    return apply_async(options<>(), std::forward<F>(f), std::forward<Args>(args)...);
  }

  // The same with options: callback(value), error_callback(std::exception_ptr), try_submit,
  // priority, deadline, name.
  template <class C, class E, class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(options<C, E> how, F&& f,
                                                            Args&&... args) {
    using T = detail::ClosureValue<F, Args...>;
    detail::Parts<F, Args...> parts(std::forward<F>(f), std::forward<Args>(args)...);
    tp_job_options_t to = detail::job_options(how);
    auto callbacks = detail::attach_callbacks<detail::OneValue<T>>(how, to);
    AsyncResult<T> result(detail::submit_parts<T>(capi(), parts, to), capi());
    static_cast<void>(callbacks.release());
    return result;
  }

  // Starts f(args...) without a result: what it returns is dropped, what it throws is told to
  // pool_options::unobserved. Costs no memory when f and args are trivially copyable, of 8 bytes.
  template <class F, class... Args>
  void apply_async(forget_t, F&& f, Args&&... args) {
    detail::forget(capi(), nullptr, std::forward<F>(f), std::forward<Args>(args)...);
  }

  // Returns the std::vector of f(element) for each element of the range, in its order; nothing for
  // void. Blocks until all are done. Workers call one and the same f, at the same time. An array of
  // elements is used as it lies; other ranges are gone through on this thread first.
  //
  // Every element is tried, also after a failure (but see fail_fast); throws what f threw for the
  // first element that failed, Terminated, or Error (TP_ELOST). Also what the range throws.
  // Options: chunksize, fail_fast, try_submit, and, as everywhere, priority, deadline, name.
  template <class F, class Range>
  auto map(F&& f, Range&& range, const options<>& how = {}) {
    detail::MapJob<F&, detail::Items<Range&&>> job(f, std::forward<Range>(range));
    return detail::map_now(capi(), job, detail::job_options(how));
  }

  // The same without waiting: the result's get() returns the vector or throws. What may be forgotten
  // owns what it is given: f is kept as a decay copy, and so is an lvalue range, of an array or a
  // std::initializer_list its elements, of a view the view. std::ref(range) borrows the range, whose
  // elements must then stay until the result is ready. A call that is refused moves f and range
  // back, as those of starmap_async and imap do; not a range that can be gone through only once.
  template <class F, class Range>
  auto map_async(F&& f, Range&& range) {
    return map_async(std::forward<F>(f), std::forward<Range>(range), options<>());
  }

  // The same with options: those of map, callback(const std::vector<T>&),
  // error_callback(std::exception_ptr).
  template <class F, class Range, class C = detail::MapCallback<std::decay_t<F>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto map_async(F&& f, Range&& range, options<C, E> how) {
    using Job = detail::MapJob<std::decay_t<F>, detail::KeptItems<Range>>;
    using T = typename Job::Value;
    const auto start = [&](std::unique_ptr<Job>& job) {
      return start_map<MapResult<T>, detail::ManyValues<T>>(job, how);
    };
    return detail::start_job<Job>(std::forward<F>(f), std::forward<Range>(range), detail::Keep(),
                                  start);
  }

  // Both with <tpool/keep_errors.hpp>: an item that throws doesn't fail the job, and the values come
  // as a std::vector of Outcomes. One that ends its thread fails a map, with Error (TP_ELOST), and
  // is an outcome of a map_async. Throws Error (TP_EINVAL) with fail_fast.
  template <class F, class Range>
  auto map(keep_errors_t, F&& f, Range&& range, const options<>& how = {});
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(keep_errors_t, F&& f, Range&& range, options<C, E> how = {});

  // map for a callable of many arguments: f(std::get<i>(row)...) for each row, a std::tuple,
  // std::pair or std::array.
  template <class F, class Range>
  auto starmap(F&& f, Range&& rows, const options<>& how = {}) {
    return map(detail::Star<F&>{f}, std::forward<Range>(rows), how);
  }

  // map_async for a callable of many arguments.
  template <class F, class Range>
  auto starmap_async(F&& f, Range&& rows) {
    return starmap_async(std::forward<F>(f), std::forward<Range>(rows), options<>());
  }
  template <class F, class Range,
            class C = detail::MapCallback<detail::Star<std::decay_t<F>>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto starmap_async(F&& f, Range&& rows, options<C, E> how) {
    using Star = detail::Star<std::decay_t<F>>;
    Star star{std::forward<F>(f)};
    try {
      return map_async(std::move(star), std::forward<Range>(rows), std::move(how));
    } catch (...) {
      detail::give_back_if_moved<F>(f, star.f);
      throw;
    }
  }

  // Starts a lazy map and returns the stream of its values, in the order of the range. Elements are
  // pulled by workers, one at a time, as there is room for buffersize not yet read; what the range
  // throws arrives at next() after the values before it. A range may be endless, and single-pass:
  // its elements are then moved or copied out.
  //
  // The end of the stream cancels what has not started and waits for what runs (see imap.hpp), so an
  // lvalue range or std::ref(range) is borrowed until then: the stream is a BorrowingIterator. That
  // of an rvalue range is an ImapIterator, which detach() lets run to its end without a reader.
  // Options: chunksize, buffersize, fail_fast, try_submit.
  template <class F, class Range>
  [[nodiscard]] auto imap(F&& f, Range&& range, const options<>& how = {}) {
    return start_stream(tp_pool_imap, std::forward<F>(f), std::forward<Range>(range), how);
  }

  // The same, with the values in the order in which they are done.
  template <class F, class Range>
  [[nodiscard]] auto imap_unordered(F&& f, Range&& range, const options<>& how = {}) {
    return start_stream(tp_pool_imap_unordered, std::forward<F>(f), std::forward<Range>(range),
                        how);
  }

  // Takes no more jobs; what was accepted runs. May be repeated.
  void close() { detail::check(tp_pool_close(capi())); }

  // Takes no more jobs and ends what has not started: its results throw Terminated. Running tasks
  // are asked to stop. Doesn't wait for them. May be repeated.
  void terminate() { detail::check(tp_pool_terminate(capi())); }

  // Waits until all accepted jobs and all workers have ended. Throws PoolStillRunning before close
  // or terminate, Error (TP_EDEADLK) inside a task or callback of the pool. May be repeated.
  void join() { detail::check(tp_pool_join(capi(), TP_FOREVER)); }

  // Waits at most so long. Returns whether all have ended.
  bool join(Timeout timeout) {
    return detail::check_in_time(tp_pool_join(capi(), timeout.count()));
  }

  // Waits until no job is queued or running; the pool stays open. Throws Error (TP_EDEADLK) inside
  // a task or callback of the pool.
  void wait_idle() { detail::check(tp_pool_wait_idle(capi(), TP_FOREVER)); }

  // Waits at most so long. Returns whether the pool was idle.
  bool wait_idle(Timeout timeout) {
    return detail::check_in_time(tp_pool_wait_idle(capi(), timeout.count()));
  }

  // Lets workers start nothing more, until resume(); what they run goes on. Work is accepted and
  // waits. May be repeated.
  void pause() { detail::check(tp_pool_pause(capi())); }
  void resume() { detail::check(tp_pool_resume(capi())); }

  // Changes the number of workers. New ones run the initializer; those that are too many end, with
  // the finalizer, after what they run. Throws as the constructor, and leaves all as it was; also
  // PoolNotRunning after close or terminate.
  void resize(std::size_t workers) {
    detail::check(tp_pool_resize(capi(), at_least_one(workers).workers));
  }

  // Records from now on what the workers do; trace_stop() writes it to the file at path, for
  // ui.perfetto.dev. Throws Error (TP_EINVAL) when the file can't be opened or a trace is on,
  // trace_stop() Error (TP_EAGAIN) when it can't be written; errno then tells why.
  void trace_start(const std::string& path) {
    detail::check(tp_pool_trace_start(capi(), path.c_str()));
  }
  void trace_stop() { detail::check(tp_pool_trace_stop(capi())); }

  // Returns how many workers the pool has, or is about to have after resize().
  std::size_t workers() const {
    std::size_t count = 0;
    detail::check(tp_pool_workers(capi(), &count));
    return count;
  }

  // Returns a snapshot of the pool's numbers.
  tp_pool_stats_t stats() const {
    tp_pool_stats_t stats{};
    stats.size = sizeof(stats);
    detail::check(tp_pool_stats(capi(), &stats));
    return stats;
  }

  // Lends the C pool. Never throws.
  tp_pool_t* capi() const noexcept { return pool_.get(); }

 private:
  struct Destroy {
    void operator()(tp_pool_t* pool) const { tp_pool_destroy(pool); }
  };

  static pool_options at_least_one(std::size_t workers) {
    if (workers == 0) throw std::invalid_argument("Number of workers must be at least 1");
    pool_options how;
    how.workers = workers;
    return how;
  }

  template <class Made, class Values, class Job, class C, class E>
  Made start_map(std::unique_ptr<Job>& job, options<C, E>& how, std::uint32_t flags = 0) {
    tp_job_options_t to = detail::job_options(how);
    to.flags |= flags;
    auto callbacks = detail::attach_callbacks<Values>(how, to);
    Made result(detail::submit_map(capi(), job, to), capi());
    static_cast<void>(callbacks.release());
    return result;
  }

  template <class F, class Range>
  auto start_stream(detail::SubmitStream* submit, F&& f, Range&& range, const options<>& how) {
    using Borrowed = decltype(detail::Borrow()(std::forward<Range>(range)));
    constexpr bool borrows = std::is_lvalue_reference_v<Borrowed>;
    using Kept = std::conditional_t<borrows, Borrowed, std::remove_reference_t<Borrowed>>;
    using Job = detail::StreamJob<std::decay_t<F>, Kept>;
    using Value = typename Job::Value;
    using Stream = std::conditional_t<borrows, BorrowingIterator<Value>, ImapIterator<Value>>;
    const auto start = [&](std::unique_ptr<Job>& job) {
      return Stream(detail::submit_stream(capi(), submit, job, detail::job_options(how)), capi());
    };
    return detail::start_job<Job>(std::forward<F>(f), std::forward<Range>(range), detail::Borrow(),
                                  start);
  }

  std::unique_ptr<tp_pool_t, Destroy> pool_;
};

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
