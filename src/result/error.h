// SPDX-License-Identifier: MIT
// Stage 6: why an item failed; from queue/*, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tpool/error.h"

namespace tp::core {

/// What tp_task_set_error left. The message is the library's (malloc); the payload is the user's until it is dropped.
struct Cause {
  char* message = nullptr;
  void* payload = nullptr;
  void (*payload_drop)(void*) = nullptr;

  void drop();  // runs user code
};

/// One failure. Immutable once made. Counted, because a job and a thread's last error may share it.
class Error {
 public:
  /// Takes over the cause. Without memory it drops the cause and returns the shared error of the status.
  static Error* make(int status, int code, std::size_t index, Cause cause);
  /// The shared error of a status. Lives for ever.
  static Error* of(int status) noexcept;

  void retain() noexcept {
    if (counted_) refs_.fetch_add(1, std::memory_order_relaxed);  // the caller has a reference
  }
  void release();

  int status() const noexcept { return status_; }
  int code() const noexcept { return code_; }
  std::size_t index() const noexcept { return index_; }
  const char* message() const noexcept;
  void* payload() const noexcept { return cause_.payload; }

  constexpr Error(int status, int code, std::size_t index, Cause cause, bool counted) noexcept
      : status_(status), code_(code), counted_(counted), index_(index), cause_(cause) {}

 private:
  std::atomic<std::uint32_t> refs_{1};
  int status_;
  int code_;
  bool counted_;
  std::size_t index_;
  Cause cause_;
};

/// The handle of the C ABI is the error's address.
inline const tp_error_t* to_handle(const Error& error) noexcept {
  return reinterpret_cast<const tp_error_t*>(&error);
}

/// The text of a status, for every int.
const char* status_text(int status) noexcept;

/// This thread's last error; nullptr when there is none.
Error* last_error() noexcept;
/// Replaces it. Takes over the caller's reference; nullptr clears.
void set_last_error(Error* error);
/// Refuses a call of this thread: its last error gets the status and a sentence, made as by printf, which says which
/// argument is wrong, what it was, and what is allowed. Returns the status.
[[gnu::cold, gnu::format(printf, 2, 3)]] int refuse(int status, const char* format, ...);

}  // namespace tp::core
