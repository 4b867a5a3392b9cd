// SPDX-License-Identifier: MIT
// What items have cost, by what the same function has cost before. Stage: base, used by cluster/*.
#include "cluster/costs.h"

#include <algorithm>
#include <new>

namespace tp::cluster {

/// A larger cost counts at once, because items that were sent by a smaller one wait for each other.
static void follow(double& cost, double seen) noexcept {
  cost = seen > cost ? seen : 0.75 * cost + 0.25 * seen;
}

std::size_t Costs::plain_bytes(const tp_task_t& task) noexcept {
  return std::max<std::size_t>(task.item_size + task.value_size, 1);
}

Cost Costs::of(const tp_task_t& task, bool is_sent) const {
  const bool is_packed = is_sent && (task.item_codec || task.value_codec);
  const auto plain = static_cast<double>(plain_bytes(task));
  const auto found = known_.find(work_of(task));
  const Cost known = found == known_.end() ? Cost{} : found->second;
  if (!is_packed) return {known.ns, plain};
  return {known.bytes == 0 ? 0 : known.ns, std::max(known.bytes, plain)};
}

void Costs::learn(const tp_task_t& task, bool is_sent, Cost seen) noexcept try {
  constexpr std::size_t kMost = 4096;  // a program may share an object for each call
  const Work work = work_of(task);
  if (known_.size() == kMost && !known_.count(work)) known_.clear();
  Cost& cost = known_[work];
  follow(cost.ns, seen.ns);
  if (is_sent) follow(cost.bytes, seen.bytes);
} catch (const std::bad_alloc&) {  // it is learnt later
}

}  // namespace tp::cluster
