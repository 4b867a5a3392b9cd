// SPDX-License-Identifier: MIT
// Objects that are counted while they live, of the kinds that a template may get wrong.
#pragma once

#include "support/test.hpp"

namespace counted {

inline std::atomic<int> alive{0};
inline std::atomic<int> wrong{0};  // uses of what was no living object

// Declare it first: at its end nothing may live.
struct NoneLeft {
  NoneLeft() { alive = wrong = 0; }
  ~NoneLeft() {
    CHECK(alive == 0);
    CHECK(wrong == 0);
  }
  NoneLeft(const NoneLeft&) = delete;
  NoneLeft& operator=(const NoneLeft&) = delete;
};

// One life; notices a second end and a use without a beginning.
class Life {
 public:
  Life() noexcept { ++alive; }
  Life(const Life& other) noexcept : Life() { other.check(); }
  Life& operator=(const Life& other) noexcept {
    other.check();
    check();
    return *this;
  }
  ~Life() {
    check();
    self_ = nullptr;
    --alive;
  }

 private:
  void check() const {
    if (self_ != this) ++wrong;
  }

  const volatile Life* self_ = this;
};

// Has no default constructor, as all below.
struct Copyable {
  explicit Copyable(int n) : number(n) {}
  int value() const { return number; }
  int number;
  Life life{};
};

struct MoveOnly {
  explicit MoveOnly(int n) : number(std::make_unique<int>(n)) {}
  int value() const { return number ? *number : -1; }
  std::unique_ptr<int> number;
  Life life{};
};

// Can be copied and moved, but not assigned.
struct Fixed {
  explicit Fixed(int n) : number(n) {}
  int value() const { return number; }
  const int number;
  Life life{};
};

// Can be moved, but not assigned.
struct FixedMoveOnly : MoveOnly {
  using MoveOnly::MoveOnly;
  FixedMoveOnly(FixedMoveOnly&&) = default;
  FixedMoveOnly& operator=(FixedMoveOnly&&) = delete;
};

// May throw when it is moved, so that the library's hooks can't move it.
struct MoveThrows {
  explicit MoveThrows(int n) : number(n) {}
  MoveThrows(const MoveThrows&) = default;
  MoveThrows(MoveThrows&& other) noexcept(false) : MoveThrows(std::as_const(other)) {}
  MoveThrows& operator=(const MoveThrows&) = default;
  int value() const { return number; }
  int number;
  Life life{};
};

// Needs more than max_align_t, and notices when it doesn't get it.
class alignas(64) On64 {
 public:
  On64() noexcept {
    if (reinterpret_cast<std::uintptr_t>(this) % 64 != 0) ++wrong;
  }
  On64(const On64&) noexcept : On64() {}
  On64& operator=(const On64&) = default;
};

template <class Base>
struct Aligned : Base {
  using Base::Base;
  On64 place{};
};
using AlignedCopyable = Aligned<Copyable>;
using AlignedMoveOnly = Aligned<MoveOnly>;

// A task's exception.
struct Oops {
  explicit Oops(int n) : number(n) {}
  int number;
  Life life{};
};

}  // namespace counted
