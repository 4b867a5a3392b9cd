// SPDX-License-Identifier: MIT
// Marks the objects that handles point to. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/fork.h"
#include "tpool/status.h"

namespace tp::core {

/// Says that an object lives, which kind it is, and how many forks led to its process. A call checks the
/// handle tag of its handle, and so sees most handles that were freed or are of another kind. There a build with
/// assertions ends the process.
class HandleTag {
 public:
  enum Kind : std::uint32_t {
    pool = 0x706f,
    result = 0x7265,
    call = 0x6361,
    completed = 0x636f,
    promise = 0x7072,
    group = 0x6772
  };

  explicit HandleTag(Kind kind) noexcept : word_(word(kind)) {}
  ~HandleTag() { end(); }
  HandleTag(const HandleTag&) = delete;
  HandleTag& operator=(const HandleTag&) = delete;

  /// The handle is gone, though the object may live on. Atomic, so that the compiler keeps the store.
  void end() noexcept { word_.store(0, std::memory_order_relaxed); }

  /// TP_OK; TP_EFORKED if another process made the object; TP_EINVAL if it is not of this kind.
  int check(Kind kind) const noexcept {
    const std::uint32_t found = word_.load(std::memory_order_relaxed);  // the caller has a handle
    if (found == word(kind)) return TP_OK;
    return found >> 16 == kind ? TP_EFORKED : wrong();
  }

 private:
  static std::uint32_t word(Kind kind) noexcept {
    return kind << 16 | (fork_generation() & 0xffff);
  }

  static int wrong() noexcept {
#ifndef NDEBUG
    std::fputs("libtpool: this handle was freed, or is not of the kind that the call takes\n",
               stderr);
    std::abort();
#endif
    return TP_EINVAL;
  }

  std::atomic<std::uint32_t> word_;
};

}  // namespace tp::core
