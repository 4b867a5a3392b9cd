// SPDX-License-Identifier: MIT
// Model of a stream's slots: one thread appends, two run the items, two take the values.
#include "queue/stream_buffer.h"

#include "base/wait_list.h"
#include "model/check.hpp"
#include "model/suite.hpp"
#include "model/thread.hpp"

namespace {

using namespace model;
using tp::core::Lock;
using tp::core::StreamBuffer;
using tp::core::StreamSlot;

/// Each value is yielded once, whole, and in the order of the source where that is kept. The slots
/// are used again, and what a slot stands for is touched by one thread at a time.
template <bool kOrdered>
struct StreamBufferModel : Suite<StreamBufferModel<kOrdered>, 5> {
  static constexpr int kItems = 5, kWindow = 3;

  void before() {
    prepare_heavy_fence();
    RL_ASSERT(buffer.prepare());
    window = rl::rand(2) ? kWindow : kItems;
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index == 0)
      append();
    else if (index <= 2)
      work();
    else
      take();
  }

  void append() {
    for (int i = 0; i < kItems; ++i) {
      tp::core::wait_until(list, tp::core::Deadline::never(),
                           [&] { return i < static_cast<int>(buffer.passed()) + window; });
      StreamSlot* const slot = buffer.append();
      *static_cast<int*>(buffer.item(*slot)) = i;
      what_lies_in(*slot) = i;
      slot->state.store(StreamSlot::pending, std::memory_order_relaxed);  // published with the item
      buffer.advance();
      tp::core::light_store(published, published.load() + 1);
      list.wake_all();
    }
  }

  void work() {
    for (;;) {
      StreamSlot* slot = nullptr;
      tp::core::wait_until(list, tp::core::Deadline::never(), [&] {
        Lock lock(feed);
        if (claimed == kItems || claimed == published.load()) return claimed == kItems;
        slot = &buffer.claim();
        ++claimed;
        return true;
      });
      if (!slot) return;
      const int item = *static_cast<int*>(buffer.item(*slot));
      RL_ASSERT(what_lies_in(*slot).get() == item);
      what_lies_in(*slot) = 10 + item;
      buffer.done(*slot, item == 2 ? StreamSlot::cut : StreamSlot::value);
      list.wake_all();
    }
  }

  void take() {
    int last = -1;
    const auto all = [&] { return ended.load(); };
    for (;;) {
      tp::core::wait_until(list, tp::core::Deadline::never(),
                           [&] { return all() || buffer.has_next(); });
      if (all()) return;
      bool finished = false;
      const bool finishes = kOrdered && rl::rand(2);
      StreamSlot* const slot = buffer.take(
          [&](StreamSlot& next) { return finished = finishes && take_out(next, last); });
      if (!slot) continue;  // it was cut, or another thread was quicker
      if (!finished) {
        take_out(*slot, last);
        buffer.recycle(*slot);
      }
      if (++yielded == kItems - 1) tp::core::light_store(ended, true);
      list.wake_all();
    }
  }

  bool take_out(StreamSlot& slot, int& last) {
    const int item = what_lies_in(slot).get() - 10;
    RL_ASSERT(item >= 0 && item < kItems && item != 2);
    RL_ASSERT(!kOrdered || item > last);
    ++taken[last = item];
    what_lies_in(slot) = -1;
    return true;
  }

  /// The same for as long as the slot's memory is used for slots.
  Data& what_lies_in(StreamSlot& slot) {
    std::size_t i = 0;
    while (slots[i] && slots[i] != &slot) ++i;
    slots[i] = &slot;
    RL_ASSERT(i < kMemory);
    return contents[i];
  }

  void after() {
    for (int i = 0; i < kItems; ++i) RL_ASSERT(taken[i] == (i != 2));
    RL_ASSERT(!buffer.take() && buffer.passed() == kItems);
    RL_ASSERT(allocated <= 4);  // the last segments, and two spares
  }

  StreamBuffer buffer{sizeof(int), sizeof(int), kOrdered, 2};  // slots in a segment
  tp::core::WaitList list;
  tp::core::Mutex feed;
  int claimed = 0, window = 0;
  int yielded = 0;
  StdAtomic<int> published{0};
  StdAtomic<bool> ended{false};
  static constexpr std::size_t kMemory = 16;
  StreamSlot* slots[kMemory + 1] = {};
  Data contents[kMemory];
  int taken[kItems] = {};
};

}  // namespace

TEST_CASE("A stream buffer in order: each value is yielded once and whole") {
  check_holds<StreamBufferModel<true>>(2);
}

TEST_CASE("A stream buffer in any order: each value is yielded once and whole") {
  check_holds<StreamBufferModel<false>>(2);
}

TEST_CASE("A stream buffer in order: the model finds mistakes") {
  using Model = StreamBufferModel<true>;
  check_finds<Model>({Mistake::relaxed, "light_store("});
  check_finds<Model>({Mistake::relaxed, "StreamBuffer::head"});
  check_finds<Model>({Mistake::relaxed, "StreamBuffer::leave"});
  check_finds<Model>({Mistake::skipped, "StreamBuffer::append"});
  check_finds<Model>({Mistake::torn, "Mutex::lock("});
  check_finds<Model>({Mistake::no_fence});
}

TEST_CASE("A stream buffer in any order: the model finds mistakes") {
  using Model = StreamBufferModel<false>;
  check_finds<Model>({Mistake::relaxed, "StreamBuffer::leave"});
  check_finds<Model>({Mistake::relaxed, "StreamBuffer::done"});
  check_finds<Model>({Mistake::torn, "StreamBuffer::done"});
  check_finds<Model>({Mistake::relaxed, "StreamBuffer::head"});
  check_finds<Model>({Mistake::torn, "StreamBuffer::head"});
}
