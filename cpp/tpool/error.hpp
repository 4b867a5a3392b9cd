// SPDX-License-Identifier: MIT
// Statuses as exceptions, and exceptions of user code as payloads of errors.
#ifndef TPOOL_ERROR_HPP
#define TPOOL_ERROR_HPP

#include "detail/prologue.hpp"

#include <tpool/error.h>
#include <tpool/status.h>
#include <tpool/task.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace tp::v1 {

// Any failure but an exception of the user's own. status() is its TP_ status. Common ones have the classes below.
class Error : public std::runtime_error {
 public:
  explicit Error(int status) : Error(status, tp_strerror(status)) {}
  Error(int status, const char* message) : std::runtime_error(message), status_(status) {}

  int status() const noexcept { return status_; }

 private:
  int status_;
};

// The time was up: of the wait, which leaves the job as it was and may be repeated; or of the job
// (options::deadline), which is ready then, and whose get() throws this each time.
struct TimeoutError : Error {
  TimeoutError() : Error(TP_ETIMEDOUT) {}
};

// The pool is closed or terminated, so it takes no jobs.
struct PoolNotRunning : Error {
  PoolNotRunning() : Error(TP_ECLOSED) {}
};

// join() was called before close() or terminate().
struct PoolStillRunning : Error {
  PoolStillRunning() : Error(TP_ERUNNING) {}
};

// The job was cancelled before all of it had run.
struct Canceled : Error {
  Canceled() : Error(TP_ECANCELED) {}
};

// The pool was terminated before all of the job had run.
struct Terminated : Error {
  Terminated() : Error(TP_ETERMINATED) {}
};

// What an item of a ClusterPool (cluster.hpp) threw, in whatever rank it ran. what() is the text of
// that exception. Since 1.2.
class RemoteError : public Error {
 public:
  RemoteError(const char* what, std::string type, int rank)
      : Error(TP_ETASK, what), type_(std::move(type)), rank_(rank) {}

  // The name of the exception's type; empty for one that is no std::exception.
  const std::string& type() const noexcept { return type_; }
  // Where it was thrown.
  int rank() const noexcept { return rank_; }

 private:
  std::string type_;
  int rank_;
};

namespace detail {

// Between what(), the type and the rank in the message of an item that threw in a rank.
constexpr char kRemoteMark = '\x1f';

// Returns the exception in such a message; null for any other message.
inline std::exception_ptr remote_exception_in(const char* message) {
  const char* const type = std::strchr(message, kRemoteMark);
  const char* const rank = type != nullptr ? std::strchr(type + 1, kRemoteMark) : nullptr;
  if (rank == nullptr) return nullptr;
  const std::string what(message, type);
  return std::make_exception_ptr(
      RemoteError(what.c_str(), std::string(type + 1, rank), std::atoi(rank + 1)));
}

// Deletes the T behind a void* that the C side owns.
template <class T>
void delete_as(void* object) {
  delete static_cast<T*>(object);
}

// An exception as the payload of an error. Begins with a text that tells it from the payloads of C
// code. Those may be of any size, so nothing behind the first different byte is read.
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

// Makes the exception in flight the running task's error; without memory, only the message.
inline void report_exception(const char* message) noexcept {
  std::unique_ptr<Payload> payload(new (std::nothrow) Payload(std::current_exception()));
  const auto drop = payload ? delete_as<Payload> : nullptr;
  if (tp_task_set_error(message, payload.get(), drop) != TP_OK) return;
  static_cast<void>(payload.release());
}

// In a catch (...): rethrows the forced unwind of pthread_exit, which is no C++ exception, because
// the library handles the end of the thread.
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

// Runs the body and drops what it throws.
template <class Body>
void silenced(Body&& body) {
  try {
    body();
  } catch (...) {
    pass_forced_unwind();
  }
}

// Returns the exception for a status. A task's own exception is in the payload of its error.
inline std::exception_ptr exception_of(int status, const tp_error_t* error) {
  if (status == TP_ETASK && tp_error_status(error) == TP_ETIMEDOUT) status = TP_ETIMEDOUT;
  const bool known = tp_error_status(error) == status;
  if (known && status == TP_ETASK) {
    if (std::exception_ptr own = Payload::exception_in(tp_error_payload(error))) return own;
    if (std::exception_ptr own = remote_exception_in(tp_error_message(error))) return own;
  }
  switch (status) {
    case TP_ETIMEDOUT:
      return std::make_exception_ptr(TimeoutError());
    case TP_ECLOSED:
      return std::make_exception_ptr(PoolNotRunning());
    case TP_ERUNNING:
      return std::make_exception_ptr(PoolStillRunning());
    case TP_ECANCELED:
      return std::make_exception_ptr(Canceled());
    case TP_ETERMINATED:
      return std::make_exception_ptr(Terminated());
    default:
      break;
  }
  const char* message = known ? tp_error_message(error) : tp_strerror(status);
  return std::make_exception_ptr(Error(status, message));
}

// Whether the call that returned the status has left a sentence in tp_last_error.
inline bool is_refusal(int status) {
  return status == TP_EINVAL || status == TP_EOVERFLOW || status == TP_ENOTSUP;
}

// Throws for a negative status; returns any other.
inline int check(int status, const tp_error_t* error = nullptr) {
  if (status >= 0) return status;
  if (!error && is_refusal(status)) error = tp_last_error();
  std::rethrow_exception(exception_of(status, error));
}

// The same for a wait; returns false when the time was up.
inline bool check_in_time(int status) { return status != TP_ETIMEDOUT && check(status) == TP_OK; }

// Returns the exception for the status of a call that sets the thread's last error. Clears that
// error, so that the exception object doesn't outlive the thread's catch.
inline std::exception_ptr take_exception(int status) {
  std::exception_ptr exception = exception_of(status, tp_last_error());
  tp_clear_error();
  return exception;
}

// check() for such a call.
inline int check_last(int status) {
  if (status >= 0) return status;
  std::rethrow_exception(take_exception(status));
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
