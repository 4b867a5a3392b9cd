// SPDX-License-Identifier: MIT
// Stage 4: what an item of a loop cost the last time on this thread; from submit/loop, to
// queue/loop.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tp::core {

/// A small direct-mapped table, keyed by function and context: a guess, never more. One thread's.
class CostTable {
 public:
  /// Nanoseconds per unit; infinite when unknown.
  double expected(const void* fn, const void* ctx) const noexcept {
    const Row* const row = find(fn, ctx);
    return row ? row->unit_ns : __builtin_inf();
  }
  /// Whether nothing speaks against it.
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

 private:
  struct Row {
    const void* fn;
    const void* ctx;
    double unit_ns;
    bool sure;
  };
  // A prime: contexts on the stack of a recursion have one distance, and then so many levels share no row.
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

struct Costs;

/// The calling thread's; nullptr without memory.
CostTable* cost_table() noexcept;

/// About what waking a worker costs: less work than that is not worth sharing.
inline constexpr double kWakeNs = 5'000;

/// A loop that may be so quick that its caller had better run it alone; times it for the next one.
/// One look at the clock will do where it shows that little time has passed since the last one.
class Sprint {
 public:
  Sprint(const void* fn, const void* ctx, std::size_t units) noexcept;
  bool is_quick() const noexcept { return is_quick_; }
  void done() const noexcept;

 private:
  const void* fn_;
  const void* ctx_;
  std::size_t units_;
  Costs* costs_;  // nullptr without memory
  bool is_quick_;
  std::uint64_t start_ = 0;  // 0: the last look
};

}  // namespace tp::core
