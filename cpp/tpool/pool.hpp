// SPDX-License-Identifier: MIT
// Python's ThreadPool.
#ifndef TPOOL_POOL_HPP
#define TPOOL_POOL_HPP

#include "detail/prologue.hpp"

#include <tpool/host.h>
#include <tpool/pool.h>
#include <tpool/submit.h>
#include <tpool/trace.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/items.hpp"
#include "detail/range_job.hpp"
#include "detail/start.hpp"
#include "error.hpp"
#include "feed.hpp"
#include "imap.hpp"
#include "options.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {
struct Lend {};
}  // namespace detail

// A pool of worker threads. Any thread may call it, tasks and callbacks included.
//
// A call that submits a job throws PoolNotRunning after close or terminate, Error (TP_EINIT) after
// an initializer failed, and, with try_submit, Error (TP_EAGAIN) when max_pending jobs are accepted
// and not ended. Every call throws std::bad_alloc or Error (TP_ENOMEM) without memory, and Error
// (TP_EFORKED) in a forked child.
//
// Destroying a pool terminates and joins it: unstarted items don't run, and their results throw
// Terminated. With pool_options::drain it closes the pool instead. One of its own workers doesn't
// join it. Results and streams outlive their pool.
class ThreadPool {
 public:
  // Starts as many workers as this process may use CPUs. Throws Error (TP_EAGAIN), and leaves no
  // thread behind, when the system refuses a thread.
  ThreadPool() : ThreadPool(pool_options()) {}

  // The same with this many workers. Throws std::invalid_argument for 0, Error (TP_EINVAL) above
  // 4096.
  explicit ThreadPool(std::size_t workers) : ThreadPool(at_least_one(workers)) {}

  // The same with options. Throws Error (TP_EINVAL) when nice is out of range, the process may not
  // use one of cpus, stack_size is too small, idle_timeout is negative or NaN, or given with
  // no_threads, or min_workers exceeds workers or is given without idle_timeout.
  explicit ThreadPool(pool_options how) : pool_(detail::create_pool(std::move(how))) {}

  // Runs f(args...) on a worker, waits, and returns a decay copy of what f returns. Uses f and args
  // where they are. Throws what f throws, Terminated, Error (TP_ELOST) when f ended its thread.
  template <class F, class... Args>
  detail::ValueOf<F, Args...> apply(F&& f, Args&&... args) {
    return detail::apply_now<detail::ValueOf<F, Args...>>(capi(), [&]() -> decltype(auto) {
      return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    });
  }
  // Any other call doesn't compile.
  template <class... Args>
  void apply(Args&&...) {
    static_assert(detail::is_none<Args...>,
                  "the callable comes first, then the arguments that it takes");
  }

  // Starts f(args...) on a worker and returns the job's result, which may be ignored. Keeps decay copies of f and args
  // and passes them on as rvalues, once; std::ref passes a reference. Moves from rvalues only after the job was
  // accepted: a refused call leaves them as they were, and get() throws what moving them throws (since 1.2).
  template <class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(F&& f, Args&&... args) {
    return apply_async(options<>(), std::forward<F>(f), std::forward<Args>(args)...);
  }

  // The same with options: callback (of the value), error_callback, try_submit, priority, deadline,
  // name.
  template <class C, class E, class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(options<C, E> how, F&& f,
                                                            Args&&... args) {
    using T = detail::ClosureValue<F, Args...>;
    detail::Parts<F, Args...> parts(std::forward<F>(f), std::forward<Args>(args)...);
    tp_job_options_t to = detail::job_options(how);
    auto callbacks = detail::attach_callbacks<detail::OneValue<T>>(how, to);
    tp_result_t* result = nullptr;
    detail::submit_parts<T>(capi(), parts, &to, &result);
    static_cast<void>(callbacks.release());
    return AsyncResult<T>(result, capi());
  }

  // Starts f(args...) without a result: drops what it returns, and calls pool_options::unobserved
  // with what it throws. Needs no memory when f and args are trivially copyable and have 8 bytes.
  template <class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, F&& f, Args&&... args) {
    detail::forget(capi(), nullptr, std::forward<F>(f), std::forward<Args>(args)...);
  }

  // The same with the options of apply_async. Since 1.2.
  template <class C, class E, class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, options<C, E> how, F&& f, Args&&... args) {
    // nobody gets the value but a callback
    using T = std::conditional_t<std::is_same_v<C, std::nullptr_t>, void,
                                 detail::ClosureValue<F, Args...>>;
    detail::Parts<F, Args...> parts(std::forward<F>(f), std::forward<Args>(args)...);
    tp_job_options_t to = detail::job_options(how);
    auto callbacks = detail::attach_callbacks<detail::OneValue<T>>(how, to);
    detail::submit_parts<T>(capi(), parts, &to, nullptr);
    static_cast<void>(callbacks.release());
  }
  // Any other call doesn't compile.
  template <class... Args>
  void apply_async(Args&&...) {
    static_assert(detail::is_none<Args...>,
                  "behind tp::forget and options comes the callable, then the arguments that it "
                  "takes: copies of these, as rvalues, so that a T& needs std::ref");
  }

  // Runs f(element) for each element of the range, waits for all, and returns a std::vector of the values in the order
  // of the range; nothing for void. Workers call the same f at the same time. Elements of a random-access range are
  // used there, those that a view makes when they are needed; the calling thread first walks through any other range. A
  // worker runs many elements in one call, in which f is inlined (tp_task_t.batch).
  //
  // Tries every element, also after a failure, unless fail_fast is set. Throws what f threw for the first element that
  // failed, Error (TP_ELOST) when f ended its thread, Terminated, TimeoutError at the deadline, and what the range
  // throws. Options: chunksize, fail_fast, try_submit and, as everywhere, priority, deadline and name.
  template <class F, class Range>
  auto map(F&& f, Range&& range, const options<>& how = {}) {
    if constexpr (detail::fits<detail::MapFit<F&, Range>>()) {
      detail::RangeJob<F&, detail::LentItems<Range>> job(f, std::forward<Range>(range));
      return detail::map_now(capi(), job, detail::job_options(how));
    }
  }

  // The same without waiting: get() of the result returns the vector or throws. The job owns what it is given: a decay
  // copy of f, and a copy of an lvalue range (of an array or a std::initializer_list its elements, of a view the view;
  // since 1.2). std::ref(range) borrows the range, whose elements must then stay until the result is ready. A refused
  // call, also of starmap_async and imap, moves f and any range but a one-pass one back.
  template <class F, class Range>
  auto map_async(F&& f, Range&& range) {
    return map_async(std::forward<F>(f), std::forward<Range>(range), options<>());
  }

  // The same with the options of map, callback (of a const std::vector<T>&) and error_callback.
  template <class F, class Range, class C = detail::MapCallback<std::decay_t<F>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto map_async(F&& f, Range&& range, options<C, E> how) {
    return detail::start_map<detail::ManyValues>(capi(), std::forward<F>(f),
                                                 std::forward<Range>(range), how);
  }

  // As above, with <tpool/keep_errors.hpp>, but an item that throws doesn't fail the job: the vector holds an Outcome
  // for each element. An item that ends its thread fails a map with Error (TP_ELOST), and has an Outcome in a
  // map_async. Error (TP_EINVAL) with fail_fast. Since 1.1.
  template <class F, class Range>
  auto map(keep_errors_t, F&& f, Range&& range, const options<>& how = {});
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(keep_errors_t, F&& f, Range&& range, options<C, E> how = {});

  // As map, but runs f(std::get<i>(row)...) for each row: a std::tuple, std::pair or std::array.
  template <class F, class Range>
  auto starmap(F&& f, Range&& rows, const options<>& how = {}) {
    return map(detail::Star<F&>{f}, std::forward<Range>(rows), how);
  }

  // As map_async, for a callable of many arguments.
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
      detail::roll_back_to<F>(f, star.f);
      throw;
    }
  }

  // Runs f(element) for each element of the range and waits for all. All else is as in map; what f
  // returns is dropped. Since 1.2, as all loops below.
  template <class Range, class F>
  void for_each(Range&& range, F&& f, const options<>& how = {});

  // The same with f(i) for each index 0 … n-1. Error (TP_EOVERFLOW) when n is not a std::ptrdiff_t.
  template <class F>
  void for_index(std::size_t n, F&& f, const options<>& how = {});

  // Runs f(begin, end) for chunks of the indices 0 … n-1, one call for each, and waits for all.
  // Throws what f threw for the first chunk that failed, and as map. Options as for map.
  template <class F>
  void for_range(std::size_t n, F&& f, const options<>& how = {});

  // Runs a team: f(i) for each i < n, all at once, each call on a thread of its own, so that they may wait for each
  // other, for example at a barrier; and waits for all. This thread runs f(0) if it is a worker of the pool or with
  // pool_options::caller_helps; idle workers run the others. Either all calls run or none: Error (TP_EAGAIN) when fewer
  // workers are idle, Error (TP_EDEADLK) inside a team of this pool. Throws what f threw for the lowest i that failed,
  // and as map.
  template <class F>
  void team(std::size_t n, F&& f);

  // Returns op(… op(op(init, x0), x1) …, xn) of the elements, in their order, but grouped as the work was shared: op
  // must be associative. It need not be commutative, and init, which counts once, on the left, need not be neutral.
  // With a chunksize the grouping, and so the bits of a sum of floating-point numbers, is the same in each run and on
  // any number of workers.
  //
  // op takes a T and an element, or two T, and what it returns is assigned to a T. A T can be made from an element, and
  // moved. A chunk ends where op throws; the others run, unless fail_fast is set. Throws what the first chunk threw
  // that failed, and as map. Ranges and options as for map.
  template <class Range, class T, class Op>
  T reduce(Range&& range, T init, Op&& op, const options<>& how = {});

  // The same with f(element) in place of each element.
  template <class Range, class T, class Op, class F>
  T transform_reduce(Range&& range, T init, Op&& op, F&& f, const options<>& how = {});

  // As map, but the values go to where the caller wants them: out is a random-access range or iterator whose elements
  // f(element) is assigned to. After a failure some may be assigned. Or out is tp::uninitialized(pointer) to memory for
  // n values of type T: a T is made of each f(element) there, and after a failure there is none. Error (TP_EINVAL) when
  // out is a shorter range.
  template <class Out, class F, class Range>
  void map_into(Out&& out, F&& f, Range&& range, const options<>& how = {});

  // Starts a lazy map and returns the stream of its values, in the order of the range (imap.hpp). Workers pull the
  // elements, one at a time, while at most buffersize are pulled and not yet yielded. next() throws what the range
  // throws, after the values before it. The range may be endless or allow only one pass; the elements of a one-pass
  // range are copied, or moved.
  //
  // Destroying the stream cancels what has not started and waits for what runs. So an lvalue range or std::ref(range)
  // is borrowed until then, by a BorrowingIterator. For an rvalue range the stream is an ImapIterator, which can be
  // detached to run on without a reader. Options: chunksize, buffersize, fail_fast, try_submit.
  //
  // The range may be a stream, also one of another pool: pool.imap(g, pool.imap(f, xs)) runs g on each value of f as
  // soon as it is there. Each stream has its own window. Where f failed, next() throws that exception in place of g's
  // value, and goes on behind it. Since 1.2.
  template <class F, class Range>
  [[nodiscard]] auto imap(F&& f, Range&& range, const options<>& how = {}) {
    return detail::start_stream(tp_pool_imap, capi(), std::forward<F>(f),
                                std::forward<Range>(range), how);
  }

  // The same, with the values in the order in which they are made.
  template <class F, class Range>
  [[nodiscard]] auto imap_unordered(F&& f, Range&& range, const options<>& how = {}) {
    const auto start = tp_pool_imap_unordered;
    return detail::start_stream(start, capi(), std::forward<F>(f), std::forward<Range>(range), how);
  }

  // Starts a stream of f(item) whose items, of type Item, are pushed: auto s = pool.feed<Item>(f); s.push(x);
  // s.push_end(); and s is read as that of imap. Options as for imap. After close() pushing goes on, and join() waits
  // for push_end(). Since 1.2.
  template <class Item, class F>
  [[nodiscard]] auto feed(F&& f, const options<>& how = {}) {
    return detail::start_feed<Item>(tp_pool_imap, capi(), std::forward<F>(f), how);
  }

  // The same, with the values in the order in which they are made.
  template <class Item, class F>
  [[nodiscard]] auto feed_unordered(F&& f, const options<>& how = {}) {
    return detail::start_feed<Item>(tp_pool_imap_unordered, capi(), std::forward<F>(f), how);
  }

  // Refuses jobs from now on; accepted ones run. May be repeated.
  void close() { detail::check(tp_pool_close(capi())); }

  // Refuses jobs from now on, ends unstarted items, so that their results throw Terminated, and
  // asks running tasks to stop, without waiting for them. May be repeated.
  void terminate() { detail::check(tp_pool_terminate(capi())); }

  // Waits until all accepted jobs and all workers have ended. Throws PoolStillRunning before close
  // or terminate, Error (TP_EDEADLK) inside a task or callback of the pool. May be repeated.
  void join() { detail::check(tp_pool_join(capi(), TP_FOREVER)); }

  // The same for at most timeout. Returns whether all have ended.
  bool join(Timeout timeout) {
    return detail::check_in_time(tp_pool_join(capi(), timeout.count()));
  }

  // As the destructor, but waits for at most timeout; the object is empty then. Returns false when tasks still run:
  // they go on, and the last worker frees the pool. Throws Error (TP_EINVAL) when the object is empty. Since 1.2.
  bool destroy_within(Timeout timeout) {
    const int status = tp_pool_destroy_within(capi(), timeout.count());
    if (status == TP_OK || status == TP_ETIMEDOUT) static_cast<void>(pool_.release());
    return detail::check_in_time(status);
  }

  // Waits until no job is queued or running; the pool stays open. Error (TP_EDEADLK) as join().
  void wait_idle() { detail::check(tp_pool_wait_idle(capi(), TP_FOREVER)); }

  // The same for at most timeout. Returns whether the pool was idle.
  bool wait_idle(Timeout timeout) {
    return detail::check_in_time(tp_pool_wait_idle(capi(), timeout.count()));
  }

  // pause() stops workers from starting work until resume(); running tasks finish. Jobs are
  // accepted and queued meanwhile. May be repeated. Since 1.1.
  void pause() { detail::check(tp_pool_pause(capi())); }
  void resume() { detail::check(tp_pool_resume(capi())); }

  // Cancels every job that the pool has accepted so far: unstarted ones end in Canceled, running
  // tasks see stop_requested. The pool stays open. Since 1.2.
  void cancel() { detail::check(tp_pool_cancel(capi())); }

  // Changes the number of workers. New ones run the initializer; surplus ones finish what they run, run the finalizer,
  // and end. When it throws, nothing has changed: as the constructor, and PoolNotRunning after close or terminate.
  // Since 1.1.
  void resize(std::size_t workers) {
    detail::check(tp_pool_resize(capi(), at_least_one(workers).workers));
  }

  // Changes the bound on jobs that have not ended; 0 = none. Threads that wait for room look again.
  // Since 1.2.
  void set_max_pending(std::size_t most) { detail::check(tp_pool_set_max_pending(capi(), most)); }

  // Makes the calling thread a worker of a pool with no_threads for at most timeout; 0 = runs the work that is there.
  // Returns false when the pool has ended. Throws Error: TP_EINVAL for a pool with threads, TP_EAGAIN when as many
  // threads are inside as it has workers, TP_EDEADLK inside its tasks, TP_EINIT. Since 1.2.
  bool enter(Timeout timeout = detail::kForever) {
    return detail::check(tp_worker_enter(capi(), nullptr, timeout.count(), nullptr)) == TP_OK;
  }

  // Runs the callbacks of a pool with manual_callbacks that are due, on this thread; waits for the first one for at
  // most timeout. Returns how many ran: 0 when none came in time, or the pool has ended. Throws Error: TP_EINVAL for
  // another pool, TP_EDEADLK inside a task. Since 1.2.
  std::size_t run_callbacks(Timeout timeout = Timeout(0)) {
    std::size_t ran = 0;
    detail::check_in_time(tp_pool_run_callbacks(capi(), timeout.count(), &ran));
    return ran;
  }

  // Lends a descriptor that is readable while callbacks of a pool with manual_callbacks are due,
  // for an event loop. Throws Error: TP_EINVAL, TP_EAGAIN without descriptors. Since 1.2.
  int fd() const {
    int descriptor = -1;
    detail::check(tp_pool_fd(capi(), &descriptor));
    return descriptor;
  }

  // trace_start() records what the workers do; trace_stop() writes it to the file at path, for ui.perfetto.dev. Start
  // throws Error (TP_EINVAL) when it can't open the file or a trace is on; stop throws Error (TP_EAGAIN), and sets
  // errno, when it can't write the file. Since 1.1.
  void trace_start(const std::string& path) {
    detail::check(tp_pool_trace_start(capi(), path.c_str()));
  }
  void trace_stop() { detail::check(tp_pool_trace_stop(capi())); }

  // Returns the number of workers; after resize() the new one.
  std::size_t workers() const {
    std::size_t count = 0;
    detail::check(tp_pool_workers(capi(), &count));
    return count;
  }

  // Returns a snapshot of the pool's statistics.
  tp_pool_stats_t stats() const {
    tp_pool_stats_t stats{};
    stats.size = sizeof(stats);
    detail::check(tp_pool_stats(capi(), &stats));
    return stats;
  }

  // Lends the C pool. Never throws.
  tp_pool_t* capi() const noexcept { return pool_.get(); }

 private:
  friend class Group;
  // Does not own the pool, if release() comes before the end.
  ThreadPool(detail::Lend, tp_pool_t* pool) noexcept : pool_(pool) {}

  static pool_options at_least_one(std::size_t workers) {
    if (workers == 0) throw std::invalid_argument("Number of workers must be at least 1");
    pool_options how;
    how.workers = workers;
    return how;
  }

  detail::Owned<tp_pool_t, tp_pool_destroy> pool_;
};

}  // namespace tp::v1

#include "loops.hpp"  // the loops of the class

#include "detail/epilogue.hpp"

#endif
