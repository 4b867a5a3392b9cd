// SPDX-License-Identifier: MIT
// Stage 5: what a worker starts next in a pool with priorities or pauses; from worker/worker, to queue/producer.
#include "worker/worker.h"

namespace tp::core {

/// After this many starts of one priority in a row, the next one goes to a lower priority, if something waits there.
static constexpr unsigned kMostInARow = 15;

bool Worker::run_by_priority() {
  if (pool_->signs().any(Signs::kCutting) && pool_->canceller().end_one()) return true;
  if (pool_->signs().is_paused()) return run_spawned();  // a part of what runs
  if (urgent_starts_ < kMostInARow && run_at(Priority::urgent)) {
    ++urgent_starts_;
    return true;
  }
  urgent_starts_ = 0;
  if (normal_starts_ < kMostInARow && run_normal()) {
    ++normal_starts_;
    return true;
  }
  normal_starts_ = 0;
  return run_at(Priority::background) || run_normal() || run_at(Priority::urgent);
}

/// Goes on with a job that this worker has left, before later ones of the priority.
bool Worker::goes_back(Priority priority) {
  bool& turned = turned_[index_of(priority)];
  if (!turned) return false;
  turned = false;
  return run_open(priority);
}

/// Whether this worker may run its next claimed queued task at once, without a look at the other priorities.
bool Worker::may_go_on() const noexcept {
  return pool_->cut_status() == TP_OK && !pool_->signs().is_paused() && !is_surplus() &&
         !pool_->finder().waits(Priority::urgent) && !pool_->finder().waits(Priority::background);
}

bool Worker::run_at(Priority priority) {
  if (goes_back(priority)) return true;
  bool& queue_first = queues_first_[index_of(priority)];
  queue_first = !queue_first;
  const auto run_entry = [&] {  // only one, because nothing can overtake what is claimed together
    Producer* const producer = pool_->finder().priority_producer(priority);
    return producer && producer->queue.size() && run_submitted(*producer, 1);
  };
  return queue_first ? run_entry() || run_open(priority) : run_open(priority) || run_entry();
}

}  // namespace tp::core
