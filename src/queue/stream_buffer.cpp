// SPDX-License-Identifier: MIT
// Stage 4: a stream's slots; from queue/stream_pull, to queue/stream_yield.
#include "queue/stream_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/sync_point.h"

namespace tp::core {

StreamBuffer::StreamBuffer(std::size_t item_size, std::size_t value_size, bool ordered,
                           std::size_t window, std::size_t chunksize) noexcept
    : ordered_(ordered) {
  constexpr std::size_t kBytes = 8 * 1024, kMostSlots = 128;  // of a segment, about
  std::size_t all = 0;
  const std::size_t value_bytes = std::max(value_size, sizeof(Error*));
  if (__builtin_add_overflow(kValueAt, value_bytes, &all) ||
      !place(all, item_size, item_at_, all) || !add_aligned(all, 0, all) || all > SIZE_MAX / 4)
    return;
  slot_bytes_ = all;
  std::size_t slots = std::clamp<std::size_t>(kBytes / all, 1, kMostSlots);
  if (chunksize <= 8 * kBytes / all) slots = std::max(slots, chunksize);
  slots = std::min(slots, std::max<std::size_t>(window, 1));
  if (chunksize && chunksize <= slots) slots -= slots % chunksize;
  capacity_ = static_cast<std::uint32_t>(slots);
}

StreamBuffer::~StreamBuffer() {
  for (Segment* list : {live_, spare_})
    while (list) std::free(std::exchange(list, list->older));
}

bool StreamBuffer::prepare() noexcept {
  if (!slot_bytes_) return false;
  Lock lock(segments_);
  while (spares_ < 2) {
    void* const memory = std::malloc(kSlotsAt + capacity_ * slot_bytes_);
    if (!memory) return false;
    set_aside(memory);
  }
  return true;
}

void StreamBuffer::set_aside(void* memory) noexcept {
  auto* const spare = new (memory) Segment;
  spare->older = spare_;
  spare_ = spare;
  ++spares_;
}

Segment* StreamBuffer::add_segment() noexcept {
  Lock lock(segments_);
  void* memory = spare_;
  if (spare_) {
    order::acquire(memory);
    spare_ = spare_->older;
    --spares_;
  } else if (!(memory = std::malloc(kSlotsAt + capacity_ * slot_bytes_))) {
    return nullptr;
  }
  auto* const segment = new (memory) Segment;
  segment->base = slots_;
  slots_ += capacity_;
  segment->older = live_;
  if (live_) live_->newer = segment;
  live_ = segment;
  for (std::uint32_t at = 0; at < capacity_; ++at) (new (&slot(*segment, at)) StreamSlot)->at = at;
  return segment;
}

/// Counts slots that are yielded and cursors that have passed; the last one frees the segment.
void StreamBuffer::leave(Segment& segment, std::uint32_t count) noexcept {
  const std::uint32_t all = capacity_ + (ordered_ ? kCursors : kCursors - 1);
  order::release(&segment);
  // acq_rel: the thread that frees sees that the others are through
  if (segment.gone.fetch_add(count, std::memory_order_acq_rel) + count != all) return;
  order::acquire(&segment);
  Lock lock(segments_);
  (segment.newer ? segment.newer->older : live_) = segment.older;
  if (segment.older) segment.older->newer = segment.newer;
  if (spares_ < 2) {
    set_aside(&segment);
    order::release(&segment);
  } else {
    std::free(&segment);
  }
}

/// Moves a cursor from behind a segment's last slot to the next segment, if any. It takes the finished slots along.
bool StreamBuffer::move_on(Cursor& cursor, std::uint32_t finished) noexcept {
  if (!cursor.segment) cursor = {first_.load(), 0};
  if (!cursor.segment || cursor.at != capacity_) return false;
  Segment* const next = cursor.segment->next.load();
  if (!next) return false;
  leave(*cursor.segment, 1 + finished);
  cursor = {next, 0};
  return true;
}

StreamSlot* StreamBuffer::append() noexcept {
  if (!tail_.segment || tail_.at == capacity_) {
    Segment* const segment = add_segment();
    if (!segment) return nullptr;
    if (tail_.segment) {
      tail_.segment->next.store(segment);
      leave(*tail_.segment);
    } else {
      first_.store(segment);
    }
    tail_ = {segment, 0};
  }
  return &slot(*tail_.segment, tail_.at);
}

void StreamBuffer::done(StreamSlot& slot, StreamSlot::State state) noexcept {
  if (ordered_) return light_store(slot.state, std::uint32_t{state});  // the value, too, to head()
  slot.state.store(state, std::memory_order_relaxed);                  // the CAS publishes it
  slot.next_done = done_.load(std::memory_order_relaxed);              // the CAS decides
  sync_point("stream_buffer.done");
  while (!done_.compare_exchange_weak(slot.next_done, &slot)) {
  }
}

StreamSlot* StreamBuffer::head() noexcept {
  if (ordered_) {
    if (move_on(head_, finished_)) finished_ = 0;
    if (!head_.segment || head_.at == capacity_) return nullptr;
    StreamSlot& first = slot(*head_.segment, head_.at);
    return first.state.load() > StreamSlot::pending ? &first : nullptr;
  }
  if (!oldest_) {
    for (StreamSlot* slot = done_.exchange(nullptr); slot;) {  // reverses the stack
      StreamSlot* const older = slot->next_done;
      slot->next_done = oldest_;
      oldest_ = slot;
      slot = older;
    }
  }
  return oldest_;
}

}  // namespace tp::core
