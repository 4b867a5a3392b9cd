// SPDX-License-Identifier: MIT
// Monotonic time, and deadlines that saturate. Stage: base, used by all.
#pragma once

#include <cstdint>
#include <ctime>

namespace tp::core {

/// Nanoseconds of the monotonic clock.
inline std::uint64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(t.tv_nsec);
}

/// The time at which a wait gives up: at once, at a moment, or never.
class Deadline {
 public:
  static Deadline never() noexcept { return Deadline(kNever); }

  /// Seconds from now: 0 or less polls, 1e9 or more is never. REQUIRES: not NaN.
  static Deadline in(double seconds) noexcept {
    if (seconds <= 0) return Deadline(kPoll);
    if (seconds >= 1e9) return never();
    return Deadline(now_ns() + static_cast<std::uint64_t>(seconds * 1e9));
  }

  /// Nanoseconds, which saturate. REQUIRES: more than 0.
  static std::uint64_t span(double seconds) noexcept {
    return seconds >= 1e9 ? kNever : static_cast<std::uint64_t>(seconds * 1e9) + 1;
  }
  /// So many nanoseconds from now.
  static Deadline after(std::uint64_t span_ns) noexcept {
    return span_ns == kNever ? never() : Deadline(now_ns() + span_ns);
  }

  /// At a time of now_ns().
  static Deadline at(std::uint64_t ns) noexcept { return Deadline(ns); }
  std::uint64_t ns() const noexcept { return at_; }
  static Deadline earlier(Deadline a, Deadline b) noexcept { return a.at_ < b.at_ ? a : b; }

  bool is_never() const noexcept { return at_ == kNever; }
  bool is_poll() const noexcept { return at_ == kPoll; }
  bool passed() const noexcept { return !is_never() && (is_poll() || now_ns() >= at_); }

  timespec absolute() const noexcept {
    return {static_cast<std::time_t>(at_ / 1'000'000'000u),
            static_cast<long>(at_ % 1'000'000'000u)};
  }

 private:
  static constexpr std::uint64_t kNever = UINT64_MAX;
  static constexpr std::uint64_t kPoll = 0;
  explicit Deadline(std::uint64_t at) noexcept : at_(at) {}
  std::uint64_t at_;
};

}  // namespace tp::core
