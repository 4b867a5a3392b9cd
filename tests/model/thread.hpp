// SPDX-License-Identifier: MIT
// What src keeps for a thread, in a model.
#pragma once

#include <new>

#include "base/parker.h"
#include "model/std.hpp"

namespace model {

/// The thread's parker, gone with the thread: who touches it later is found.
class ThreadParker {
 public:
  ThreadParker() : parker_(new (allocate(sizeof(tp::core::Parker))) tp::core::Parker) {
    parkers_[rl::thread_index()] = parker_;
  }
  ~ThreadParker() { deallocate(parker_); }
  ThreadParker(const ThreadParker&) = delete;
  ThreadParker& operator=(const ThreadParker&) = delete;

  static tp::core::Parker& mine() { return *parkers_[rl::thread_index()]; }

 private:
  static inline tp::core::Parker* parkers_[8];
  tp::core::Parker* const parker_;
};

}  // namespace model
