// SPDX-License-Identifier: MIT
// Stage 5: what a worker starts next where jobs have levels, or the pool pauses; from
// worker/worker, to queue/inlet.
#include "worker/worker.h"

namespace tp::core {
namespace {

/// So many starts in a row may be of one level while lower ones wait; the next is theirs.
constexpr unsigned kMostInARow = 15;

}  // namespace

bool Worker::run_by_level() {
  if (pool_->signs().is_paused()) return false;
  if (urgent_starts_ < kMostInARow && run_at(Level::urgent)) {
    ++urgent_starts_;
    return true;
  }
  urgent_starts_ = 0;
  return run_below_urgent() || run_at(Level::urgent);
}

bool Worker::run_below_urgent() {
  if (normal_starts_ < kMostInARow && run_normal()) {
    ++normal_starts_;
    return true;
  }
  normal_starts_ = 0;
  return run_at(Level::background) || run_normal();
}

/// Runs on a job that it has turned from, before later ones of the level.
bool Worker::goes_back(Level level) {
  bool& turned = turned_[index_of(level)];
  if (!turned) return false;
  turned = false;
  return run_open(level);
}

/// Whether the entries that this worker has claimed may be run one right after another.
bool Worker::may_go_on() const noexcept {
  return pool_->cut_status() == TP_OK && !pool_->signs().is_paused() && !is_surplus() &&
         !pool_->finder().waits(Level::urgent) && !pool_->finder().waits(Level::background);
}

bool Worker::run_at(Level level) {
  if (goes_back(level)) return true;
  bool& lane_first = lanes_first_[index_of(level)];
  lane_first = !lane_first;
  return lane_first ? run_lane(level) || run_open(level) : run_open(level) || run_lane(level);
}

/// One by one: what is claimed together can't be overtaken.
bool Worker::run_lane(Level level) {
  Inlet* const inlet = pool_->finder().leveled_inlet(level);
  if (!inlet || !inlet->lane.size()) return false;
  Entry entry;
  const auto one = [&](std::size_t) { return pool_->signs().is_paused() ? std::size_t{0} : 1; };
  tally_.fill();
  if (!inlet->lane.claim(&entry, 1, one)) {
    tally_.empty();
    return false;
  }
  run_first(&entry, 1, level);
  return true;
}

}  // namespace tp::core
