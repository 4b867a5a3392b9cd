// SPDX-License-Identifier: MIT
// Counts objects through the move and drop hooks, and checks at its end that each was dropped once.
#pragma once

#include <atomic>
#include <cstdint>
#include <new>

#include "support/catch.hpp"

namespace support {

// The book of one kind of object. Declare it before the pool, so that the check comes last.
class Live {
 public:
  Live() = default;
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  ~Live() {
    CHECK(wrong == 0);
    CHECK(made == dropped);
  }

  std::atomic<int> made{0};
  std::atomic<int> moved{0};
  std::atomic<int> dropped{0};
  std::atomic<int> wrong{0};  // moves and drops of what was no object
};

// An object that knows its book. As C data: only the hooks construct, move and destroy it.
struct Tracked {
  static void make(void* slot, Live& live, int number) {
    new (slot) Tracked{&live, kAlive, number};
    ++live.made;
  }

  static void move(void* to, void* from) {
    auto* object = static_cast<Tracked*>(from);
    if (!object->check()) return;
    new (to) Tracked(*object);
    object->state = kGone;
    ++object->live->moved;
  }

  static void drop(void* slot) {
    auto* object = static_cast<Tracked*>(slot);
    if (!object->check()) return;
    object->state = kGone;
    ++object->live->dropped;
  }

  bool alive() const { return state == kAlive; }

  Live* live;
  std::uint32_t state;
  int number;

 private:
  static constexpr std::uint32_t kAlive = 0x600d600d;
  static constexpr std::uint32_t kGone = 0xdeaddead;

  bool check() {
    if (!alive()) ++live->wrong;
    return alive();
  }
};

}  // namespace support
