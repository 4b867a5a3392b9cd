// SPDX-License-Identifier: MIT
// Stage 7: the exceptions of the C++ layer, which it makes from statuses.
#ifndef TPOOL_ERROR_HPP
#define TPOOL_ERROR_HPP

#include "detail/prologue.hpp"

#include <tpool/error.h>
#include <tpool/status.h>

#include <exception>
#include <stdexcept>
#include <utility>

#include "detail/exceptions.hpp"

namespace tp::v1 {

// A failure other than an exception of the user's own. status() is its TP_ status. The common ones
// have the classes below.
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
class TimeoutError : public Error {
 public:
  TimeoutError() : Error(TP_ETIMEDOUT) {}
};

// The pool was closed or terminated, so it takes no jobs.
class PoolNotRunning : public Error {
 public:
  PoolNotRunning() : Error(TP_ECLOSED) {}
};

// join() was called before close() or terminate().
class PoolStillRunning : public Error {
 public:
  PoolStillRunning() : Error(TP_ERUNNING) {}
};

// The job was cancelled before all of it had run.
class Canceled : public Error {
 public:
  Canceled() : Error(TP_ECANCELED) {}
};

// The pool was terminated before all of the job had run.
class Terminated : public Error {
 public:
  Terminated() : Error(TP_ETERMINATED) {}
};

namespace detail {

// Returns the exception for a status. A task's own exception is in the payload of its error.
inline std::exception_ptr exception_of(int status, const tp_error_t* error) {
  const bool known = tp_error_status(error) == status;
  if (known && status == TP_ETASK) {
    if (std::exception_ptr own = Payload::exception_in(tp_error_payload(error))) return own;
  }
  switch (status) {
    case TP_ETIMEDOUT: return std::make_exception_ptr(TimeoutError());
    case TP_ECLOSED: return std::make_exception_ptr(PoolNotRunning());
    case TP_ERUNNING: return std::make_exception_ptr(PoolStillRunning());
    case TP_ECANCELED: return std::make_exception_ptr(Canceled());
    case TP_ETERMINATED: return std::make_exception_ptr(Terminated());
    default: break;
  }
  const char* message = known ? tp_error_message(error) : tp_strerror(status);
  return std::make_exception_ptr(Error(status, message));
}

// Throws for a negative status; returns any other.
inline int check(int status, const tp_error_t* error = nullptr) {
  if (status < 0) std::rethrow_exception(exception_of(status, error));
  return status;
}

// The same for a wait; returns false when the time was up.
inline bool check_in_time(int status) { return status != TP_ETIMEDOUT && check(status) == TP_OK; }

// check() for a call that sets the thread's last error. Clears that, so that the exception object
// doesn't outlive the thread's catch.
inline int check_last(int status) {
  if (status >= 0) return status;
  std::exception_ptr exception = exception_of(status, tp_last_error());
  tp_clear_error();
  std::rethrow_exception(std::move(exception));
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
