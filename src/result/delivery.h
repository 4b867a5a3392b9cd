// SPDX-License-Identifier: MIT
// Stage 6: the slots of a stream, from pull to yield; from queue/stream, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"
#include "result/error.h"

namespace tp::core {

class Segment;

/// One item of a stream and its value.
struct Slot {
  enum State : std::uint32_t { empty, pending, value, failed, cut };

  std::atomic<std::uint32_t> state{empty};
  std::uint32_t at;        // its place in the segment
  Segment* segment;
  Error* error = nullptr;  // why it failed; one reference
  Slot* next_done = nullptr;

  void* item() noexcept;
  void* value_memory() noexcept;
  /// Its index in the stream.
  std::size_t index() const noexcept;
  /// The slot behind this one. REQUIRES: it was appended.
  Slot& next() const noexcept;
};

/// A run of consecutive slots with their memory. Lives until every slot has been yielded and every
/// cursor has left it.
class Segment {
 public:
  Slot& slot(std::uint32_t at) noexcept;
  std::uint32_t capacity() const noexcept { return capacity_; }
  Segment* next() const noexcept { return next_.load(); }

 private:
  friend class Delivery;
  friend struct Slot;
  std::atomic<Segment*> next_{nullptr};
  Segment* older_ = nullptr;  // all that live, in no order
  Segment* newer_ = nullptr;
  std::atomic<std::uint32_t> gone_{0};  // slots yielded and cursors passed
  std::size_t base_;                    // index of the first slot
  std::uint32_t capacity_;
  std::size_t slot_bytes_;
  std::size_t value_at_;
};

/// A place between slots.
struct Cursor {
  Segment* segment = nullptr;
  std::uint32_t at = 0;
};

/// The queue between those who run a stream's items and those who read its values: slots in the order
/// of the source, yielded in that order or in the order in which they were done.
/// append is one thread's at a time; the rest is anyone's.
class Delivery {
 public:
  Delivery(std::size_t item_size, std::size_t value_size, bool ordered, std::size_t window) noexcept;
  /// Frees the segments. REQUIRES: take() has returned nullptr after the last done().
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Sets the first two segments aside, which is enough to go on without further memory. False when
  /// there is none, or sizes overflow.
  bool prepare() noexcept;

  /// The slot behind the last one; the same until advance. nullptr without memory.
  Slot* append() noexcept;
  void advance() noexcept { ++tail_.at; }

  /// Moves the cursor of claims over one slot and returns it. REQUIRES: it was appended.
  Slot& claim() noexcept;
  /// How many slots the cursor of claims can pass without changing segments.
  std::uint32_t claim_room() noexcept;

  /// The slot has its final state: it may be yielded. Precedes a look for waiters that settle.
  void done(Slot& slot, Slot::State state) noexcept;
  /// The next slot to yield, or nullptr. Passes over cut ones. Where finish(slot) returns true, which
  /// only counts in the order of the source, the slot is empty again, and not for the caller to use.
  template <class Finish>
  Slot* take(Finish finish) noexcept;
  Slot* take() noexcept {
    return take([](Slot&) { return false; });
  }
  /// How many slots have been taken or passed over: the index of the next one in the order of the
  /// source.
  std::size_t passed() const noexcept { return passed_.load(); }
  bool has_next() noexcept;
  /// The slot that take returned is empty again.
  void recycle(Slot& slot) noexcept { leave(*slot.segment); }

 private:
  static constexpr std::uint32_t kCursors = 3;  // append, claim, take

  Segment* add_segment() noexcept;
  void set_aside(void* memory) noexcept TP_REQUIRES(segments_);
  void leave(Segment& segment, std::uint32_t count = 1) noexcept;
  bool move_on(Cursor& cursor, std::uint32_t finished) noexcept;
  Slot* head() noexcept TP_REQUIRES(takers_);

  std::size_t slot_bytes_ = 0;
  std::size_t value_at_ = 0;
  std::uint32_t capacity_ = 1;
  const bool ordered_;
  std::size_t slots_ = 0;
  Cursor tail_;
  Cursor claims_;
  std::atomic<Segment*> first_{nullptr};
  Mutex segments_;  // guards what lives
  Segment* live_ TP_GUARDED_BY(segments_) = nullptr;
  Segment* spare_ TP_GUARDED_BY(segments_) = nullptr;  // a list of at most two
  int spares_ TP_GUARDED_BY(segments_) = 0;
  Mutex takers_;
  Cursor head_ TP_GUARDED_BY(takers_);
  std::uint32_t finished_ TP_GUARDED_BY(takers_) = 0;  // slots behind head_ that never left
  std::atomic<std::size_t> passed_{0};                 // written under takers_
  Slot* oldest_ TP_GUARDED_BY(takers_) = nullptr;  // unordered: done, oldest first
  std::atomic<Slot*> done_{nullptr};               // unordered: done, youngest first
};

template <class Finish>
Slot* Delivery::take(Finish finish) noexcept {
  Lock lock(takers_);
  for (Slot* slot = head(); slot; slot = head()) {
    if (ordered_)
      ++head_.at;
    else
      oldest_ = slot->next_done;
    // seq_cst: precedes the reader's look at who was sent away for want of room
    passed_.store(passed_.load(std::memory_order_relaxed) + 1);
    if (slot->state.load(std::memory_order_relaxed) == Slot::cut) {  // head has seen it
      recycle(*slot);
      continue;
    }
    if (ordered_ && finish(*slot)) ++finished_;
    return slot;
  }
  return nullptr;
}

}  // namespace tp::core
