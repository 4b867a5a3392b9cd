// SPDX-License-Identifier: MIT
// Stage 7: runs user code for the library; an exception becomes the payload of the task's error.
#ifndef TPOOL_DETAIL_GUARD_HPP
#define TPOOL_DETAIL_GUARD_HPP

#include "prologue.hpp"

#include <tpool/status.h>
#include <tpool/task.h>

#include <exception>
#include <memory>
#include <new>

#include "payload.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Deletes what a void* of the C side owns.
template <class T>
void delete_as(void* object) {
  delete static_cast<T*>(object);
}

// Hands the exception in flight to the library. Without memory for it, the message alone.
inline void keep_exception(const char* message) noexcept {
  std::unique_ptr<Payload> kept(new (std::nothrow) Payload(std::current_exception()));
  const auto drop = kept ? delete_as<Payload> : nullptr;
  if (tp_task_set_error(message, kept.get(), drop) == TP_OK) static_cast<void>(kept.release());
}

// Lets pass what is no C++ exception: pthread_exit unwinds, and the library takes the thread's end.
inline void pass_forced_unwind() {
  if (std::current_exception() == nullptr) throw;
}

// Returns 0, or 1 when the body threw.
template <class Body>
int guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const std::exception& exception) {
    keep_exception(exception.what());
  } catch (...) {
    pass_forced_unwind();
    keep_exception(nullptr);
  }
  return 1;
}

// For what has nobody to tell of an exception.
template <class Body>
void silenced(Body&& body) {
  try {
    body();
  } catch (...) {
    pass_forced_unwind();
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
