// SPDX-License-Identifier: MIT
// Stage 4: a map or for job: n items, a range for each participant; from submit/loop, to result/job.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "queue/chunk_sizer.h"
#include "queue/faults.h"
#include "queue/items.h"
#include "queue/range.h"
#include "queue/turn.h"
#include "result/job.h"
#include "tpool/task.h"

namespace tp::core {

/// What a for calls for each chunk.
struct RangeTask {
  tp_range_fn fn;
  void* ctx;
  void (*ctx_drop)(void*);
  void* cost_key;  // the function that the caller gave; CostTable has its cost
};

/// Which items a loop has, and how it claims and reports them.
struct LoopShape {
  std::size_t count;      // items
  std::size_t chunksize;  // 0 = automatic
  bool fail_fast;
  bool asked;         // somebody may ask for the statuses of items
  bool keeps_errors;  // an item that fails does not fail the job

  /// Items of a unit: one, or the caller's chunk, or several of these if a range's 32 bits need that.
  std::size_t unit() const noexcept {
    constexpr std::size_t kMost = std::size_t{1} << 31;
    const std::size_t all = std::max<std::size_t>(count, 1);
    const std::size_t chunk = std::clamp<std::size_t>(chunksize, 1, all);
    return chunk * (((all - 1) / chunk) / kMost + 1);
  }
  /// How many units there are. 0 items are one unit: a thread has to run the end of the job, too.
  std::uint32_t units() const noexcept {
    return count ? static_cast<std::uint32_t>((count - 1) / unit() + 1) : 1;
  }
  /// How many items remaining_ counts as one: several if it has no room for all of them and for pins (Job::pin).
  std::size_t grain() const noexcept { return count > SIZE_MAX / 2 ? unit() : 1; }
  /// What remaining_ counts for all items.
  std::size_t weight() const noexcept {
    return grain() == 1 ? std::max<std::size_t>(count, 1) : units();
  }
};

/// Threads claim items in units: single items, or the caller's chunks. Each participant takes growing spans from
/// the front of its own range. When that is empty, it steals the back half of another's. So no item costs an
/// atomic operation. A thread that is ended, or leaves the job, makes the rest of its span an orphan for the
/// next claims.
///
/// remaining_ counts items or, of too many items, units; then the rest of a split unit counts for it. Thread-safe.
class LoopJob final : public Job {
 public:
  static constexpr bool kCanOpen = true, kRunsHere = true;

  /// A map over items, into values or, if that is NULL, into memory of its own.
  static LoopJob* make_map(PoolContext& pool, const tp_task_t& task, const void* items,
                           void* values, LoopShape shape, const Callbacks& callbacks,
                           bool handle) noexcept;
  /// A for over 0 … count-1.
  static LoopJob* make_for(PoolContext& pool, const RangeTask& range, LoopShape shape,
                           const Callbacks& callbacks, bool handle) noexcept;
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  void run() override;
  /// Has nanoseconds for each unit stored there before the job ends, by each thread that runs some.
  void tell_cost(std::atomic<float>& unit_ns) noexcept { unit_ns_ = &unit_ns; }
  /// The submitting thread runs all of the job in place of the workers.
  void run_here();
  bool help_items(Deadline deadline) override {
    return may_start() &&
           (pool().taker() ? help_out() : take_part(deadline, is_quick(), group_pause()));
  }
  bool claimable() noexcept override;
  void finish_taken(const TakenItems& taken, const TakenEnd& end) override;
  void cut(int status) override {
    stop(status);
    sweep();
  }
  void progress(std::size_t& done, std::size_t& total) const noexcept override;
  int item_status(std::size_t index) const noexcept override {
    if (index >= shape_.count) return TP_EINVAL;
    if (statuses_) return statuses_[index];
    return shape_.asked ? faults_.status(index) : outcome();
  }
  Error* item_error(std::size_t index) noexcept override;
  void* values() noexcept override { return values_; }

 protected:
  void destroy() noexcept override { discard(); }
  bool has_hooks() const noexcept override { return task_.value_drop || task_.ctx_drop; }
  bool cut_pending(int status) override;
  void drop_items() override {
    faults_.seal();
    if (!owns_values_ && outcome() != TP_OK) drop_values();  // the caller's, of a failed map
  }
  void drop_ctx() override { call_hook(task_.ctx_drop, task_.ctx); }
  void drop_outputs() override {
    const ScopeExit errors([this] { drop_kept(); });
    if (owns_values_) drop_values();
  }

 private:
  struct alignas(kCacheLine) Slot {
    Range range;
  };
  /// Items to run next, one after another. Without units there is nothing to run.
  struct Part {
    std::size_t begin, end;
    std::uint32_t units;
  };
  struct Orphan {
    std::size_t begin, end;  // items
    Orphan* next;
  };

  LoopJob(PoolContext& pool, const tp_task_t& task, tp_range_fn range_fn, LoopShape shape,
          std::size_t slots, const Callbacks& callbacks, bool handle) noexcept;
  ~LoopJob() override = default;
  static LoopJob* make(PoolContext& pool, const tp_task_t& task, tp_range_fn range_fn,
                       LoopShape shape, const Callbacks& callbacks, bool handle) noexcept;
  static std::size_t bytes_for(std::size_t slots) noexcept {
    return sizeof(LoopJob) + kCacheLine + slots * sizeof(Slot);
  }
  bool allocate(const void* items, void* values) noexcept;

  bool take_part(Deadline deadline, bool quick, const std::atomic<bool>* pause);
  bool participate(Deadline deadline, bool may_leave, bool quick, const std::atomic<bool>* pause);
  // for a pool with a taker (queue/loop_taken.cpp)
  bool hand_out(const Taker& taker, bool may_leave);
  bool hand_out_part(const Taker& taker, bool must);
  bool help_out();
  const void* cost_key() const noexcept { return reinterpret_cast<void*>(task_.fn); }
  bool is_quick() const noexcept;
  bool begin() noexcept;
  Part claim(std::size_t slot, std::uint32_t count);
  void extend(Span& span, std::size_t next, std::uint32_t count) noexcept;
  Span steal(std::size_t slot, std::uint32_t count);
  void end_part(Part part);
  void run_part(Part part, ChunkSizer& sizer, Turn& turn);
  std::size_t run_chunks(std::size_t begin, std::size_t end, std::size_t& told, Turn& turn);
  std::size_t run_each(std::size_t begin, std::size_t end, Turn& turn);
  int run_up_to_a_failure(std::size_t begin, At& at, std::size_t end, CallScope& scope, Turn& turn);
  [[gnu::noinline]] int run_plainly(At& at, std::size_t end, CallScope& scope);
  int run_batches(At& at, std::size_t end, CallScope& scope, Turn& turn);
  void run_range(std::size_t begin, std::size_t end, std::size_t last, const Turn& turn);
  void fail(std::size_t begin, std::size_t end, CallResult result, CallScope& scope) {
    fail(begin, end, result, scope.take_cause());
  }
  void fail(std::size_t begin, std::size_t end, CallResult result, Cause cause);
  void note(std::size_t begin, std::size_t end, int status) noexcept;
  void keep_error(std::size_t index, Error* error);
  void drop_kept();
  void ran(std::size_t begin, std::size_t end);
  void leave(std::size_t begin, std::size_t next, std::size_t end);
  bool leave_orphan(std::size_t begin, std::size_t end) noexcept;
  Part take_orphan(std::uint32_t most) noexcept;
  void sweep();
  void cut_items(std::size_t begin, std::size_t end);
  void drop_values();
  std::size_t item_at(std::uint32_t unit) const noexcept {
    return unit >= units_ ? shape_.count : unit * unit_;
  }
  /// Counts parts of units, too.
  std::uint32_t units_in(std::size_t begin, std::size_t end) const noexcept {
    return static_cast<std::uint32_t>((end - 1) / unit_ - begin / unit_ + 1);
  }
  std::size_t weight(std::size_t begin, std::size_t end) const noexcept;

  Extras extras_;
  tp_task_t task_;  // of a for only the context, and as fn the key of its cost
  const tp_range_fn range_fn_;
  const LoopShape shape_;
  const std::size_t unit_, grain_;  // those of shape_
  const std::uint32_t units_;
  const std::size_t slots_;
  Slot* slot_;
  std::atomic<float>* unit_ns_ = nullptr;
  enum Phase : std::uint8_t { kUntouched, kBegun, kGivenUp };
  std::atomic<std::uint8_t> phase_{kUntouched};
  std::atomic<bool> skips_{false};  // fail-fast has stopped it
  std::atomic<std::size_t> joined_{0};
  const char* items_ = nullptr;
  char* values_ = nullptr;
  bool owns_values_ = false;
  std::int8_t* statuses_ = nullptr;     // of each item, if what is dropped or kept depends on it
  Faults faults_;                       // without statuses_, if somebody may ask
  std::atomic<Error**> kept_{nullptr};  // one for each item, from the first kept error on
  Mutex orphans_mutex_;
  std::atomic<Orphan*> orphans_{nullptr};
};

}  // namespace tp::core
