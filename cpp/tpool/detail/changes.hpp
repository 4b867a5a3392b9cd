// SPDX-License-Identifier: MIT
// Stage 7: lets a thread wait until any future has made a step.
#ifndef TPOOL_DETAIL_CHANGES_HPP
#define TPOOL_DETAIL_CHANGES_HPP

#include "shield.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace tp {
inline namespace v1 {
namespace detail {

// A future doesn't know who waits for what will be made of it. Steps are only
// counted while somebody watches. Each library has one, so nobody relies on being told.
class [[gnu::visibility("hidden")]] Changes {
 public:
  // Never destroyed: at the end of the process threads may still be here.
  static Changes& all() {
    static Changes& instance = *new Changes;
    return instance;
  }

  // A step was made, and is seen by who looks.
  void announce() {
    if (watchers_.load() == 0) return;  // who watches from now on looks after this
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }

  class Watch {
   public:
    Watch() { all().watchers_.fetch_add(1); }
    ~Watch() { all().watchers_.fetch_sub(1); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // To be read before looking.
    std::uint64_t count() const {
      const std::lock_guard<std::mutex> lock(all().mutex_);
      return all().count_;
    }

    // Waits for a step after that count, or a moment. Returns false when the seconds are up.
    bool next(std::uint64_t count, double seconds) const {
      std::unique_lock<std::mutex> lock(all().mutex_);
      const auto changed = [count] { return all().count_ != count; };
      const std::chrono::duration<double> moment(std::clamp(seconds, 0.0, kMoment));
      return all().changed_.wait_for(lock, moment, changed) || seconds > kMoment;
    }
  };

 private:
  static constexpr double kMoment = 0.01;  // seconds until one looks again, told or not

  std::atomic<std::size_t> watchers_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "unshield.hpp"

#endif
