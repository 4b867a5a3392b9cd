// SPDX-License-Identifier: MIT
// Stage 4: how a loop's items are given to a taker, and come back; from queue/loop_job, to result/taker.
#include <algorithm>

#include "base/slab.h"
#include "base/sync_point.h"
#include "queue/loop_job.h"

namespace tp::core {

/// Takes at most most units from the front of an orphan.
LoopJob::Part LoopJob::take_orphan(std::uint32_t most) noexcept {
  Lock lock(orphans_mutex_);
  Orphan* const orphan = orphans_.load();
  if (!orphan) return {};
  Part part{orphan->begin, orphan->end, units_in(orphan->begin, orphan->end)};
  if (part.units > most) {
    part.units = most;
    part.end = orphan->begin = (part.begin / unit_ + most) * unit_;
    return part;
  }
  orphans_.store(orphan->next);
  slab_free(orphan, sizeof(Orphan));
  return part;
}

/// A worker hands out items until the taker has no room or none is left. A worker that may leave turns to other work of
/// the pool when it is called off. Whether it handed out any.
bool LoopJob::hand_out(const Taker& taker, bool may_leave) {
  bool any = false;
  do {
    watch_deadline();
    if (may_leave && !pool().may_claim()) break;
    if (!begin() || !hand_out_part(taker, !may_leave)) break;
    any = true;
  } while (may_leave && !pool().calls_off(extras_.priority));
  sync_point("loop.handed_out");
  if (claimable()) pool().open(*this);
  return any;
}

/// Hands out items that lie side by side. must: also if the taker has no room. False: there are none, or there is no
/// room.
bool LoopJob::hand_out_part(const Taker& taker, bool must) {
  const std::size_t left = slot_[0].range.size() * unit_;
  void* room = nullptr;
  const std::size_t most = shape_.count ? taker.reserve(taker.ctx, task_, left, must, &room) : 1;
  if (most == 0) return false;
  const auto units = static_cast<std::uint32_t>(std::clamp<std::size_t>(most / unit_, 1, units_));
  const Part part = claim(0, units);
  const bool goes_out = part.units != 0 && shape_.count != 0 && !stopping();
  TakenItems taken{
      this, &task_, 0, 0, nullptr, 0, nullptr, 0, extras_.item_limit, shape_.chunksize, nullptr};
  if (goes_out) {
    start_claimed();
    taken.first = part.begin;
    taken.count = part.end - part.begin;
    pool().note_taken(taken.count);
    taken.item_stride = task_.item_size;
    taken.value_stride = task_.value_size;
    if (task_.item_size) taken.items = items_ + part.begin * task_.item_size;
    if (task_.value_size) taken.values = values_ + part.begin * task_.value_size;
  }
  if (shape_.count) taker.take(taker.ctx, room, taken);
  if (!goes_out && part.units) end_part(part);
  return part.units != 0;
}

/// The calling thread, which waits for the job or for one that depends on it, is the only one that may go on with it.
bool LoopJob::help_out() {
  if (is_held() || !pin()) return false;
  const ScopeExit unpin([this] { over(1); });
  if (const int status = pool().cut_status(); status != TP_OK) cut(status);
  return hand_out(*pool().taker(), false);
}

void LoopJob::finish_taken(const TakenItems& taken, const TakenEnd& end) {
  const std::size_t first = taken.first + end.at, last = first + end.count;
  pool().note_taken(SIZE_MAX - end.count + 1);
  if (end.unrun) {
    stop_unrun();
    return cut_items(first, last);
  }
  const ScopeExit over([&] { ran(first, last); });
  if (end.status != TP_OK) fail(first, last, {end.status, end.code}, end.cause);
}

}  // namespace tp::core
