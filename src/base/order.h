// SPDX-License-Identifier: MIT
// Tells ThreadSanitizer of the order between the user's accesses that the library makes.
// Stage: base, used by all.
#pragma once

#if defined(__has_feature)
#define TP_HAS_FEATURE(x) __has_feature(x)
#else
#define TP_HAS_FEATURE(x) 0
#endif

extern "C" {
// Of its runtime, in a program that was built with it.
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
}

/// A program may be under ThreadSanitizer and the library not: then the sanitizer sees the user's
/// accesses and none of the atomics that order them. So where a thread passes on what user code did
/// (submits, has run an item, is about to make a job ready) it releases an address, and where another
/// goes on to user code, or returns to it, it acquires that. The atomics make the same order; these
/// two make none. Without the sanitizer each is a look at a pointer. An instrumented library shows its
/// own order, or the lack of it.
namespace tp::core::order {

#if defined(__SANITIZE_THREAD__) || TP_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kIsTold = false;
#else
inline constexpr bool kIsTold = true;
#endif

/// Whether somebody hears what is told.
inline bool is_heard() noexcept { return kIsTold && __tsan_release; }

inline void release(const void* address) noexcept {
  if (is_heard()) [[unlikely]]
    __tsan_release(const_cast<void*>(address));
}

inline void acquire(const void* address) noexcept {
  if (is_heard()) [[unlikely]]
    __tsan_acquire(const_cast<void*>(address));
}

/// A second address of an object of at least two words. The first stands for what was done before its
/// user code begins, this one for what that did: items of one job make no order for each other.
inline const void* ends(const void* object) noexcept {
  return static_cast<const char*>(object) + sizeof(void*);
}

/// User code that is never run by two threads at once: the next sees what the one before did.
class InTurn {
 public:
  explicit InTurn(const void* address) noexcept : address_(address) { acquire(address_); }
  ~InTurn() { release(address_); }
  InTurn(const InTurn&) = delete;
  InTurn& operator=(const InTurn&) = delete;

 private:
  const void* const address_;
};

}  // namespace tp::core::order
