// SPDX-License-Identifier: MIT
// A four-byte mutex that Clang's thread-safety analysis understands. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/futex.h"
#include "base/platform.h"

#if defined(__clang__)
#define TP_TSA(x) __attribute__((x))
#else
#define TP_TSA(x)
#endif
#define TP_CAPABILITY TP_TSA(capability("mutex"))
#define TP_SCOPED TP_TSA(scoped_lockable)
#define TP_GUARDED_BY(m) TP_TSA(guarded_by(m))
#define TP_REQUIRES(m) TP_TSA(requires_capability(m))
#define TP_ACQUIRE(...) TP_TSA(acquire_capability(__VA_ARGS__))
#define TP_RELEASE(...) TP_TSA(release_capability(__VA_ARGS__))

namespace tp::core {

/// Three states (Drepper, "Futexes Are Tricky"): free, locked, locked with sleepers. unlock touches the
/// mutex last with its exchange, so the thread that locks it next may free it.
class TP_CAPABILITY Mutex {
 public:
  void lock() noexcept TP_ACQUIRE() {
    std::uint32_t free = kFree;
    // acquire pairs with the release in unlock
    if (!word_.compare_exchange_strong(free, kLocked, std::memory_order_acquire)) lock_slow();
  }

  bool try_lock() noexcept TP_TSA(try_acquire_capability(true)) {
    std::uint32_t free = kFree;
    // acquire pairs with the release in unlock
    return word_.compare_exchange_strong(free, kLocked, std::memory_order_acquire);
  }

  void unlock() noexcept TP_RELEASE() {
    // release pairs with the acquire in lock
    if (word_.exchange(kFree, std::memory_order_release) == kContended) futex_wake(word_, 1);
  }

  /// Frees it in the child of a fork, where the thread that held it is gone.
  void reset() noexcept { word_.store(kFree); }

 private:
  static constexpr std::uint32_t kFree = 0, kLocked = 1, kContended = 2;

  void lock_slow() noexcept {
    for (int i = 0; i < 20; ++i) {
      std::uint32_t free = kFree;
      if (word_.compare_exchange_strong(free, kLocked, std::memory_order_acquire)) return;
      cpu_relax();
    }
    while (word_.exchange(kContended, std::memory_order_acquire) != kFree)
      futex_wait(word_, kContended, Deadline::never());
  }

  std::atomic<std::uint32_t> word_{kFree};
};

/// Holds a Mutex for a scope. May release it in between.
class TP_SCOPED Lock {
 public:
  explicit Lock(Mutex& mutex) noexcept TP_ACQUIRE(mutex) : mutex_(mutex) { mutex.lock(); }
  ~Lock() TP_RELEASE() {
    if (held_) mutex_.unlock();
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void unlock() noexcept TP_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }
  void lock() noexcept TP_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

}  // namespace tp::core
