// SPDX-License-Identifier: MIT
// The platform of the shipped library, for code that is a template over its primitives so that a
// model checker can run the very same code. Stage: base, used by all.
#pragma once

#include <atomic>
#include <new>

#include "base/dekker.h"
#include "base/mutex.h"
#include "base/pages.h"

namespace tp::core {

class Native {
 public:
  template <class T>
  using Atomic = std::atomic<T>;
  using Mutex = core::Mutex;
  using Lock = core::Lock;

  template <class T>
  static void publish(Atomic<T>& word, T value) noexcept {
    core::publish(word, value);
  }
  static void settle() noexcept { core::settle(); }

  /// Large objects are in pages of their own, so that nothing of a burst stays behind; touch: see
  /// map_pages. nullptr without memory.
  template <class T>
  static T* make(bool touch) noexcept {
    if constexpr (!kInPages<T>) return new (std::nothrow) T;
    void* const memory = map_pages(sizeof(T), touch);
    return memory ? new (memory) T : nullptr;
  }
  template <class T>
  static void unmake(T* object) noexcept {
    if (!object) return;
    if constexpr (!kInPages<T>) return delete object;
    object->~T();
    unmap_pages(object, sizeof(T));
  }

 private:
  template <class T>
  static constexpr bool kInPages = sizeof(T) >= 16 * 1024;
};

}  // namespace tp::core
