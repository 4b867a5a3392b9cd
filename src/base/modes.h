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
  FloatModes() noexcept {
#if defined(__SSE__)
    std::uint32_t mxcsr;
    asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87_));
    modes_ = mxcsr & ~std::uint32_t{0x3f};
#elif defined(__aarch64__)
    asm volatile("mrs %0, fpcr" : "=r"(modes_));
#else
    modes_ = std::fegetround();
#endif
  }

  void set() const noexcept {
#if defined(__SSE__)
    asm volatile("ldmxcsr %0\n\tfldcw %1" ::"m"(modes_), "m"(x87_));
#elif defined(__aarch64__)
    asm volatile("msr fpcr, %0" ::"r"(modes_));
#else
    std::fesetround(modes_);
#endif
  }

  bool operator==(const FloatModes&) const = default;

  /// Whether fesetround or the like changed them. Takes about 1 ns, less than to read all modes.
  bool differ_at_a_glance() const noexcept {
#if defined(__SSE__)
    std::uint32_t mxcsr;
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    return (mxcsr & ~std::uint32_t{0x3f}) != modes_;
#else
    return FloatModes() != *this;
#endif
  }

 private:
#if defined(__SSE__)
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
