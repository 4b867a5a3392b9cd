// SPDX-License-Identifier: MIT
// Stage 5: a pool: admission, states, and the end; from capi/* and submit/*, to worker/worker.
#pragma once

#include "base/clock.h"
#include "base/order.h"
#include "result/pool_context.h"
#include "wait/wait_graph.h"
#include "trace/trace.h"
#include "worker/timer.h"
#include "worker/totals.h"
#include "worker/work_finder.h"
#include "worker/workers.h"

namespace tp::core {

/// Python's ThreadPool. Shutdown is described in src/README.md. Thread-safe.
///
/// Admission is atomic with close: a submitter counts its job in its inlet before it looks at the
/// state; whoever closes settles (base/dekker.h) before it lets workers sum the counts and end: one
/// sees the other.
class Pool final : public PoolContext {
 public:
  /// REQUIRES: options.workers is not 0. Workers::start goes next.
  explicit Pool(const tp_pool_options_t& options) noexcept;
  ~Pool() override;

  // -- calls of the C API -------------------------------------------------------------------------
  /// TP_OK and a running pool, or TP_EAGAIN, TP_ENOMEM, TP_EINVAL.
  static int create(const tp_pool_options_t& options, Pool*& pool);
  /// As Workers::resize; 0 = as many as there are CPUs.
  int resize(std::size_t workers);
  void set_worker_count(std::size_t count) noexcept {
    worker_count_.store(count);
    waits_.set_workers(count);
  }
  /// Workers start nothing until resume: TP_OK, or TP_ECLOSED when the pool is ending.
  int pause() noexcept;
  void resume() noexcept { change_signs(0, Signs::kPaused); }
  int join(Deadline deadline, Wait::Kind kind = Wait::checked);
  int wait_idle(Deadline deadline);
  /// Runs the manual callbacks that are due: TP_OK, TP_ETIMEDOUT, TP_END, TP_EDEADLK, TP_EINVAL.
  int run_callbacks(Deadline deadline, std::size_t& ran);
  /// The handle is gone: ends and frees the pool, at once or with its last worker.
  void destroy();
  void stats(tp_pool_stats_t& stats) const noexcept;
  /// Starts to trace what the workers do, or ends that.
  int start_trace(const char* path) noexcept {
    return tracer_.start(path, workers_.name(), worker_count());
  }
  int stop_trace() noexcept { return tracer_.stop(); }

  // -- states -------------------------------------------------------------------------------------
  /// Counts a job as accepted: TP_OK, TP_ECLOSED or TP_EINIT. items is what it is known to have.
  int admit(Inlet& inlet, std::size_t items) noexcept;
  void close() noexcept { advance(State::closed); }
  void terminate();
  /// Moves the state up to at least state.
  void advance(State state) noexcept;
  /// An initializer failed. Takes over the error.
  void break_with(Error* error);
  /// Whether a worker may end.
  bool over() noexcept { return ending_.load() && totals_.drained(); }
  /// Wakes those who wait for the pool to be idle or over, if it is.
  void check_drained() noexcept;
  /// The same, after a publication.
  void tell_if_drained() noexcept {
    if (ending_.load() || idle().any()) check_drained();
  }
  /// The last steps of a pool without workers; frees it.
  void end();

  // -- parts --------------------------------------------------------------------------------------
  const tp_pool_options_t& options() const noexcept { return options_; }
  WorkFinder& finder() noexcept { return finder_; }
  Workers& workers() noexcept { return workers_; }
  const Workers& workers() const noexcept { return workers_; }
  const Totals& totals() const noexcept { return totals_; }
  Timer& timer() noexcept { return timer_; }

  // -- PoolContext --------------------------------------------------------------------------------
  void ended() override;
  void open(Job& job) override { finder_.open(job); }
  void settled(Job& job) noexcept override;
  bool take_back(Job& job) noexcept override { return finder_.take_back(job); }
  void defer(Job& job) noexcept override { finder_.defer(job); }
  void notify() noexcept override { finder_.sleep().notify(); }
  void report(const Error& error) override;
  bool turns_from(Level level) const noexcept override;

 private:
  bool run_left();
  template <class Condition>
  int wait_serving(Deadline deadline, Wait::Kind kind, Condition condition);
  void stop_reports() noexcept;
  bool drop_broken();

  PoolWaits waits_{*this};
  Workers workers_{*this};
  WorkFinder finder_{*this, workers_.roster()};
  Totals totals_{others_, finder_, workers_.roster()};
  Timer timer_{*this, is_hosted_};
  Trace tracer_{trace_};
  const tp_pool_options_t options_;
  std::atomic<std::uint64_t> spared_{0};  // jobs in whose callbacks a thread waits for others
  std::atomic<std::size_t> reports_running_{0};
  std::atomic<bool> reports_stopped_{false};
  std::atomic<bool> lifted_for_good_{false};
  std::atomic<bool> joined_{false};
  Mutex joining_;
};

/// As long as it lives, streams run without windows, if that is so. REQUIRES: the pool is there until then.
class Lifting {
 public:
  Lifting(Pool& pool, bool lifts) noexcept : pool_(lifts ? &pool : nullptr) {
    if (pool_) pool_->finder().lift();
  }
  ~Lifting() {
    if (pool_) pool_->lifts().fetch_sub(1);
  }
  Lifting(const Lifting&) = delete;
  Lifting& operator=(const Lifting&) = delete;

 private:
  Pool* const pool_;
};

/// The handle of the C ABI is the pool's address.
inline tp_pool_t* to_handle(Pool* pool) noexcept { return reinterpret_cast<tp_pool_t*>(pool); }
inline Pool* to_pool(const tp_pool_t* handle) noexcept {
  return reinterpret_cast<Pool*>(const_cast<tp_pool_t*>(handle));
}

}  // namespace tp::core
