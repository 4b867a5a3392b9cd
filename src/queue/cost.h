// SPDX-License-Identifier: MIT
// Stage 4: what an item of a loop cost the last time on this thread; from submit/loop, to queue/loop_job.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/thread_exit.h"

namespace tp::core {

/// About what waking a worker costs. Less work than that is not worth sharing.
inline constexpr double kWakeNs = 5'000;

/// A small direct-mapped table of costs, keyed by function and context. Each is a guess. One thread's.
class CostTable {
 public:
  /// Nanoseconds per unit; infinite when unknown.
  double expected(const void* fn, const void* ctx) const noexcept {
    const Row* const row = find(fn, ctx);
    return row ? row->unit_ns : __builtin_inf();
  }
  /// Whether so many units took less than a wake-up, by the last run.
  bool is_quick(const void* fn, const void* ctx, std::size_t units) const noexcept {
    return expected(fn, ctx) * static_cast<double>(units) <= kWakeNs;
  }
  /// Whether the cost is known and no later run has taken far longer.
  bool is_sure(const void* fn, const void* ctx) const noexcept {
    const Row* const row = find(fn, ctx);
    return row && row->sure;
  }

  void note(const void* fn, const void* ctx, double unit_ns) noexcept {
    rows_[index(fn, ctx)] = {fn, ctx, unit_ns, true};
  }
  void doubt(const void* fn, const void* ctx) noexcept {
    if (find(fn, ctx)) rows_[index(fn, ctx)].sure = false;
  }

  std::uint64_t last_look = 0;  // when an QuickProbe of this thread last read the clock

 private:
  struct Row {
    const void* fn;
    const void* ctx;
    double unit_ns;
    bool sure;
  };
  // A prime: the contexts of a recursion lie at one distance on the stack, and must not share a row.
  static constexpr std::size_t kRows = 127;

  static std::size_t index(const void* fn, const void* ctx) noexcept {
    const auto mixed = reinterpret_cast<std::uintptr_t>(fn) + reinterpret_cast<std::uintptr_t>(ctx);
    return mixed / 16 % kRows;
  }
  const Row* find(const void* fn, const void* ctx) const noexcept {
    const Row& row = rows_[index(fn, ctx)];
    return row.fn == fn && row.ctx == ctx ? &row : nullptr;
  }

  Row rows_[kRows] = {};
};

/// The calling thread's; nullptr without memory.
inline CostTable* cost_table() noexcept { return per_thread<CostTable>(PerThread::costs); }

/// Tells whether a loop was so quick the last time that one thread should run it alone, and times it for the next
/// time. While the cost is sure, it reads the clock once, at the end.
class QuickProbe {
 public:
  QuickProbe(const void* fn, const void* ctx, std::size_t units) noexcept
      : fn_(fn), ctx_(ctx), units_(std::max<std::size_t>(units, 1)), table_(cost_table()) {
    is_quick_ = table_ && table_->is_quick(fn, ctx, units_);
    if (is_quick_ && !table_->is_sure(fn, ctx)) start_ = now_ns();
  }
  bool is_quick() const noexcept { return is_quick_; }
  /// Others have run it, and found what a unit costs; 0: they did not.
  void note(double unit_ns) const noexcept {
    if (table_ && unit_ns > 0) table_->note(fn_, ctx_, unit_ns);
  }
  /// Whether it is to be timed.
  bool is_unsure() const noexcept { return start_ != 0; }
  /// One thread has run it, in so many nanoseconds, if it knows; else it was this one.
  void done(std::uint64_t spent_ns = 0) const noexcept {
    const std::uint64_t now = now_ns();
    if (!spent_ns) spent_ns = now - (start_ ? start_ : table_->last_look);
    const auto spent = static_cast<double>(spent_ns);
    if (start_)
      table_->note(fn_, ctx_, spent / static_cast<double>(units_));
    else if (spent > 2 * kWakeNs)
      table_->doubt(fn_, ctx_);
    table_->last_look = now;
  }

 private:
  const void* fn_;
  const void* ctx_;
  std::size_t units_;
  CostTable* table_;  // nullptr without memory
  bool is_quick_;
  std::uint64_t start_ = 0;  // 0: the last look
};

}  // namespace tp::core
