// SPDX-License-Identifier: MIT
// Stage 7: coroutines that go on one inside another, without using up the stack.
#ifndef TPOOL_DETAIL_NESTING_HPP
#define TPOOL_DETAIL_NESTING_HPP

#include "prologue.hpp"

namespace tp::v1::detail {

// A coroutine that is to go on. Must live until then.
class Resumption {
 public:
  virtual void resume() noexcept = 0;

 protected:
  Resumption() = default;
  virtual ~Resumption() = default;
  Resumption(const Resumption&) = delete;
  Resumption& operator=(const Resumption&) = delete;

 private:
  friend class Nesting;

  Resumption* next_ = nullptr;  // that waits for the same thread
};

// How many coroutines have gone on inside one another on this thread. When there are too many, the
// next one waits until the thread is back in the outermost one, or is about to wait.
class Nesting {
 public:
  static void resume(Resumption& coroutine) noexcept {
    Nesting* const outermost = outermost_;
    if (outermost == nullptr) {
      Nesting mine;
      outermost_ = &mine;
      coroutine.resume();
      run_all();
      outermost_ = nullptr;
    } else if (outermost->depth_ < kDeepest) {
      ++outermost->depth_;
      coroutine.resume();
      --outermost->depth_;
    } else {
      coroutine.next_ = nullptr;
      *outermost->end_ = &coroutine;
      outermost->end_ = &coroutine.next_;
    }
  }

  // Lets those go on that wait for this thread. A thread that may wait for one calls this before.
  static void run_all() noexcept {
    while (outermost_ != nullptr && outermost_->first_ != nullptr) {
      Resumption& next = *outermost_->first_;
      outermost_->first_ = next.next_;
      if (next.next_ == nullptr) outermost_->end_ = &outermost_->first_;
      next.resume();
    }
  }

 private:
  static constexpr int kDeepest = 64;

  // Each library of a program has its own, because they may nest.
  [[gnu::visibility("hidden")]] static inline thread_local Nesting* outermost_ = nullptr;

  int depth_ = 0;
  Resumption* first_ = nullptr;  // first in, first out
  Resumption** end_ = &first_;
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
