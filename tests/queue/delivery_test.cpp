// SPDX-License-Identifier: MIT
// Tests of a stream's slots, from the source to the reader: order, cuts, and memory.
#include "queue/delivery.h"

#include "support/test.hpp"

using tp::core::Delivery;
using tp::core::Slot;

namespace {

// A delivery of ints; an item is claimed when it is appended.
struct Ints : Delivery {
  explicit Ints(bool ordered, std::size_t window = 1000)
      : Delivery(sizeof(int), sizeof(int), ordered, window) {
    REQUIRE(prepare());
  }

  int& number(Slot& slot) { return *static_cast<int*>(item(slot)); }

  Slot& add(int item) {
    Slot* const slot = append();
    REQUIRE(slot != nullptr);
    number(*slot) = item;
    slot->state.store(Slot::pending);
    advance();
    Slot& claimed = claim();
    REQUIRE(&claimed == slot);
    return claimed;
  }

  std::vector<Slot*> add(int first, int count) {
    std::vector<Slot*> slots;
    for (int i = 0; i < count; ++i) slots.push_back(&add(first + i));
    return slots;
  }

  // All that can be taken.
  std::vector<int> drain() {
    std::vector<int> items;
    while (Slot* const slot = take()) {
      items.push_back(number(*slot));
      recycle(*slot);
    }
    return items;
  }
};

std::vector<int> numbers(int first, int count, int step = 1) {
  std::vector<int> result;
  for (int i = 0; i < count; ++i) result.push_back(first + i * step);
  return result;
}

bool is_aligned(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t) == 0;
}

}  // namespace

TEST_CASE("A slot has room for its item and its value") {
  const std::size_t item_size = GENERATE(as<std::size_t>{}, 0, 1, 17, 5000, 100'000);
  const std::size_t value_size = GENERATE(as<std::size_t>{}, 0, 1, 17, 100'000);
  Delivery delivery(item_size, value_size, true, 10);
  REQUIRE(delivery.prepare());
  std::vector<Slot*> slots;
  for (int i = 0; i < 20; ++i) {
    slots.push_back(delivery.append());
    REQUIRE(slots.back() != nullptr);
    void* const item = delivery.item(*slots.back());
    void* const value = delivery.value(*slots.back());
    CHECK((item_size < alignof(std::max_align_t) || is_aligned(item)));
    CHECK(is_aligned(value));
    std::memset(item, i, item_size);
    std::memset(value, i + 1, value_size);
    delivery.advance();
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::vector<unsigned char> item(item_size, static_cast<unsigned char>(i));
    const std::vector<unsigned char> value(value_size, static_cast<unsigned char>(i + 1));
    CHECK(std::equal(item.begin(), item.end(),
                     static_cast<unsigned char*>(delivery.item(*slots[i]))));
    CHECK(std::equal(value.begin(), value.end(),
                     static_cast<unsigned char*>(delivery.value(*slots[i]))));
    CHECK(delivery.index(*slots[i]) == i);
  }
}

TEST_CASE("Sizes that overflow are refused") {
  CHECK_FALSE(Delivery(SIZE_MAX, 0, true, 1).prepare());
  CHECK_FALSE(Delivery(0, SIZE_MAX, true, 1).prepare());
  CHECK_FALSE(Delivery(SIZE_MAX / 2, SIZE_MAX / 2, true, 1).prepare());
  CHECK_FALSE(Delivery(SIZE_MAX - 100, 1, true, 1).prepare());
  CHECK(Delivery(0, 0, true, 1).prepare());
}

TEST_CASE("A delivery that was prepared and never used leaves nothing behind") {
  Ints ints(true);
  REQUIRE(ints.prepare());  // has all by now
  CHECK(ints.take() == nullptr);
}

TEST_CASE("A slot that was not advanced over is appended again") {
  Ints ints(true);
  Slot* const slot = ints.append();
  CHECK(ints.append() == slot);
  CHECK(ints.claim_room() > 0);
  ints.advance();
  CHECK(ints.append() != slot);
}

TEST_CASE("Slots are claimed in order over the borders of segments") {
  const std::size_t window = GENERATE(as<std::size_t>{}, 1, 2, 7, 1000);
  Ints ints(true, window);
  std::vector<Slot*> slots;
  for (int i = 0; i < 300; ++i) {
    slots.push_back(ints.append());
    ints.advance();
  }
  for (std::size_t i = 0; i + 1 < slots.size(); ++i) CHECK(&ints.next(*slots[i]) == slots[i + 1]);
  for (Slot* const slot : slots) {
    REQUIRE(ints.claim_room() > 0);
    CHECK(&ints.claim() == slot);
  }
}

TEST_CASE("An ordered delivery yields in the order of the source") {
  Ints ints(true, 4);
  const std::vector<Slot*> slots = ints.add(0, 10);
  CHECK_FALSE(ints.has_next());
  CHECK(ints.take() == nullptr);
  for (const std::size_t i : {1u, 2u, 9u}) ints.done(*slots[i], Slot::value);
  CHECK_FALSE(ints.has_next());
  ints.done(*slots[0], Slot::value);
  CHECK(ints.has_next());
  CHECK(ints.drain() == numbers(0, 3));
  for (const std::size_t i : {8u, 7u, 6u, 5u, 4u, 3u}) ints.done(*slots[i], Slot::value);
  CHECK(ints.drain() == numbers(3, 7));
  CHECK_FALSE(ints.has_next());
}

TEST_CASE("An unordered delivery yields in the order of completion") {
  Ints ints(false, 4);
  const std::vector<Slot*> slots = ints.add(0, 10);
  CHECK_FALSE(ints.has_next());
  for (const std::size_t i : {3u, 9u, 0u}) ints.done(*slots[i], Slot::value);
  CHECK(ints.has_next());
  CHECK(ints.drain() == std::vector<int>{3, 9, 0});
  ints.done(*slots[7], Slot::value);
  Slot* const first = ints.take();
  for (const std::size_t i : {8u, 1u}) ints.done(*slots[i], Slot::value);
  CHECK(first == slots[7]);
  ints.recycle(*first);
  CHECK(ints.drain() == std::vector<int>{8, 1});
}

TEST_CASE("What was cut is passed over, what failed is not") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered, 3);
  const std::vector<Slot*> slots = ints.add(0, 20);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Slot::State states[] = {Slot::cut, Slot::value, Slot::cut, Slot::failed};
    ints.done(*slots[i], states[i % 4]);
  }
  CHECK(ints.drain() == numbers(1, 10, 2));
  const std::vector<Slot*> rest = ints.add(20, 5);
  for (Slot* const slot : rest) ints.done(*slot, Slot::cut);
  CHECK(ints.take() == nullptr);
  CHECK_FALSE(ints.has_next());
}

TEST_CASE("Segments that are read are used again") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered);
  std::set<Slot*> places;
  ints.append();
  const std::size_t capacity = ints.claim_room();
  for (int i = 0; i < 10'000; ++i) {
    Slot& slot = ints.add(i);
    places.insert(&slot);
    ints.done(slot, Slot::value);
    CHECK(ints.index(slot) == static_cast<std::size_t>(i));
    CHECK(ints.drain() == numbers(i, 1));
  }
  CHECK(places.size() <= 3 * capacity);
}

TEST_CASE("A backlog of many segments is read and freed") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered);
  for (int round = 0; round < 3; ++round) {
    for (Slot* const slot : ints.add(0, 5'000)) ints.done(*slot, Slot::value);
    CHECK(ints.drain() == numbers(0, 5'000));
  }
}

TEST_CASE("Each item is yielded once to one of many readers") {
  constexpr int kItems = 20'000;
  const bool ordered = GENERATE(true, false);
  Ints delivery(ordered, 100);
  std::mutex feed;
  std::atomic<int> appended{0}, claimed{0}, taken{0}, wrong{0};
  std::vector<std::atomic<int>> yields(kItems);
  const auto work = [&] {
    while (claimed < kItems) {
      std::unique_lock<std::mutex> lock(feed);
      if (claimed == appended) continue;
      Slot& slot = delivery.claim();
      ++claimed;
      lock.unlock();
      *static_cast<int*>(delivery.value(slot)) = 2 * delivery.number(slot);
      delivery.done(slot, Slot::value);
    }
  };
  const auto read = [&] {
    for (int last = -1; taken < kItems;) {
      Slot* const slot = delivery.take();
      if (!slot) continue;
      const int item = delivery.number(*slot);
      if (*static_cast<int*>(delivery.value(*slot)) != 2 * item) ++wrong;
      if (ordered && item <= last) ++wrong;
      last = item;
      ++yields[static_cast<std::size_t>(item)];
      delivery.recycle(*slot);
      ++taken;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(work);
  for (int i = 0; i < 3; ++i) threads.emplace_back(read);
  for (int item = 0; item < kItems; ++item) {
    Slot* const slot = delivery.append();
    if (!slot) support::give_up("memory");
    delivery.number(*slot) = item;
    delivery.advance();
    ++appended;
  }
  for (std::thread& thread : threads) thread.join();
  int once = 0;
  for (const std::atomic<int>& count : yields) once += count == 1;
  CHECK(once == kItems);
  CHECK(wrong == 0);
  CHECK(delivery.take() == nullptr);
}
