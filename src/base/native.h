// SPDX-License-Identifier: MIT
// The platform of the shipped library, for code that is a template over its primitives so that a
// model checker can run the very same code. Stage: base, used by all.
#pragma once

#include <atomic>

#include "base/dekker.h"
#include "base/mutex.h"

namespace tp::core {

struct Native {
  template <class T>
  using Atomic = std::atomic<T>;
  using Mutex = core::Mutex;
  using Lock = core::Lock;

  template <class T>
  static void publish(Atomic<T>& word, T value) noexcept {
    core::publish(word, value);
  }
  static void settle() noexcept { core::settle(); }
};

}  // namespace tp::core
