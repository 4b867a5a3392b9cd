// SPDX-License-Identifier: MIT
// Stage 7: what is told when a future is settled, and the list of those who are to be told.
#ifndef TPOOL_DETAIL_LISTENER_HPP
#define TPOOL_DETAIL_LISTENER_HPP

#include "prologue.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

class Due;

// Told once of one thing. Lives until then.
class Listener {
 public:
  // Adds those whom this makes due in turn, so that long chains need no stack.
  virtual void arrived(Due& due) noexcept = 0;

  Listener* next = nullptr;  // of the list that holds it

 protected:
  Listener() = default;
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
};

// First in, first out; of one thread. A listener that is told may run a coroutine, which may make
// others due in a list of its own: such lists nest on the stack.
class Due {
 public:
  Due() = default;
  Due(const Due&) = delete;
  Due& operator=(const Due&) = delete;

  void add(Listener& listener) {
    listener.next = nullptr;
    *end_ = &listener;
    end_ = &listener.next;
  }

  // Tells them all. The list that is nested deepest leaves that to the outermost one of its thread,
  // which does it when the thread is back there: coroutines that end or start one inside another
  // need no more stack than so.
  void run() noexcept {
    Due* const outermost = outermost_;
    if (outermost == nullptr) {
      outermost_ = this;
      tell();
      outermost_ = nullptr;
    } else if (outermost->depth_ < kDeepest) {
      ++outermost->depth_;
      tell();
      --outermost->depth_;
    } else {
      outermost->take(*this);
    }
  }

  // Tells those who were left to the outermost list: this thread is about to wait, and they may be
  // what it waits for.
  static void catch_up() noexcept {
    if (outermost_ != nullptr) outermost_->tell();
  }

 private:
  static constexpr int kDeepest = 64;

  void tell() noexcept {
    while (first_ != nullptr) {
      Listener& listener = *first_;
      first_ = listener.next;
      if (first_ == nullptr) end_ = &first_;
      listener.arrived(*this);
    }
  }

  void take(Due& other) noexcept {
    if (other.first_ == nullptr) return;
    *end_ = other.first_;
    end_ = other.end_;
    other.first_ = nullptr;
    other.end_ = &other.first_;
  }

  // Each library of a program has one of its own: lists of several libraries may nest all the same.
  [[gnu::visibility("hidden")]] static inline thread_local Due* outermost_ = nullptr;

  Listener* first_ = nullptr;
  Listener** end_ = &first_;
  int depth_ = 0;  // of the outermost: how many are nested in it
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
