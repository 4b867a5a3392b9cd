// SPDX-License-Identifier: MIT
// Stage 7: a thread that waits until one of several futures makes a step.
#ifndef TPOOL_DETAIL_WATCH_HPP
#define TPOOL_DETAIL_WATCH_HPP

#include "prologue.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace tp {
inline namespace v1 {
namespace detail {

class Waiter;
class Watches;

// A note, at one of the things that a thread waits for.
struct Watch {
  Waiter* waiter;
  Watches* at;
  Watch* prev = nullptr;
  Watch* next = nullptr;
};

// On the stack of a thread that waits.
class Waiter {
 public:
  Waiter() = default;
  ~Waiter() { leave(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Is told of steps of all of these from now on, until it leaves them; they have to stay so long.
  inline void watch(const std::vector<Watches*>& places);
  inline void leave() noexcept;

  void tell() {
    const std::lock_guard<std::mutex> lock(mutex_);
    told_ = true;
    changed_.notify_one();
  }

  // Returns when it has been told since it last slept; false when the seconds are up.
  bool sleep(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto told = [this] { return std::exchange(told_, false); };
    if (seconds > kAges) {
      changed_.wait(lock, told);
      return true;
    }
    const std::chrono::duration<double> at_most(seconds < 0 ? 0 : seconds);
    return changed_.wait_for(lock, at_most, told);
  }

 private:
  static constexpr double kAges = 1e8;  // seconds: what a clock can add

  std::mutex mutex_;
  std::condition_variable changed_;
  bool told_ = false;
  std::vector<Watch> notes_;
};

// The threads that wait for steps of one thing.
//
// None is forgotten: a waiter leaves its note and then looks, who makes a step lets it be seen and
// then looks for notes. A waiter takes its note away under the mutex, so whoever holds that only
// tells threads that still wait.
class Watches {
 public:
  void add(Watch& watch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    watch.next = first_.load();
    if (watch.next != nullptr) watch.next->prev = &watch;
    first_.store(&watch);
  }

  void remove(Watch& watch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (watch.next != nullptr) watch.next->prev = watch.prev;
    if (watch.prev != nullptr) {
      watch.prev->next = watch.next;
    } else {
      first_.store(watch.next);
    }
  }

  bool any() const noexcept { return first_.load() != nullptr; }

  void tell() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Watch* watch = first_.load(); watch != nullptr; watch = watch->next) watch->waiter->tell();
  }

 private:
  std::mutex mutex_;
  std::atomic<Watch*> first_{nullptr};  // written under the mutex
};

inline void Waiter::watch(const std::vector<Watches*>& places) {
  leave();
  notes_.reserve(places.size());  // they stay where they are
  for (Watches* place : places) place->add(notes_.emplace_back(Watch{this, place}));
}

inline void Waiter::leave() noexcept {
  for (Watch& note : notes_) note.at->remove(note);
  notes_.clear();
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
