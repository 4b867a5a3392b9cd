// SPDX-License-Identifier: MIT
// What a task may leave changed on its thread and the next one would inherit.
// Stage: base, used by queue and worker.
#pragma once

#include <locale.h>

#include <cfenv>
#include <cstdint>

namespace tp::core {

/// How floating point rounds, traps and treats subnormal numbers. The flags that operations raise are
/// no mode.
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

  /// Whether what fesetround and the like change differs now: about 1 ns, where to read all takes more.
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

/// The calling thread's modes of floating point and its locale.
class Modes {
 public:
  /// Puts back what differs now. To look takes about 10 ns.
  void restore() const noexcept {
    if (FloatModes() != floats_) floats_.set();
    if (uselocale(nullptr) != locale_) uselocale(locale_);
  }
  /// The same behind a small task, if it has changed how floating point rounds.
  void restore_at_a_glance() const noexcept {
    if (floats_.differ_at_a_glance()) [[unlikely]]
      restore();
  }

 private:
  FloatModes floats_;
  locale_t locale_ = uselocale(nullptr);
};

}  // namespace tp::core
