// SPDX-License-Identifier: MIT
// Stage 7: what is told when a future is settled, and the list of those who are to be told.
#ifndef TPOOL_DETAIL_LISTENER_HPP
#define TPOOL_DETAIL_LISTENER_HPP

#include "shield.hpp"

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

// First in, first out; of one thread.
class Due {
 public:
  void add(Listener& listener) {
    listener.next = nullptr;
    *end_ = &listener;
    end_ = &listener.next;
  }

  void run() noexcept {
    while (first_ != nullptr) {
      Listener& listener = *first_;
      first_ = listener.next;
      if (first_ == nullptr) end_ = &first_;
      listener.arrived(*this);
    }
  }

 private:
  Listener* first_ = nullptr;
  Listener** end_ = &first_;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "unshield.hpp"

#endif
