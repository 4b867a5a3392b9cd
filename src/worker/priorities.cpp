// SPDX-License-Identifier: MIT
// Stage 5: what starts next in a pool with priorities, groups or pauses; from worker/worker, to queue/producer.
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
  if (normal_starts_ < kMostInARow && run_at(Priority::normal)) {
    ++normal_starts_;
    return true;
  }
  normal_starts_ = 0;
  return run_at(Priority::background) || run_at(Priority::normal) || run_at(Priority::urgent);
}

bool Worker::run_at(Priority priority) {
  return run_in_turn(priority, [&] {
    return priority == Priority::normal ? run_normal() : run_without_group(priority);
  });
}

/// Of the groups that have something to start, and all that has no group, each has its turn.
template <class Run>
bool Worker::run_in_turn(Priority priority, Run run_others) {
  if (!pool_->groups().any(priority)) return run_others();
  return run_of_group(priority, false) || run_others() || run_of_group(priority, true);
}

bool Worker::run_of_group(Priority priority, bool others_have_none) {
  counters_.fill();
  Job* const job = pool_->groups().take(priority, others_have_none);
  if (!job) {
    counters_.empty();
    return false;
  }
  wake_next();
  modes_.restore();
  execute(QueuedTask::of(*job), priority);
  return true;
}

/// Goes on with a job that this worker has left, before later ones of the priority.
bool Worker::goes_back(Priority priority) {
  bool& turned = turned_[index_of(priority)];
  if (!turned) return false;
  turned = false;
  return run_open(priority);
}

/// Whether this worker may run its next claimed queued task at once, without a look at groups and other priorities.
bool Worker::may_go_on() const noexcept {
  return pool_->cut_status() == TP_OK && !pool_->signs().is_paused() && !is_surplus() &&
         !pool_->groups().any(Priority::normal) && !pool_->finder().waits(Priority::urgent) &&
         !pool_->finder().waits(Priority::background);
}

bool Worker::run_without_group(Priority priority) {
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
