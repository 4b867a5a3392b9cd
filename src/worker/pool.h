// SPDX-License-Identifier: MIT
// Stage 5: a pool: admission, states, and the end; from capi/* and submit/*, to worker/worker.
#pragma once

#include "base/clock.h"
#include "result/pool_context.h"
#include "trace/trace.h"
#include "wait/taken.h"
#include "wait/wait_graph.h"
#include "worker/canceller.h"
#include "worker/timer.h"
#include "worker/totals.h"
#include "worker/work_finder.h"
#include "worker/workers.h"

namespace tp::core {

/// Python's ThreadPool. src/README.md describes its end. Thread-safe.
///
/// Admission is atomic with close. A submitter counts its job in its producer before it looks at the state. A thread
/// that closes the pool runs the heavy fence (base/asymmetric_fence.h) before it lets workers sum the counts and end.
/// So one sees the other.
class Pool final : public PoolContext {
 public:
  /// REQUIRES: options.workers is not 0. Workers::start comes next.
  explicit Pool(const tp_pool_options_t& options, Taker* taker = nullptr) noexcept;
  ~Pool() override;

  // -- calls of the C API -------------------------------------------------------------------------
  /// TP_OK and a running pool, or TP_EAGAIN, TP_ENOMEM, TP_EINVAL. taker: of its items, or checks its tasks.
  static int create(const tp_pool_options_t& options, Pool*& pool, Taker* taker = nullptr);
  /// As Workers::resize; 0 = as many as there are CPUs.
  int resize(std::size_t workers);
  void set_worker_count(std::size_t count) noexcept {
    worker_count_.store(count);
    waits_.set_workers(count);
  }
  /// Keeps workers from starting anything until resume: TP_OK, or TP_ECLOSED when the pool is ending.
  int pause() noexcept {
    return signs_.set_unless(Signs::kPaused, Signs::kUnpausable) ? TP_OK : TP_ECLOSED;
  }
  void resume() noexcept { change_signs(0, Signs::kPaused); }
  int join(Deadline deadline, Wait::Kind kind = Wait::checked);
  int wait_idle(Deadline deadline);
  /// Runs the manual callbacks that are due: TP_OK, TP_ETIMEDOUT, TP_END, TP_EDEADLK. REQUIRES: they are manual.
  int run_callbacks(Deadline deadline, std::size_t& ran);
  /// The handle is gone: ends and frees the pool, or has its last worker do so. TP_OK; TP_ETIMEDOUT when tasks still
  /// run at the deadline.
  int destroy(Deadline deadline = Deadline::never());
  void stats(tp_pool_stats_t& stats) const noexcept;
  int start_trace(const char* path) noexcept {
    const std::size_t shown = taker() ? 0 : worker_count();  // without events, too
    return tracer_.start(path, workers_.name(), shown);
  }
  int stop_trace() noexcept { return tracer_.stop(); }

  // -- states -------------------------------------------------------------------------------------
  /// Counts a job, with the items that it is known to have, as accepted: TP_OK, TP_ECLOSED or TP_EINIT; TP_EAGAIN or
  /// TP_ENOMEM when it needs a thread and the system refuses the first one.
  int admit(Producer& producer, std::size_t items, bool needs_thread = true) noexcept {
    const std::uint64_t before = producer.admitted.load(std::memory_order_relaxed);  // own writes
    // advance runs the heavy fence
    light_store(producer.admitted, before + 1);
    sync_point("pool.admit");
    if (state_.load() || cut_error()) [[unlikely]]
      if (const int status = ask(needs_thread); status != TP_OK)
        return refuse(producer, before, status);
    Counters::add(producer.items, items);
    return TP_OK;
  }
  /// The last of the calling thread's accepted jobs, with so many items, will not run after all.
  void withdraw(Producer& producer, std::size_t items) noexcept;
  void close() noexcept { advance(State::closed); }
  void terminate();
  /// Cancels every job that was accepted so far.
  void cancel() { canceller_.cancel_all(); }
  /// Moves the state up to at least state.
  void advance(State state) noexcept;
  /// An initializer failed. Takes over the error.
  void break_with(Error* error);
  /// Whether a worker may end.
  bool over() noexcept { return ending_.load() && totals_.drained(); }
  /// Whether the pool has no thread, but starts one for the next job.
  bool is_vacant() const noexcept { return state_.load() & kVacant; }
  void set_vacant(bool vacant) noexcept {
    vacant ? state_.fetch_or(kVacant) : state_.fetch_and(~kVacant);
  }
  /// Wakes the threads that wait for the pool to be idle or over, if it is.
  void check_drained() noexcept;
  /// The same, behind a publication.
  void tell_if_drained() noexcept {
    if (ending_.load() || idle().any()) check_drained();
  }
  /// A worker is to go on with what was posted. From any thread.
  void post(Posted& posted) noexcept;
  /// The taker has room from now on, or has none.
  void set_full(bool full) noexcept {
    full ? change_signs(Signs::kFull, 0) : change_signs(0, Signs::kFull);
  }
  /// The last steps of a pool without workers; frees it.
  void end();
  void end_apart();

  /// Whether the pool has callbacks or ends of jobs for a thread that waits and is no worker: they are manual, or the
  /// pool has no threads, so that nobody else may come.
  bool has_due_outside() const noexcept {
    return callbacks_.due_outside() || (is_hosted() && any_left());
  }
  /// Runs some of these. False when there were none.
  bool run_due_outside();

  // -- parts --------------------------------------------------------------------------------------
  const tp_pool_options_t& options() const noexcept { return options_; }
  WorkFinder& finder() noexcept { return finder_; }
  Workers& workers() noexcept { return workers_; }
  const Workers& workers() const noexcept { return workers_; }
  const Totals& totals() const noexcept { return totals_; }
  Timer& timer() noexcept { return timer_; }
  Canceller& canceller() noexcept { return canceller_; }
  /// There are cancelled jobs to end, or no more.
  void set_cut(bool any) noexcept {
    has_cut_.store(any);
    if (!any) signs_.change(0, Signs::kCutting);
  }
  /// A cancel of the pool has taken all that is queued, and told all that has started.
  void count_cancel() noexcept { cancels_.fetch_add(1); }

  // -- PoolContext --------------------------------------------------------------------------------
  void ended() override;
  void open(Job& job) override { finder_.open(job); }
  void reopen(Job& job) override { finder_.reopen(job); }
  void settled(Job& job) noexcept override;
  bool take_back(Job& job) noexcept override { return finder_.take_back(job); }
  void defer(Job& job) noexcept override { finder_.defer(job); }
  void notify() noexcept override { finder_.sleep().notify(); }
  void report(const Error& error) override;
  bool turns_from(Priority priority) const noexcept override;
  void abandon_spawned() override { abandon_all(this_spawner()); }
  std::size_t pending() const noexcept override { return totals_.pending(roomless_); }
  void unblock(Job& job) noexcept override {
    if (has_blocked()) waits_.let_run(job);
  }
  void unblock_any() noexcept override {
    if (has_blocked()) waits_.let_any_run();
  }
  std::size_t cpus() const noexcept override { return workers_.cpus(); }
  bool has_blocked() noexcept override {
    return finder_.sleep().count() == 0 && waits_.any_blocked();
  }

 private:
  int ask(bool needs_thread) noexcept;
  int refuse(Producer& producer, std::uint64_t admitted_before, int status) noexcept;
  void let_end() noexcept;
  /// From here on neither the pool nor a group pauses.
  void lift_pauses() noexcept;
  void serve(Deadline deadline);
  template <class Condition>
  int wait_serving(Deadline deadline, Wait::Kind kind, Condition condition);
  /// Drops the error that broke the pool, by its hook; false when there is none.
  bool drop_broken() {
    Error* const error = broken_.exchange(nullptr);
    if (error) error->release();
    return error != nullptr;
  }

  PoolWaits waits_{*this};
  Workers workers_{*this};
  WorkFinder finder_{*this, workers_.table()};
  Totals totals_{others_, finder_, workers_.table()};
  Timer timer_{*this, is_hosted_};
  Canceller canceller_{*this};
  Trace tracer_{trace_};
  const tp_pool_options_t options_;
  std::atomic<std::uint64_t> spared_{0};  // jobs whose callbacks wait in run_callbacks
  std::atomic<std::size_t> reports_running_{0};
  std::atomic<bool> reports_stopped_{false};
  std::atomic<bool> lifted_for_good_{false};
  std::atomic<bool> joined_{false};
  Mutex joining_;
};

/// If waits is set, streams have no windows in the scope of what this returns. REQUIRES: the pool lives as long.
inline auto lifted(Pool& pool, bool waits) {
  if (waits) pool.finder().lift();
  return ScopeExit([&pool, waits] {
    if (waits) pool.lifts().fetch_sub(1);
  });
}

/// The handle of the C ABI is the pool's address.
inline tp_pool_t* to_handle(Pool* pool) noexcept { return reinterpret_cast<tp_pool_t*>(pool); }
inline Pool* to_pool(const tp_pool_t* handle) noexcept {
  return reinterpret_cast<Pool*>(const_cast<tp_pool_t*>(handle));
}

}  // namespace tp::core
