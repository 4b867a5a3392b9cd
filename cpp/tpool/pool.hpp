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
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "detail/cell.hpp"
#include "detail/loops.hpp"
#include "error.hpp"
#include "options.hpp"
#include "submit.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// A pool of worker threads. Any thread may call it, tasks and callbacks included. The calls that start jobs (apply,
// map, imap, loops, feeds) stand in submit.hpp. Every call throws std::bad_alloc or Error (TP_ENOMEM) without memory,
// and Error (TP_EFORKED) in a forked child.
//
// Destroying a pool terminates and joins it: unstarted items don't run, and their results throw
// Terminated. With pool_options::drain it closes the pool instead. One of its own workers doesn't
// join it. Results and streams outlive their pool.
class ThreadPool : public JobCalls<ThreadPool> {
 public:
  // Starts as many workers as this process may use CPUs. Throws Error (TP_EAGAIN), and leaves no
  // thread behind, when the system refuses a thread.
  ThreadPool() : ThreadPool(pool_options()) {}

  // The same with this many workers. Throws std::invalid_argument for 0, Error (TP_EINVAL) above 4096.
  explicit ThreadPool(std::size_t workers) : ThreadPool(at_least_one(workers)) {}

  // The same with options. Throws Error (TP_EINVAL) when nice is out of range, the process may not
  // use one of cpus, stack_size is too small, idle_timeout is negative or NaN, or given with
  // no_threads, or min_workers exceeds workers or is given without idle_timeout.
  explicit ThreadPool(pool_options how) : pool_(detail::create_pool(std::move(how))) {}

  // Runs a team: f(i) for each i < n, all at once, each call on a thread of its own, so that they may wait for each
  // other, for example at a barrier; and waits for all. This thread runs f(0) if it is a worker of the pool or with
  // pool_options::caller_helps; idle workers run the others. Either all calls run or none: Error (TP_EAGAIN) when fewer
  // workers are idle, Error (TP_EDEADLK) inside a team of this pool. Throws what f threw for the lowest i that failed,
  // and as map. Since 1.2.
  template <class F>
  void team(std::size_t n, F&& f) {
    constexpr bool takes = std::is_invocable_v<F&, std::size_t&>;
    static_assert(takes,
                  "the callable doesn't take an index: give it one parameter, a std::size_t");
    if constexpr (takes) {
      auto call = [&f](std::size_t index, std::size_t) {
        static_cast<void>(std::invoke(f, index));
      };
      detail::check_last(tp_pool_team(capi(), detail::run_chunk<decltype(call)>, &call, n));
    }
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

  // Changes the bound on jobs that have not ended; 0 = none. Threads that wait for room look again. Since 1.2.
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
    auto stats = detail::sized<tp_pool_stats_t>();
    detail::check(tp_pool_stats(capi(), &stats));
    return stats;
  }

  // Lends the C pool. Never throws.
  tp_pool_t* capi() const noexcept { return pool_.get(); }

 private:
  friend class JobCalls<ThreadPool>;
  detail::Target tpool_target() const noexcept { return {capi(), nullptr}; }

  static pool_options at_least_one(std::size_t workers) {
    if (workers == 0) throw std::invalid_argument("Number of workers must be at least 1");
    pool_options how;
    how.workers = workers;
    return how;
  }

  detail::Owned<tp_pool_t, tp_pool_destroy> pool_;
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
