// SPDX-License-Identifier: MIT
// Stage 5: what a worker takes from others when it has nothing else; from worker/worker, to queue/spawned.
#include "worker/worker.h"

namespace tp::core {

/// Takes the oldest of what another worker has spawned.
bool Worker::run_spawned() {
  if (!pool_->has_spawned()) return false;
  const WorkerTable& all = pool_->workers().table();
  const std::size_t size = all.size();
  for (std::size_t i = 1; i < size; ++i) {
    Spawner& victim = all[(index_ + i) % size].spawner();
    Spawned* const spawned = spawner().take_from(victim, *pool_, [] { return true; });
    if (!spawned) continue;
    wake_next();
    modes_.restore();
    spawned->run_taken();
    return true;
  }
  return false;
}

bool Worker::run_stolen() {
  QueuedTask tasks[decltype(local_queue_)::kCapacity];
  const WorkerTable& all = pool_->workers().table();
  const std::size_t size = all.size();
  const ScopeExit emptied([this] { counters_.empty(); });
  counters_.fill();
  for (std::size_t i = 1; i < size && !pool_->signs().is_sweeping(); ++i) {
    Worker& victim = all[(index_ + i) % size];
    const std::size_t count = victim.local_queue_.steal(tasks);
    if (!count) continue;
    count_steal(*pool_);
    run_first(tasks, count);
    return true;
  }
  return false;
}

}  // namespace tp::core
