// SPDX-License-Identifier: MIT
// Stage 7: exceptions of user code, which travel through the library as payloads of its errors.
#ifndef TPOOL_DETAIL_EXCEPTIONS_HPP
#define TPOOL_DETAIL_EXCEPTIONS_HPP

#include "prologue.hpp"

#include <tpool/status.h>
#include <tpool/task.h>

#include <array>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace tp::v1::detail {

// Deletes the T behind a void* that the C side owns.
template <class T>
void delete_as(void* object) {
  delete static_cast<T*>(object);
}

// Begins with a text that tells it from the payloads of C code. Those may be of any size, so
// nothing behind the first different byte is read.
struct Payload {
  [[gnu::visibility("hidden")]] static constexpr std::array<char, 16> kMark{"\x7ftp::exception"};

  explicit Payload(std::exception_ptr of) noexcept : exception(std::move(of)) {}

  // Returns the exception in a payload; null without a payload or in one of C code.
  static std::exception_ptr exception_in(const void* payload) {
    const bool ours =
        payload != nullptr && std::strcmp(static_cast<const char*>(payload), kMark.data()) == 0;
    return ours ? static_cast<const Payload*>(payload)->exception : nullptr;
  }

  const std::array<char, 16> mark = kMark;
  const std::exception_ptr exception;
};

// Makes the exception in flight the error of the running task. Without memory the error has only
// the message.
inline void report_exception(const char* message) noexcept {
  std::unique_ptr<Payload> payload(new (std::nothrow) Payload(std::current_exception()));
  const auto drop = payload ? delete_as<Payload> : nullptr;
  if (tp_task_set_error(message, payload.get(), drop) != TP_OK) return;
  static_cast<void>(payload.release());
}

// In a catch (...): rethrows the forced unwind of pthread_exit, which is no C++ exception. The
// library handles the end of the thread.
inline void pass_forced_unwind() {
  if (std::current_exception() == nullptr) throw;
}

// Runs the body. Returns 0, or 1 when it threw; then the exception is the task's error.
template <class Body>
int guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const std::exception& exception) {
    report_exception(exception.what());
  } catch (...) {
    pass_forced_unwind();
    report_exception(nullptr);
  }
  return 1;
}

// Runs the body and drops what it throws, where nobody can be told.
template <class Body>
void silenced(Body&& body) {
  try {
    body();
  } catch (...) {
    pass_forced_unwind();
  }
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
