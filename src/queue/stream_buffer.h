// SPDX-License-Identifier: MIT
// Stage 4: a stream's slots, from pull to yield; from queue/stream_pull, to queue/stream_yield.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/align.h"
#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/order.h"
#include "base/platform.h"
#include "result/error.h"

namespace tp::core {

/// One item of a stream and its value or error. It moves from the puller's cache to the reader's, so it is
/// small: two slots with items of eight bytes share a line.
struct StreamSlot {
  enum State : std::uint32_t { empty, pending, value, failed, cut };

  std::atomic<std::uint32_t> state{empty};
  std::uint32_t at;  // its place in the segment
  StreamSlot* next_done = nullptr;
};

/// Consecutive slots in one block. It lives until every slot is yielded and every cursor has left it.
struct Segment {
  std::atomic<Segment*> next{nullptr};
  Segment* older = nullptr;  // the list of all that live
  Segment* newer = nullptr;
  std::atomic<std::uint32_t> gone{0};  // slots yielded and cursors passed
  std::size_t base = 0;                // index of the first slot
};

/// A place between slots.
struct Cursor {
  Segment* segment = nullptr;
  std::uint32_t at = 0;
};

/// The queue between threads that run a stream's items and threads that read its values. Slots lie in the order of
/// the source, and are yielded in that order, or in the order in which they were done.
/// One thread at a time may append, and one may claim. All else is thread-safe.
class StreamBuffer {
 public:
  /// A chunk lies in one segment, unless that would be a large one: then a taker gets it in parts.
  StreamBuffer(std::size_t item_size, std::size_t value_size, bool ordered, std::size_t window,
               std::size_t chunksize = 0) noexcept;
  /// Frees the segments. REQUIRES: take() has returned nullptr after the last done().
  ~StreamBuffer();

  /// Sets two segments aside, enough to go on without further memory. False: no memory, or sizes overflow.
  bool prepare() noexcept;

  /// A slot's item, and the memory of its value. A failed slot has an error there, with one reference.
  void* item(StreamSlot& slot) const noexcept { return reinterpret_cast<char*>(&slot) + item_at_; }
  void* value(StreamSlot& slot) const noexcept { return reinterpret_cast<char*>(&slot) + kValueAt; }
  Error*& error(StreamSlot& slot) const noexcept { return *static_cast<Error**>(value(slot)); }
  /// From one slot's item, or value, to the next one's in a segment.
  std::size_t stride() const noexcept { return slot_bytes_; }
  /// The slot's index in the stream.
  std::size_t index(StreamSlot& slot) const noexcept { return segment(slot).base + slot.at; }
  Segment& segment(StreamSlot& slot) const noexcept {
    return *reinterpret_cast<Segment*>(reinterpret_cast<char*>(&slot) - slot.at * slot_bytes_ -
                                       kSlotsAt);
  }
  StreamSlot& slot(Segment& segment, std::uint32_t at) const noexcept {
    return *reinterpret_cast<StreamSlot*>(reinterpret_cast<char*>(&segment) + kSlotsAt +
                                          at * slot_bytes_);
  }
  /// The slot behind this one. REQUIRES: it was appended.
  StreamSlot& next(StreamSlot& of) const noexcept {
    const bool last = of.at + 1 == capacity_;
    return last ? slot(*segment(of).next.load(), 0) : slot(segment(of), of.at + 1);
  }

  /// The slot behind the last one; the same until advance. nullptr without memory.
  StreamSlot* append() noexcept;
  void advance() noexcept { ++tail_.at; }

  /// Moves the cursor of claims over one slot and returns it. REQUIRES: it was appended.
  StreamSlot& claim() noexcept {
    move_on(claims_, 0);
    return slot(*claims_.segment, claims_.at++);
  }
  /// How many slots the cursor of claims can pass without changing segments.
  std::uint32_t claim_room() noexcept {
    move_on(claims_, 0);
    return claims_.segment ? capacity_ - claims_.at : 0;
  }

  /// Gives the slot its final state: it may be yielded. Precedes a look for waiters that run the heavy fence.
  void done(StreamSlot& slot, StreamSlot::State state) noexcept;
  /// The next slot to yield, or nullptr. Frees cut slots on its way. In the order of the source, finish(slot)
  /// may return true: then the slot is empty again, and the caller must not use it.
  template <class Finish = bool (*)(StreamSlot&)>
  StreamSlot* take(Finish finish = [](StreamSlot&) { return false; }) noexcept;
  /// How many slots were taken or passed over. In the order of the source, the index of the next one.
  std::size_t passed() const noexcept { return passed_.load(); }
  bool has_next() noexcept {
    Lock lock(takers_);
    return head() != nullptr;
  }
  /// Empties a slot that take returned.
  void recycle(StreamSlot& slot) noexcept { leave(segment(slot)); }

 private:
  static constexpr std::uint32_t kCursors = 3;  // append, claim, take
  static constexpr std::size_t kValueAt = aligned(sizeof(StreamSlot));
  static constexpr std::size_t kSlotsAt = (sizeof(Segment) + kCacheLine - 1) & ~(kCacheLine - 1);

  Segment* add_segment() noexcept;
  void set_aside(void* memory) noexcept TP_REQUIRES(segments_);
  void leave(Segment& segment, std::uint32_t count = 1) noexcept;
  bool move_on(Cursor& cursor, std::uint32_t finished) noexcept;
  StreamSlot* head() noexcept TP_REQUIRES(takers_);

  std::size_t slot_bytes_ = 0;
  std::size_t item_at_ = 0;
  std::uint32_t capacity_ = 1;
  const bool ordered_;
  std::size_t slots_ = 0;
  Cursor tail_;
  Cursor claims_;
  std::atomic<Segment*> first_{nullptr};
  Mutex segments_;
  Segment* live_ TP_GUARDED_BY(segments_) = nullptr;
  Segment* spare_ TP_GUARDED_BY(segments_) = nullptr;  // a list of at most two
  int spares_ TP_GUARDED_BY(segments_) = 0;
  Mutex takers_;
  Cursor head_ TP_GUARDED_BY(takers_);
  std::uint32_t finished_ TP_GUARDED_BY(takers_) = 0;    // slots behind head_ that finish() emptied
  std::atomic<std::size_t> passed_{0};                   // written under takers_
  StreamSlot* oldest_ TP_GUARDED_BY(takers_) = nullptr;  // unordered: done, oldest first
  std::atomic<StreamSlot*> done_{nullptr};               // unordered: done, youngest first
};

template <class Finish>
StreamSlot* StreamBuffer::take(Finish finish) noexcept {
  Lock lock(takers_);
  for (StreamSlot* slot = head(); slot; slot = head()) {
    if (ordered_)
      ++head_.at;
    else
      oldest_ = slot->next_done;
    // precedes the reader's look at missed_ (StreamJob), whose writer runs the heavy fence
    light_store(passed_, passed_.load(std::memory_order_relaxed) + 1);
    if (slot->state.load(std::memory_order_relaxed) == StreamSlot::cut) {  // head has seen it
      recycle(*slot);
      continue;
    }
    if (ordered_ && finish(*slot)) {
      order::release(&segment(*slot));
      ++finished_;
    }
    return slot;
  }
  return nullptr;
}

}  // namespace tp::core
