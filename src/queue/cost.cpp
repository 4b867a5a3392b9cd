// SPDX-License-Identifier: MIT
// Stage 4: the thread's costs, and how quick loops are timed; from submit/loop, to queue/loop.
#include "queue/cost.h"

#include <algorithm>

#include "base/clock.h"
#include "base/thread_exit.h"

namespace tp::core {
namespace {

struct Costs {
  CostTable table;
  std::uint64_t last_look = 0;
};

Costs* costs_of_thread() noexcept { return per_thread<Costs>(PerThread::costs); }

}  // namespace

CostTable* cost_table() noexcept {
  Costs* const mine = costs_of_thread();
  return mine ? &mine->table : nullptr;
}

Sprint::Sprint(const void* fn, const void* ctx, std::size_t units) noexcept
    : fn_(fn), ctx_(ctx), units_(std::max<std::size_t>(units, 1)) {
  const CostTable* const table = cost_table();
  is_quick_ = table && table->expected(fn, ctx) * static_cast<double>(units_) <= kWakeNs;
  if (is_quick_ && !table->is_sure(fn, ctx)) start_ = now_ns();
}

void Sprint::done() const noexcept {
  Costs& costs = *costs_of_thread();  // there: it was found quick
  const std::uint64_t now = now_ns();
  const auto spent = static_cast<double>(now - (start_ ? start_ : costs.last_look));
  if (start_)
    costs.table.note(fn_, ctx_, spent / static_cast<double>(units_));
  else if (spent > 2 * kWakeNs)
    costs.table.doubt(fn_, ctx_);
  costs.last_look = now;
}

}  // namespace tp::core
