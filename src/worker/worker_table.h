// SPDX-License-Identifier: MIT
// Stage 5: a table of workers that grows while others read it; from worker/workers, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>

namespace tp::core {

class Pool;
class Worker;

/// Workers stay in the table until it goes, because others may steal from a worker that has left. Each block is as
/// large as all before it. Thread-safe, but one thread at a time may grow it.
class WorkerTable {
 public:
  ~WorkerTable();

  /// Makes at least count workers; false without memory.
  bool grow(Pool& pool, std::size_t count) noexcept;
  /// How many workers there ever were.
  std::size_t size() const noexcept { return size_.load(); }
  /// REQUIRES: index < size().
  Worker& operator[](std::size_t index) const noexcept;

 private:
  static constexpr std::size_t kBlocks = 13;  // of 1, 1, 2, 4 … workers: enough for 4096

  struct Block {
    std::size_t begin, end;  // indexes
    Worker* workers;
  };

  Block blocks_[kBlocks] = {};  // published by size_
  std::atomic<std::size_t> size_{0};
  std::size_t used_ = 0;  // of the blocks
};

}  // namespace tp::core
