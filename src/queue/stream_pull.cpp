// SPDX-License-Identifier: MIT
// Stage 4: how a stream pulls items from its source; from queue/stream_job, to queue/stream_buffer.
#include <algorithm>
#include <utility>

#include "base/sync_point.h"
#include "queue/stream_job.h"
#include "trace/traced.h"

namespace tp::core {

/// How many items to pull now, if any: what the window and the cost of the last items allow, or a chunk of the
/// caller's if there is room for all of it. So chunks begin at multiples of their size, and what runs before a
/// source fails does not depend on the readers.
std::size_t StreamJob::to_pull() const noexcept {
  if (is_fed() || pulling_ || source_over_.load() || stopping() || starved_.load()) return 0;
  if (!shape_.chunksize) return std::min<std::size_t>(room(), batch_.load());
  const std::size_t rest = shape_.chunksize - pulled_.load() % shape_.chunksize;  // if starved
  return room() < rest ? 0 : rest;
}

/// How many more items the window allows, if there is one now. REQUIRES: the job is not over, so the pool is there.
std::size_t StreamJob::room() const noexcept {
  const bool lifted = lifts_.load() || pool().lifts().load() != 0;
  return lifted ? SIZE_MAX : room_in(window_.load());
}

/// Pulls up to count items. REQUIRES: this thread has set pulling_.
void StreamJob::pull(std::size_t count, Turn& turn) {
  more(count);
  credit_.store(count);
  bool over_now = false;
  call_or_else([&] { over_now = pull_items(count, turn); }, [this] { end_pull(true); });
  end_pull(over_now);
}

/// Whether the source is over. A chunk of the caller's is published as a whole, so that a failing source can take
/// it back. An automatic one is published item by item, so that one may run while the source waits.
bool StreamJob::pull_items(std::size_t count, Turn& turn) {
  const bool whole = shape_.chunksize > 1;
  const std::size_t first = pulled_.load(std::memory_order_relaxed);  // own writes
  Traced<Point::pull> traced(pool(), this, kind(), first, first + count);
  const ScopeExit pulled([&] {
    if (traced.is_on()) traced.set_range(first, pulled_.load());
  });
  for (; count && !stopping(); --count) {
    StreamSlot* const slot = append();
    if (!slot) break;
    if (!pull_one(*slot)) return true;
    credit_.store(count - 1, std::memory_order_release);  // pairs with end_reached
    append_pulled(*slot);
    if (whole) continue;
    publish();
    if (turn.is_due()) break;
  }
  const bool stops = stopping();
  if (stops) was_cut_.store(true);
  return stops;
}

/// The slot has got its item.
void StreamJob::append_pulled(StreamSlot& slot) noexcept {
  slot.next_done = chunk_;
  chunk_ = &slot;
  slot.state.store(StreamSlot::pending, std::memory_order_relaxed);  // published with the item
  buffer_.advance();
  sync_point("stream.pulled");
  pulled_.store(pulled_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

/// A slot for the next item; nullptr without memory. Then pulling waits for slots of the first two segments.
StreamSlot* StreamJob::append() noexcept {
  if (StreamSlot* const slot = buffer_.append()) return slot;
  starved_.store(true);
  StreamSlot* const slot = buffer_.append();  // one may have come back before the mark was seen
  if (slot) starved_.store(false);
  return slot;
}

/// False when the source is over, or has failed.
bool StreamJob::pull_one(StreamSlot& slot) {
  CallScope scope(CallScope::Kind::source, &pool(), this);
  const CallResult result = call_user(
      scope,
      [&] { return shape_.source(shape_.ctx, task_.item_size ? buffer_.item(slot) : nullptr); },
      [&] { source_failed(0, scope.take_cause()); });
  if (result.code > 0) return true;
  if (result.status != TP_OK) source_failed(result.code, scope.take_cause());
  return false;
}

/// Lets the pulled items be claimed.
void StreamJob::publish() {
  std::size_t count = 0;
  for (; chunk_; chunk_ = chunk_->next_done) ++count;
  if (!count) return;
  // precedes the look at missed_, whose writer runs the heavy fence
  core::light_store(published_, published_.load(std::memory_order_relaxed) + count);
  sync_point("stream.publish");
  if (missed_.load() && missed_.exchange(false)) pool().open(*this);
}

void StreamJob::source_failed(int code, Cause cause) {
  const ScopeExit failed([&] {
    Error* const error = Error::make(TP_ETASK, code, pulled_.load(), cause);
    source_error_.store(error);
    record_shared(*error);
  });
  if (shape_.chunksize <= 1) return;
  call_in_turn([this] {  // drops what is not published, as Python does with a partly filled chunk
    StreamSlot* const slot = chunk_;
    if (!slot) return false;
    chunk_ = slot->next_done;
    pulled_.fetch_sub(1);
    const ScopeExit item([this] { over(1); });
    drop_item(*slot);
    return true;
  });
}

void StreamJob::end_pull(bool over_now) {
  publish();
  const std::size_t unused = credit_.exchange(0);
  sync_point("stream.credit");
  if (unused) over(unused);
  pool().bump(&Counters::pulled, pulled_.load() - std::exchange(reported_, pulled_.load()));
  {
    Lock lock(feed_);
    pulling_ = false;
    over_now = over_now || pushes_end_;
    if (over_now) source_over_.store(true);
  }
  tell_pushers();
  if (missed_.load() && missed_.exchange(false)) pool().open(*this);
  sync_point("stream.end_pull");
  const ScopeExit rest([&] {
    if (over_now) close_source();
  });
  if (stopping()) sweep();
}

/// Nobody will call the source again.
void StreamJob::close_source() {
  const ScopeExit rest([this] { over(1); });
  CallScope scope(CallScope::Kind::hook, &pool(), this);
  call_hook(shape_.drop, shape_.ctx);
}

}  // namespace tp::core
