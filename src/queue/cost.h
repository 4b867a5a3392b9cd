// SPDX-License-Identifier: MIT
// Stage 4: what an item of a loop cost the last time on this thread; from queue/loop, to its claims.
#pragma once

#include <cstdint>

namespace tp::core {

/// A small direct-mapped table per thread, keyed by function and context: a guess, never more.
class CostTable {
 public:
  /// Nanoseconds per unit; infinite when unknown.
  double expected(const void* fn, const void* ctx) const noexcept {
    const Row& row = rows_[index(fn, ctx)];
    return row.fn == fn && row.ctx == ctx ? row.unit_ns : __builtin_inf();
  }

  void note(const void* fn, const void* ctx, double unit_ns) noexcept {
    rows_[index(fn, ctx)] = {fn, ctx, unit_ns};
  }

 private:
  struct Row {
    const void* fn;
    const void* ctx;
    double unit_ns;
  };
  static constexpr std::uintptr_t kRows = 32;

  static std::uintptr_t index(const void* fn, const void* ctx) noexcept {
    const auto mixed = reinterpret_cast<std::uintptr_t>(fn) * 31 + reinterpret_cast<std::uintptr_t>(ctx);
    return (mixed >> 4 ^ mixed >> 12) % kRows;
  }

  Row rows_[kRows] = {};
};

}  // namespace tp::core
