// SPDX-License-Identifier: MIT
// Tells ThreadSanitizer in which order the library puts the user's accesses. Stage: base, used by all.
#pragma once

#if defined(__has_feature)
#define TP_HAS_FEATURE(x) __has_feature(x)
#else
#define TP_HAS_FEATURE(x) 0
#endif

extern "C" {
// Functions of its runtime, in a program that was built with it.
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
}

/// A program may be built with ThreadSanitizer and the library without it. Then the sanitizer sees the user's
/// accesses, but not the atomics that order them. So a thread that passes on what user code did (it submits,
/// has run an item, is about to make a job ready) releases an address. A thread that goes on to user code, or
/// returns to it, acquires that address. These calls make no order: the atomics do. Without the sanitizer each
/// of them reads one pointer. A library that is built with the sanitizer makes none of these calls.
namespace tp::core::order {

#if defined(__SANITIZE_THREAD__) || TP_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kIsTold = false;
#else
inline constexpr bool kIsTold = true;
#endif

/// Whether the program was built with the sanitizer and the library was not.
inline bool is_heard() noexcept { return kIsTold && __tsan_release; }

inline void release(const void* address) noexcept {
  if (is_heard()) [[unlikely]]
    __tsan_release(const_cast<void*>(address));
}

inline void acquire(const void* address) noexcept {
  if (is_heard()) [[unlikely]]
    __tsan_acquire(const_cast<void*>(address));
}

/// A second address of an object of at least two words. The first is for what was done before its user code
/// begins, this one for what that code did: so the items of a job are not ordered among each other.
inline const void* ends(const void* object) noexcept {
  return static_cast<const char*>(object) + sizeof(void*);
}

/// A scope that one thread at a time runs: the next thread sees what the one before did.
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
