// SPDX-License-Identifier: MIT
// Ends a test program whose sequence hangs, and says which seed it was.
#pragma once

#include "support/test.hpp"

namespace stress {

class Watchdog {
 public:
  Watchdog() : thread_([this] { watch(); }) {}
  ~Watchdog() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Another sequence begins: the one before it did not hang.
  void begin(std::uint64_t seed) {
    std::lock_guard<std::mutex> lock(mutex_);
    seed_ = seed;
    ++begun_;
  }

 private:
  void watch() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      const std::uint64_t before = begun_;
      if (changed_.wait_for(lock, support::kEmergency, [this] { return over_; })) return;
      if (begun_ != before || begun_ == 0) continue;
      std::fprintf(stderr, "test: TPOOL_STRESS_SEED=%llu hangs\n",
                   static_cast<unsigned long long>(seed_));
      std::abort();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t seed_ = 0;
  std::uint64_t begun_ = 0;
  bool over_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace stress
