// SPDX-License-Identifier: MIT
// What a task may change on its thread, and the next task would inherit. Stage: base, used by queue and worker.
#pragma once

#include <locale.h>

#include <cfenv>
#include <cstdint>

namespace tp::core {

/// How floating point rounds, traps and treats subnormal numbers; without the flags that operations raise.
class FloatModes {
 public:
#if defined(__SSE__)
  FloatModes() noexcept : modes_(mxcsr()) { asm volatile("fnstcw %0" : "=m"(x87_)); }
  void set() const noexcept { asm volatile("ldmxcsr %0\n\tfldcw %1" ::"m"(modes_), "m"(x87_)); }
#elif defined(__aarch64__)
  FloatModes() noexcept { asm volatile("mrs %0, fpcr" : "=r"(modes_)); }
  void set() const noexcept { asm volatile("msr fpcr, %0" ::"r"(modes_)); }
#else
  FloatModes() noexcept : modes_(std::fegetround()) {}
  void set() const noexcept { std::fesetround(modes_); }
#endif

  bool operator==(const FloatModes&) const = default;

  /// Whether fesetround or the like changed them. Takes about 1 ns, less than to read all modes.
  bool differ_at_a_glance() const noexcept {
#if defined(__SSE__)
    return mxcsr() != modes_;
#else
    return FloatModes() != *this;
#endif
  }

 private:
#if defined(__SSE__)
  static std::uint32_t mxcsr() noexcept {
    std::uint32_t word;
    asm volatile("stmxcsr %0" : "=m"(word));
    return word & ~std::uint32_t{0x3f};  // without the flags
  }

  std::uint32_t modes_;
  std::uint16_t x87_;
#elif defined(__aarch64__)
  std::uint64_t modes_;
#else
  int modes_;
#endif
};

/// The calling thread's floating-point modes and its locale.
class Modes {
 public:
  /// Puts back what differs now. Takes about 10 ns if nothing does.
  void restore() const noexcept {
    if (FloatModes() != floats_) floats_.set();
    if (uselocale(nullptr) != locale_) uselocale(locale_);
  }
  /// The same for after a small task: only looks whether rounding changed.
  void restore_at_a_glance() const noexcept {
    if (floats_.differ_at_a_glance()) [[unlikely]]
      restore();
  }

 private:
  FloatModes floats_;
  locale_t locale_ = uselocale(nullptr);
};

}  // namespace tp::core
