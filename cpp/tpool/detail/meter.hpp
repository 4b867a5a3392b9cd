// SPDX-License-Identifier: MIT
// Stage 7: counts what is done, and says so now and then.
#ifndef TPOOL_DETAIL_METER_HPP
#define TPOOL_DETAIL_METER_HPP

#include "prologue.hpp"

#include <chrono>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "../pace.hpp"
#include "bar.hpp"
#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Show is Bar or the user's callable. Of one thread.
template <class Show>
class Meter {
 public:
  [[gnu::visibility("hidden")]] static constexpr std::chrono::milliseconds kInterval{100};

  Meter(std::size_t total, Show show) : show_(std::move(show)) { now_.total = total; }
  ~Meter() {
    if constexpr (is_bar) {
      silenced([this] { finish(); });
      if (drawn_) show_.end();
    }
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  bool active() const { return active_; }

  void start() {
    if (!active_) return;
    start_ = Clock::now();
    tell(start_);
  }

  // One more is done.
  void count() {
    ++now_.done;
    if (active_) tell_if_due();
  }

  void set(const Progress& progress) { static_cast<Progress&>(now_) = progress; }

  void tell_if_due() {
    const auto now = Clock::now();
    if (now - told_ >= kInterval) tell(now);
  }

  // Nothing more will be done. May be repeated.
  void finish() {
    if (!active_) return;
    active_ = false;
    tell(Clock::now());
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr bool is_bar = std::is_same_v<Show, Bar>;

  static bool seen() {
    if constexpr (is_bar) return Bar::visible();
    return true;
  }

  void tell(Clock::time_point now) {
    told_ = now;
    drawn_ = true;
    now_.seconds = std::chrono::duration<double>(now - start_).count();
    show_(std::as_const(now_));
  }

  Show show_;
  Pace now_{};
  bool active_ = seen();
  bool drawn_ = false;
  Clock::time_point start_{}, told_{};
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
