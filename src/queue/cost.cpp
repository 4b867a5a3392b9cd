// SPDX-License-Identifier: MIT
// Stage 4: the thread's costs, and how quick loops are timed; from submit/loop, to queue/loop.
#include "queue/cost.h"

#include <algorithm>

#include "base/clock.h"
#include "base/thread_exit.h"

namespace tp::core {

struct Costs {
  CostTable table;
  std::uint64_t last_look = 0;
};

CostTable* cost_table() noexcept {
  auto* const mine = per_thread<Costs>(PerThread::costs);
  return mine ? &mine->table : nullptr;
}

Sprint::Sprint(const void* fn, const void* ctx, std::size_t units) noexcept
    : fn_(fn),
      ctx_(ctx),
      units_(std::max<std::size_t>(units, 1)),
      costs_(per_thread<Costs>(PerThread::costs)) {
  is_quick_ = costs_ && costs_->table.expected(fn, ctx) * static_cast<double>(units_) <= kWakeNs;
  if (is_quick_ && !costs_->table.is_sure(fn, ctx)) start_ = now_ns();
}

void Sprint::done() const noexcept {
  const std::uint64_t now = now_ns();
  const auto spent = static_cast<double>(now - (start_ ? start_ : costs_->last_look));
  if (start_)
    costs_->table.note(fn_, ctx_, spent / static_cast<double>(units_));
  else if (spent > 2 * kWakeNs)
    costs_->table.doubt(fn_, ctx_);
  costs_->last_look = now;
}

}  // namespace tp::core
