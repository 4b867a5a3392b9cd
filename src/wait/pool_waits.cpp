// SPDX-License-Identifier: MIT
// Stage 7: the blocked workers of a pool, and which of them runs what comes; from wait/wait_graph, to the waiter.
#include <algorithm>
#include <new>

#include "wait/wait_graph.h"

namespace tp::core {

PoolWaits::PoolWaits(const PoolContext& context) noexcept
    : context_(&context), graph_(new (std::nothrow) WaitGraph) {
  if (graph_) graph_->add_pool(*this);  // no other thread knows the graph yet
}

PoolWaits::~PoolWaits() {
  if (!graph_) return;
  if (!graph_->is_inherited()) {
    GraphLock lock(*graph_);
    lock.graph().remove_pool(*this);
  }
  graph_->release();
}

void PoolWaits::look_again() noexcept {
  if (graph_->is_inherited()) return;
  GraphLock lock(*graph_);
  for (Wait* wait = blocked_; wait; wait = wait->next_of_pool()) resolve(lock.graph(), *wait);
}

/// Between the publication and this look no worker can have blocked without seeing the job.
void PoolWaits::let_run(Job& job) noexcept {
  if (graph_->is_inherited()) return;
  {
    GraphLock lock(*graph_);
    for (Wait* wait = blocked_; wait; wait = wait->next_of_pool())
      if (!wait->told() && wait->depends_on(job)) return wait->tell_help(job);
    for (Wait* wait = job.group() ? blocked_ : nullptr; wait; wait = wait->next_of_pool())
      if (!wait->told() && wait->help_itself()) return;  // it depends on one behind the job
    if (!all_blocked(true)) return;
  }
  look_again();
}

void PoolWaits::let_any_run() noexcept {
  if (graph_->is_inherited()) return;
  {
    GraphLock lock(*graph_);
    for (Wait* wait = blocked_; wait; wait = wait->next_of_pool())
      if (!wait->told()) wait->help_itself();
    if (!all_blocked(true)) return;
  }
  look_again();
}

bool PoolWaits::all_blocked(bool present) const noexcept {
  std::size_t needed = workers_.load();
  if ((present || is_short_.load()) && threads_) needed = std::min(needed, threads_->load());
  if (blocked_count_.load() < needed) return false;
  for (const Wait* wait = blocked_; wait; wait = wait->next_of_pool())
    if (needed && !is_surplus(*wait)) --needed;
  return needed == 0;
}

}  // namespace tp::core
