// SPDX-License-Identifier: MIT
// Stage 4: the thread's costs, and how quick loops are timed; from submit/loop, to queue/loop.
#include "queue/cost.h"

#include <algorithm>

#include "base/clock.h"
#include "base/thread_exit.h"

namespace tp::core {

CostTable* cost_table() noexcept { return per_thread<CostTable>(PerThread::costs); }

Sprint::Sprint(const void* fn, const void* ctx, std::size_t units) noexcept
    : fn_(fn), ctx_(ctx), units_(std::max<std::size_t>(units, 1)), table_(cost_table()) {
  is_quick_ = table_ && table_->expected(fn, ctx) * static_cast<double>(units_) <= kWakeNs;
  if (is_quick_ && !table_->is_sure(fn, ctx)) start_ = now_ns();
}

void Sprint::done() const noexcept {
  const std::uint64_t now = now_ns();
  const auto spent = static_cast<double>(now - (start_ ? start_ : table_->last_look));
  if (start_)
    table_->note(fn_, ctx_, spent / static_cast<double>(units_));
  else if (spent > 2 * kWakeNs)
    table_->doubt(fn_, ctx_);
  table_->last_look = now;
}

}  // namespace tp::core
