// SPDX-License-Identifier: MIT
// Stage 7: threads that sleep until one of several futures makes a step.
#ifndef TPOOL_DETAIL_WAIT_QUEUE_HPP
#define TPOOL_DETAIL_WAIT_QUEUE_HPP

#include "prologue.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace tp::v1::detail {

// Lets one thread sleep until it is woken.
class Sleeper {
 public:
  void wake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }

  // Returns true when it was woken since the last sleep; false when the seconds are up.
  bool sleep(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto woken = [this] { return std::exchange(woken_, false); };
    if (seconds > kLongest) {
      changed_.wait(lock, woken);
      return true;
    }
    const std::chrono::duration<double> at_most(seconds < 0 ? 0 : seconds);
    return changed_.wait_for(lock, at_most, woken);
  }

 private:
  static constexpr double kLongest = 1e8;  // seconds; a clock can't add much more

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// The threads that wait for a step of one future.
//
// No wake-up is lost: a waiting thread enters the queue and then looks at the future; the thread
// that makes a step first makes it visible and then looks at the queue. A sleeper leaves under the
// mutex, so wake_all() touches only sleepers that still live.
class WaitQueue {
 public:
  void enter(Sleeper& sleeper) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleepers_.push_back(&sleeper);
    empty_.store(false);
  }

  void leave(Sleeper& sleeper) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleepers_.erase(std::find(sleepers_.begin(), sleepers_.end(), &sleeper));
    empty_.store(sleepers_.empty());
  }

  bool empty() const noexcept { return empty_.load(); }

  void wake_all() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Sleeper* sleeper : sleepers_) sleeper->wake();
  }

 private:
  std::mutex mutex_;
  std::vector<Sleeper*> sleepers_;
  std::atomic<bool> empty_{true};  // written under the mutex
};

// Keeps a thread in several wait queues, which must outlive this.
class Waiter {
 public:
  Waiter() = default;
  ~Waiter() { leave(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Leaves the queues that it is in and enters these.
  void enter(const std::vector<WaitQueue*>& queues) {
    leave();
    queues_.reserve(queues.size());
    for (WaitQueue* queue : queues) {
      queue->enter(sleeper_);
      queues_.push_back(queue);
    }
  }

  bool sleep(double seconds) { return sleeper_.sleep(seconds); }

 private:
  void leave() noexcept {
    for (WaitQueue* queue : queues_) queue->leave(sleeper_);
    queues_.clear();
  }

  Sleeper sleeper_;
  std::vector<WaitQueue*> queues_;
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
