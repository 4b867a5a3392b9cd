// SPDX-License-Identifier: MIT
// Model of a stream's slots: one thread appends, two run the items, two take the values.
#include "queue/delivery.h"

#include "base/waiters.h"
#include "model/check.hpp"
#include "model/suite.hpp"
#include "model/thread.hpp"

namespace {

using namespace model;
using tp::core::Delivery;
using tp::core::Lock;
using tp::core::Slot;

/// Each value is yielded once, whole, and in the order of the source where that is kept. The slots
/// are used again, and what a slot stands for is touched by one thread at a time.
template <bool kOrdered>
struct DeliveryModel : Suite<DeliveryModel<kOrdered>, 5> {
  static constexpr int kItems = 5, kWindow = 3;

  void before() {
    prepare_to_settle();
    RL_ASSERT(delivery.prepare());
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
                           [&] { return i < static_cast<int>(delivery.passed()) + window; });
      Slot* const slot = delivery.append();
      *static_cast<int*>(delivery.item(*slot)) = i;
      what_lies_in(*slot) = i;
      slot->state.store(Slot::pending, std::memory_order_relaxed);  // published with the item
      delivery.advance();
      tp::core::publish(published, published.load() + 1);
      list.wake_all();
    }
  }

  void work() {
    for (;;) {
      Slot* slot = nullptr;
      tp::core::wait_until(list, tp::core::Deadline::never(), [&] {
        Lock lock(feed);
        if (claimed == kItems || claimed == published.load()) return claimed == kItems;
        slot = &delivery.claim();
        ++claimed;
        return true;
      });
      if (!slot) return;
      const int item = *static_cast<int*>(delivery.item(*slot));
      RL_ASSERT(what_lies_in(*slot).get() == item);
      what_lies_in(*slot) = 10 + item;
      delivery.done(*slot, item == 2 ? Slot::cut : Slot::value);
      list.wake_all();
    }
  }

  void take() {
    int last = -1;
    const auto all = [&] { return ended.load(); };
    for (;;) {
      tp::core::wait_until(list, tp::core::Deadline::never(),
                           [&] { return all() || delivery.has_next(); });
      if (all()) return;
      bool finished = false;
      const bool finishes = kOrdered && rl::rand(2);
      Slot* const slot =
          delivery.take([&](Slot& next) { return finished = finishes && take_out(next, last); });
      if (!slot) continue;  // it was cut, or another thread was quicker
      if (!finished) {
        take_out(*slot, last);
        delivery.recycle(*slot);
      }
      if (++yielded == kItems - 1) tp::core::publish(ended, true);
      list.wake_all();
    }
  }

  bool take_out(Slot& slot, int& last) {
    const int item = what_lies_in(slot).get() - 10;
    RL_ASSERT(item >= 0 && item < kItems && item != 2);
    RL_ASSERT(!kOrdered || item > last);
    ++taken[last = item];
    what_lies_in(slot) = -1;
    return true;
  }

  /// The same for as long as the slot's memory is used for slots.
  Data& what_lies_in(Slot& slot) {
    std::size_t i = 0;
    while (slots[i] && slots[i] != &slot) ++i;
    slots[i] = &slot;
    RL_ASSERT(i < kMemory);
    return contents[i];
  }

  void after() {
    for (int i = 0; i < kItems; ++i) RL_ASSERT(taken[i] == (i != 2));
    RL_ASSERT(!delivery.take() && delivery.passed() == kItems);
    RL_ASSERT(allocated <= 4);  // the last segments, and two spares
  }

  Delivery delivery{sizeof(int), sizeof(int), kOrdered, 2};  // slots in a segment
  tp::core::WaitList list;
  tp::core::Mutex feed;
  int claimed = 0, window = 0;
  int yielded = 0;
  StdAtomic<int> published{0};
  StdAtomic<bool> ended{false};
  static constexpr std::size_t kMemory = 16;
  Slot* slots[kMemory + 1] = {};
  Data contents[kMemory];
  int taken[kItems] = {};
};

}  // namespace

TEST_CASE("A delivery in order: each value is yielded once and whole") {
  check_holds<DeliveryModel<true>>(2);
}

TEST_CASE("A delivery in any order: each value is yielded once and whole") {
  check_holds<DeliveryModel<false>>(2);
}

TEST_CASE("A delivery in order: the model finds mistakes") {
  using Model = DeliveryModel<true>;
  check_finds<Model>({Mistake::relaxed, "publish("});
  check_finds<Model>({Mistake::relaxed, "Delivery::head"});
  check_finds<Model>({Mistake::relaxed, "Delivery::leave"});
  check_finds<Model>({Mistake::skipped, "Delivery::append"});
  check_finds<Model>({Mistake::torn, "Mutex::lock("});
  check_finds<Model>({Mistake::no_settle});
}

TEST_CASE("A delivery in any order: the model finds mistakes") {
  using Model = DeliveryModel<false>;
  check_finds<Model>({Mistake::relaxed, "Delivery::leave"});
  check_finds<Model>({Mistake::relaxed, "Delivery::done"});
  check_finds<Model>({Mistake::torn, "Delivery::done"});
  check_finds<Model>({Mistake::relaxed, "Delivery::head"});
  check_finds<Model>({Mistake::torn, "Delivery::head"});
}
