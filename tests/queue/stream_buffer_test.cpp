// SPDX-License-Identifier: MIT
// Tests of a stream's slots, from the source to the reader: order, cuts, and memory.
#include "queue/stream_buffer.h"

#include "support/test.hpp"

using tp::core::StreamBuffer;
using tp::core::StreamSlot;

namespace {

// A stream buffer of ints; an item is claimed when it is appended.
struct Ints : StreamBuffer {
  explicit Ints(bool ordered, std::size_t window = 1000)
      : StreamBuffer(sizeof(int), sizeof(int), ordered, window) {
    REQUIRE(prepare());
  }

  int& number(StreamSlot& slot) { return *static_cast<int*>(item(slot)); }

  StreamSlot& add(int item) {
    StreamSlot* const slot = append();
    REQUIRE(slot != nullptr);
    number(*slot) = item;
    slot->state.store(StreamSlot::pending);
    advance();
    StreamSlot& claimed = claim();
    REQUIRE(&claimed == slot);
    return claimed;
  }

  std::vector<StreamSlot*> add(int first, int count) {
    std::vector<StreamSlot*> slots;
    for (int i = 0; i < count; ++i) slots.push_back(&add(first + i));
    return slots;
  }

  // All that can be taken.
  std::vector<int> drain() {
    std::vector<int> items;
    while (StreamSlot* const slot = take()) {
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
  StreamBuffer buffer(item_size, value_size, true, 10);
  REQUIRE(buffer.prepare());
  std::vector<StreamSlot*> slots;
  for (int i = 0; i < 20; ++i) {
    slots.push_back(buffer.append());
    REQUIRE(slots.back() != nullptr);
    void* const item = buffer.item(*slots.back());
    void* const value = buffer.value(*slots.back());
    CHECK((item_size < alignof(std::max_align_t) || is_aligned(item)));
    CHECK(is_aligned(value));
    std::memset(item, i, item_size);
    std::memset(value, i + 1, value_size);
    buffer.advance();
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::vector<unsigned char> item(item_size, static_cast<unsigned char>(i));
    const std::vector<unsigned char> value(value_size, static_cast<unsigned char>(i + 1));
    CHECK(
        std::equal(item.begin(), item.end(), static_cast<unsigned char*>(buffer.item(*slots[i]))));
    CHECK(std::equal(value.begin(), value.end(),
                     static_cast<unsigned char*>(buffer.value(*slots[i]))));
    CHECK(buffer.index(*slots[i]) == i);
  }
}

TEST_CASE("A chunk lies in one segment") {
  const std::size_t chunk = GENERATE(as<std::size_t>(), 1, 2, 3, 7, 100, 127, 128, 129, 1000);
  const std::size_t window = GENERATE(as<std::size_t>(), 1000, 4000);
  StreamBuffer buffer(sizeof(int), sizeof(int), true, window, chunk);
  REQUIRE(buffer.prepare());
  std::vector<StreamSlot*> slots;
  for (std::size_t i = 0; i < 3 * chunk; ++i) {
    slots.push_back(buffer.append());
    REQUIRE(slots.back() != nullptr);
    slots.back()->state.store(StreamSlot::pending);
    buffer.advance();
    REQUIRE(&buffer.claim() == slots.back());
    CHECK(&buffer.segment(*slots.back()) == &buffer.segment(*slots[i / chunk * chunk]));
  }
  for (StreamSlot* slot : slots) {
    buffer.done(*slot, StreamSlot::value);
    REQUIRE(buffer.take() == slot);
    buffer.recycle(*slot);
  }
  CHECK(buffer.take() == nullptr);
}

TEST_CASE("A chunk of large values does not make a segment large") {
  StreamBuffer buffer(0, std::size_t{1} << 20, true, 100, 8);
  REQUIRE(buffer.prepare());
  StreamSlot* const first = buffer.append();
  REQUIRE(first != nullptr);
  buffer.advance();
  StreamSlot* const second = buffer.append();
  REQUIRE(second != nullptr);
  CHECK(&buffer.segment(*first) != &buffer.segment(*second));
}

TEST_CASE("Sizes that overflow are refused") {
  CHECK_FALSE(StreamBuffer(SIZE_MAX, 0, true, 1).prepare());
  CHECK_FALSE(StreamBuffer(0, SIZE_MAX, true, 1).prepare());
  CHECK_FALSE(StreamBuffer(SIZE_MAX / 2, SIZE_MAX / 2, true, 1).prepare());
  CHECK_FALSE(StreamBuffer(SIZE_MAX - 100, 1, true, 1).prepare());
  CHECK(StreamBuffer(0, 0, true, 1).prepare());
}

TEST_CASE("A stream buffer that was prepared and never used leaves nothing behind") {
  Ints ints(true);
  REQUIRE(ints.prepare());  // has all by now
  CHECK(ints.take() == nullptr);
}

TEST_CASE("A slot that was not advanced over is appended again") {
  Ints ints(true);
  StreamSlot* const slot = ints.append();
  CHECK(ints.append() == slot);
  CHECK(ints.claim_room() > 0);
  ints.advance();
  CHECK(ints.append() != slot);
}

TEST_CASE("Slots are claimed in order over the borders of segments") {
  const std::size_t window = GENERATE(as<std::size_t>{}, 1, 2, 7, 1000);
  Ints ints(true, window);
  std::vector<StreamSlot*> slots;
  for (int i = 0; i < 300; ++i) {
    slots.push_back(ints.append());
    ints.advance();
  }
  for (std::size_t i = 0; i + 1 < slots.size(); ++i) CHECK(&ints.next(*slots[i]) == slots[i + 1]);
  for (StreamSlot* const slot : slots) {
    REQUIRE(ints.claim_room() > 0);
    CHECK(&ints.claim() == slot);
  }
}

TEST_CASE("An ordered stream buffer yields in the order of the source") {
  Ints ints(true, 4);
  const std::vector<StreamSlot*> slots = ints.add(0, 10);
  CHECK_FALSE(ints.has_next());
  CHECK(ints.take() == nullptr);
  for (const std::size_t i : {1u, 2u, 9u}) ints.done(*slots[i], StreamSlot::value);
  CHECK_FALSE(ints.has_next());
  ints.done(*slots[0], StreamSlot::value);
  CHECK(ints.has_next());
  CHECK(ints.drain() == numbers(0, 3));
  for (const std::size_t i : {8u, 7u, 6u, 5u, 4u, 3u}) ints.done(*slots[i], StreamSlot::value);
  CHECK(ints.drain() == numbers(3, 7));
  CHECK_FALSE(ints.has_next());
}

TEST_CASE("An unordered stream buffer yields in the order of completion") {
  Ints ints(false, 4);
  const std::vector<StreamSlot*> slots = ints.add(0, 10);
  CHECK_FALSE(ints.has_next());
  for (const std::size_t i : {3u, 9u, 0u}) ints.done(*slots[i], StreamSlot::value);
  CHECK(ints.has_next());
  CHECK(ints.drain() == std::vector<int>{3, 9, 0});
  ints.done(*slots[7], StreamSlot::value);
  StreamSlot* const first = ints.take();
  for (const std::size_t i : {8u, 1u}) ints.done(*slots[i], StreamSlot::value);
  CHECK(first == slots[7]);
  ints.recycle(*first);
  CHECK(ints.drain() == std::vector<int>{8, 1});
}

TEST_CASE("What was cut is passed over, what failed is not") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered, 3);
  const std::vector<StreamSlot*> slots = ints.add(0, 20);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const StreamSlot::State states[] = {StreamSlot::cut, StreamSlot::value, StreamSlot::cut,
                                        StreamSlot::failed};
    ints.done(*slots[i], states[i % 4]);
  }
  CHECK(ints.drain() == numbers(1, 10, 2));
  const std::vector<StreamSlot*> rest = ints.add(20, 5);
  for (StreamSlot* const slot : rest) ints.done(*slot, StreamSlot::cut);
  CHECK(ints.take() == nullptr);
  CHECK_FALSE(ints.has_next());
}

TEST_CASE("Segments that are read are used again") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered);
  std::set<StreamSlot*> places;
  ints.append();
  const std::size_t capacity = ints.claim_room();
  for (int i = 0; i < 10'000; ++i) {
    StreamSlot& slot = ints.add(i);
    places.insert(&slot);
    ints.done(slot, StreamSlot::value);
    CHECK(ints.index(slot) == static_cast<std::size_t>(i));
    CHECK(ints.drain() == numbers(i, 1));
  }
  CHECK(places.size() <= 3 * capacity);
}

TEST_CASE("A backlog of many segments is read and freed") {
  const bool ordered = GENERATE(true, false);
  Ints ints(ordered);
  for (int round = 0; round < 3; ++round) {
    for (StreamSlot* const slot : ints.add(0, 5'000)) ints.done(*slot, StreamSlot::value);
    CHECK(ints.drain() == numbers(0, 5'000));
  }
}

TEST_CASE("Each item is yielded once to one of many readers") {
  constexpr int kItems = 20'000;
  const bool ordered = GENERATE(true, false);
  Ints buffer(ordered, 100);
  std::mutex feed;
  std::atomic<int> appended{0}, claimed{0}, taken{0}, wrong{0};
  std::vector<std::atomic<int>> yields(kItems);
  const auto work = [&] {
    while (claimed < kItems) {
      std::unique_lock<std::mutex> lock(feed);
      if (claimed == appended) continue;
      StreamSlot& slot = buffer.claim();
      ++claimed;
      lock.unlock();
      *static_cast<int*>(buffer.value(slot)) = 2 * buffer.number(slot);
      buffer.done(slot, StreamSlot::value);
    }
  };
  const auto read = [&] {
    for (int last = -1; taken < kItems;) {
      StreamSlot* const slot = buffer.take();
      if (!slot) continue;
      const int item = buffer.number(*slot);
      if (*static_cast<int*>(buffer.value(*slot)) != 2 * item) ++wrong;
      if (ordered && item <= last) ++wrong;
      last = item;
      ++yields[static_cast<std::size_t>(item)];
      buffer.recycle(*slot);
      ++taken;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(work);
  for (int i = 0; i < 3; ++i) threads.emplace_back(read);
  for (int item = 0; item < kItems; ++item) {
    StreamSlot* const slot = buffer.append();
    if (!slot) support::give_up("memory");
    buffer.number(*slot) = item;
    buffer.advance();
    ++appended;
  }
  for (std::thread& thread : threads) thread.join();
  int once = 0;
  for (const std::atomic<int>& count : yields) once += count == 1;
  CHECK(once == kItems);
  CHECK(wrong == 0);
  CHECK(buffer.take() == nullptr);
}
