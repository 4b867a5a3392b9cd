// SPDX-License-Identifier: MIT
// Stage 4: how a stream's items are given to a taker, and come back; from queue/stream_job, to result/taker.
#include <algorithm>
#include <utility>

#include "base/sync_point.h"
#include "queue/stream_job.h"

namespace tp::core {

/// Pulls if need be, and hands out what it claims. False: there is nothing, or the thread sees a sweep.
bool StreamJob::hand_out(const Taker& taker, Turn& turn) {
  Claim claim = find(nullptr, turn);
  if (!claim.count) return false;
  start_claimed();
  while (claim.count)
    call_or_else([&] { hand_out_run(taker, claim); }, [&] { orphan(claim.first, claim.count); });
  return true;
}

/// Hands out the first claimed items that lie in one segment. What the taker has room for is the next batch.
void StreamJob::hand_out_run(const Taker& taker, Claim& claim) {
  StreamSlot* const first = claim.first;
  void* room = nullptr;
  const std::size_t most = taker.reserve(taker.ctx, task_, kMostAhead, true, &room);
  if (!shape_.chunksize)
    batch_.store(static_cast<std::uint32_t>(std::clamp<std::size_t>(most, 1, kMostAhead / 8)));
  const std::size_t wanted = shape_.chunksize ? claim.count : most;
  std::uint32_t count = 0;
  do {
    ++count;
    claim.first = --claim.count ? &buffer_.next(*claim.first) : nullptr;
  } while (claim.count && count < wanted &&
           &buffer_.segment(*claim.first) == &buffer_.segment(*first));
  pool().note_taken(count);
  TakenItems taken{this,
                   &task_,
                   buffer_.index(*first),
                   count,
                   nullptr,
                   buffer_.stride(),
                   nullptr,
                   buffer_.stride(),
                   extras_.item_limit,
                   shape_.chunksize,
                   first};
  if (task_.item_size) taken.items = static_cast<const char*>(buffer_.item(*first));
  if (task_.value_size) taken.values = static_cast<char*>(buffer_.value(*first));
  taker.take(taker.ctx, room, taken);
}

void StreamJob::finish_taken(const TakenItems& taken, const TakenEnd& end) {
  StreamSlot& first = *static_cast<StreamSlot*>(taken.place);
  Segment& segment = buffer_.segment(first);
  PoolContext& pool = this->pool();
  pool.note_taken(SIZE_MAX - end.count + 1);
  std::uint32_t ran = 0;
  const ScopeExit counted([&] {  // if none ran, the stream may be gone
    pool.bump(&Counters::items, ran);
    if (ran) over(ran);
  });
  const auto at = first.at + static_cast<std::uint32_t>(end.at);
  const auto count = static_cast<std::uint32_t>(end.count);
  sync_point("stream.finish_taken");
  // the segment stays until its last slot is done
  for (std::uint32_t i = 0; i < count; ++i)
    finish_taken_slot(buffer_.slot(segment, at + i), end, i == 0, ran);
}

void StreamJob::finish_taken_slot(StreamSlot& slot, const TakenEnd& end, bool is_first,
                                  std::uint32_t& ran) {
  if (end.unrun) {
    stop_unrun();
    return cut_slot(slot);
  }
  if (end.status == TP_OK) return finish_slot(slot, StreamSlot::value, ran);
  fail_slot(slot, end.status, end.code, is_first ? end.cause : Cause{}, ran);
}

}  // namespace tp::core
