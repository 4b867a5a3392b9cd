// SPDX-License-Identifier: MIT
// The payload of a taken item's error, which two jobs know of: that of the threads, and that of the pool.
#pragma once

#include <tpool/error.h>

#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "result/taker.h"

namespace support {

// A payload that a taken item has set (taker/pools.cpp). It goes with the error of the job that runs the item, unless
// it is passed on to the pool's own job. Whoever asks that error gets the item's own payload.
class SetPayload {
 public:
  // While the calling thread runs taken items.
  class Items {
   public:
    Items() { ++depth; }
    ~Items() { --depth; }
    Items(const Items&) = delete;
    Items& operator=(const Items&) = delete;
  };
  static bool is_in_item() { return depth > 0; }

  static void* make(void* payload, void (*payload_drop)(void*)) {
    std::lock_guard lock(mutex());
    auto* const made = new SetPayload(payload, payload_drop);
    all().insert(made);
    return made;
  }
  static void drop(void* made) {
    const SetPayload old = take_out(made);
    if (old.drop_) old.drop_(old.payload_);
  }
  static SetPayload take_out(void* made) {
    std::lock_guard lock(mutex());
    all().erase(made);
    const std::unique_ptr<SetPayload> old(static_cast<SetPayload*>(made));
    return *old;
  }
  static void* find(void* made) {
    std::lock_guard lock(mutex());
    const bool is_one = !is_passing && all().count(made);
    return is_one ? static_cast<SetPayload*>(made)->payload_ : made;
  }
  static void pass(const tp_error_t* error, tp::core::Cause& to) {
    is_passing = true;
    void* const made = tp_error_payload(error);
    is_passing = false;
    std::lock_guard lock(mutex());
    if (!all().count(made)) return;  // that of a job inside the item
    auto& passed = *static_cast<SetPayload*>(made);
    to.payload = passed.payload_;
    to.payload_drop = std::exchange(passed.drop_, nullptr);
  }

 private:
  SetPayload(void* payload, void (*payload_drop)(void*)) : payload_(payload), drop_(payload_drop) {}

  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::set<void*>& all() {
    static std::set<void*> instance;
    return instance;
  }

  static inline thread_local int depth = 0;
  static inline thread_local bool is_passing = false;
  void* payload_;
  void (*drop_)(void*);
};

}  // namespace support
