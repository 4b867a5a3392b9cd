// SPDX-License-Identifier: MIT
// Stage 4: a map or for that one thread runs alone; from submit/loop, to result/job.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "queue/apply_job.h"
#include "queue/items.h"
#include "queue/loop_job.h"

namespace tp::core {

/// The items of a map or for that takes less than a wake-up: one thread runs all of them. Items of a map run also
/// after one has failed, unless the map fails fast. Then no value is left: value_drop gets those that were made. They
/// are one chunk: the thread stops for nothing else. One thread's.
class QuickItems {
 public:
  /// Of a map. The task exists as long.
  QuickItems(const tp_task_t& task, const void* items, void* values, std::size_t count,
             bool fail_fast) noexcept
      : task_(&task),
        items_(static_cast<const char*>(items)),
        values_(static_cast<char*>(values)),
        count_(count),
        fail_fast_(fail_fast) {}
  /// Of a for. The range exists as long.
  QuickItems(const RangeTask& range, std::size_t count) noexcept : range_(&range), count_(count) {}
  QuickItems(const QuickItems&) = delete;
  QuickItems& operator=(const QuickItems&) = delete;

  JobKind kind() const noexcept { return range_ ? JobKind::loop : JobKind::map; }
  /// Whether only workers run them, by a function of their own.
  bool needs_worker() const noexcept { return task_ && !task_->fn; }
  std::size_t count() const noexcept { return count_; }
  /// How many have run.
  std::size_t ran() const noexcept { return at_; }
  /// The failure of the lowest index; nullptr if none has failed. The caller's from here on.
  Error* take_error() noexcept { return std::exchange(error_, nullptr); }

  /// Runs those that have not run. If user code ends the thread, lost() runs on the way; it may have another thread run
  /// the rest.
  template <class Lost>
  void run(CallScope& scope, Lost lost) {
    if (at_ == count_ || (fail_fast_ && error_)) return;
    range_ ? run_range(scope, lost) : run_each(scope, lost);
  }
  /// The same; and if time() was called, keeps how long they took.
  template <class Lost>
  void run_timed(CallScope& scope, Lost lost) {
    const std::uint64_t start = is_timed_ ? now_ns() : 0;
    run(scope, lost);
    if (is_timed_) spent_ns_ = std::max<std::uint64_t>(now_ns() - start, 1);
  }
  void time() noexcept { is_timed_ = true; }
  /// 0: nobody has kept it.
  std::uint64_t spent_ns() const noexcept { return spent_ns_; }

 private:
  template <class Lost>
  void run_each(CallScope& scope, Lost lost) {
    const auto failed = [&](At at, CallResult result) {
      call_or_else([&] { fail(at, result, scope); }, lost);
      return !fail_fast_;
    };
    const auto item_lost = [&](At at) {
      fail(at, {TP_ELOST, 0}, scope);
      lost();
    };
    at_ = run_items(
        scope, at_, [&](At& at) { return run_up_to_a_failure(scope, at); }, failed, item_lost);
    if (error_) call_or_else([&] { drop_values(scope, at_); }, lost);
  }

  template <class Lost>
  void run_range(CallScope& scope, Lost lost) {
    at_ = count_;
    scope.set_item(0);
    const auto lost_all = [&] {
      error_ = Error::make(TP_ELOST, 0, scope.item(), scope.take_cause());
      lost();
    };
    const CallResult result = call_user(
        scope, [&] { return range_->fn(range_->ctx, 0, count_); }, lost_all);
    if (result.status != TP_OK)
      error_ = Error::make(result.status, result.code, scope.item(), scope.take_cause());
  }

  int run_up_to_a_failure(CallScope& scope, At& at) const;
  void fail(At at, CallResult result, CallScope& scope);
  void drop_values(const CallScope& items, std::size_t end);

  const tp_task_t* const task_ = nullptr;
  const RangeTask* const range_ = nullptr;
  const char* const items_ = nullptr;
  char* const values_ = nullptr;
  const std::size_t count_;
  const bool fail_fast_ = false;
  bool is_timed_ = false;
  std::uint64_t spent_ns_ = 0;
  std::size_t at_ = 0;       // the next item
  std::size_t dropped_ = 0;  // of a map that has failed: up to here no value is left
  Error* error_ = nullptr;
};

/// The job of a blocking call whose items one worker runs. It has no more memory than an apply.
class QuickLoop final : public ApplyJob {
 public:
  /// nullptr without memory.
  static QuickLoop* make(PoolContext& pool, QuickItems& items) noexcept;

 protected:
  void execute(std::uint32_t& mine, std::uint32_t cancels) override;
  std::size_t size() const noexcept override { return items_.count(); }

 private:
  QuickLoop(PoolContext& pool, QuickItems& items) noexcept;
  ~QuickLoop() override = default;

  QuickItems& items_;
};

}  // namespace tp::core
