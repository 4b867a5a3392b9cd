// SPDX-License-Identifier: MIT
// Stage 5: what a worker starts next in a pool with levels or pauses; from worker/worker, to queue/inlet.
#include "worker/worker.h"

namespace tp::core {

/// After this many starts of one level in a row, the next one goes to a lower level, if something waits there.
static constexpr unsigned kMostInARow = 15;

bool Worker::run_by_level() {
  if (pool_->signs().is_paused()) return false;
  if (urgent_starts_ < kMostInARow && run_at(Level::urgent)) {
    ++urgent_starts_;
    return true;
  }
  urgent_starts_ = 0;
  if (normal_starts_ < kMostInARow && run_normal()) {
    ++normal_starts_;
    return true;
  }
  normal_starts_ = 0;
  return run_at(Level::background) || run_normal() || run_at(Level::urgent);
}

/// Goes on with a job that this worker has left, before later ones of the level.
bool Worker::goes_back(Level level) {
  bool& turned = turned_[index_of(level)];
  if (!turned) return false;
  turned = false;
  return run_open(level);
}

/// Whether this worker may run its next claimed entry at once, without a look at the other levels.
bool Worker::may_go_on() const noexcept {
  return pool_->cut_status() == TP_OK && !pool_->signs().is_paused() && !is_surplus() &&
         !pool_->finder().waits(Level::urgent) && !pool_->finder().waits(Level::background);
}

bool Worker::run_at(Level level) {
  if (goes_back(level)) return true;
  bool& lane_first = lanes_first_[index_of(level)];
  lane_first = !lane_first;
  const auto run_entry = [&] {  // only one, because nothing can overtake what is claimed together
    Inlet* const inlet = pool_->finder().leveled_inlet(level);
    return inlet && inlet->lane.size() && run_lane(*inlet, 1);
  };
  return lane_first ? run_entry() || run_open(level) : run_open(level) || run_entry();
}

}  // namespace tp::core
