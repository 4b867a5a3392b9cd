// SPDX-License-Identifier: MIT
// Stage 5: the memory of the workers; from worker/workers, to worker/worker.
#include "worker/worker_table.h"

#include <algorithm>
#include <new>

#include "worker/worker.h"

namespace tp::core {

WorkerTable::~WorkerTable() {
  for (const Block& block : blocks_) delete[] block.workers;
}

bool WorkerTable::grow(Pool& pool, std::size_t count) noexcept {
  const std::size_t room = used_ ? blocks_[used_ - 1].end : 0;
  if (count > room) {
    const std::size_t more = std::max(count - room, room);
    auto* const workers = new (std::nothrow) Worker[more];
    if (!workers) return false;
    for (std::size_t i = 0; i < more; ++i) workers[i].init(pool, room + i);
    blocks_[used_++] = {room, room + more, workers};
  }
  if (count > size()) size_.store(count);
  return true;
}

}  // namespace tp::core
