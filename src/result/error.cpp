// SPDX-License-Identifier: MIT
// Stage 6: errors and each thread's last one; from queue/*, to the waiter.
#include "result/error.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/order.h"
#include "base/slab.h"
#include "base/thread_exit.h"
#include "result/call_scope.h"

namespace tp::core {
namespace {

struct LastError {
  Error* error = nullptr;
  bool hooked = false;
  ThreadExit exit;
};

LastError* last() noexcept { return per_thread<LastError>(PerThread::last_error); }

// Without destructors: a thread may read an error while the process exits.
#define TP_STATIC_ERROR(name, value, text) {value, 0, 0, {}, false},
constinit Error shared_errors[] = {TP_STATUS_MAP(TP_STATIC_ERROR)};
#undef TP_STATIC_ERROR

}  // namespace

void Cause::drop() {
  const Cause cause = std::exchange(*this, {});
  std::free(cause.message);
  if (cause.payload) call_hook(cause.payload_drop, cause.payload);
}

Error* Error::make(int status, int code, std::size_t index, Cause cause) {
  void* const memory = slab_alloc(sizeof(Error));
  if (memory) return new (memory) Error(status, code, index, cause, true);
  cause.drop();
  return of(status);
}

Error* Error::of(int status) noexcept {
  for (Error& error : shared_errors)
    if (error.status() == status) return &error;
  return of(TP_EINVAL);
}

void Error::release() {
  if (!counted_) return;
  order::release(this);
  // acq_rel: the others have read the error before the last owner frees it
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  order::acquire(this);
  const ScopeExit free([this] { slab_free(this, sizeof(Error)); });
  cause_.drop();
}

const char* Error::message() const noexcept {
  return cause_.message ? cause_.message : status_text(status_);
}

const char* status_text(int status) noexcept {
  switch (status) {
#define TP_STATUS_TEXT(name, value, text) \
  case value:                             \
    return text;
    TP_STATUS_MAP(TP_STATUS_TEXT)
#undef TP_STATUS_TEXT
  }
  return "Unknown status";
}

Error* last_error() noexcept {
  if (this_thread.error_lost) return Error::of(TP_ENOMEM);
  const LastError* const mine = last();
  return mine ? mine->error : nullptr;
}

void set_last_error(Error* error) {
  LastError* const mine = last();
  this_thread.error_lost = error && !mine;
  if (error && mine && !mine->hooked) {
    mine->exit.run = [](ThreadExit&) {
      last()->hooked = false;  // a payload_drop may set a new error
      set_last_error(nullptr);
    };
    mine->hooked = at_thread_exit(mine->exit);
  }
  Error* const old = mine ? std::exchange(mine->error, error) : error;
  if (old) old->release();
}

int refuse(int status, const char* format, ...) {
  Cause cause;
  std::va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&cause.message, format, arguments) < 0) cause.message = nullptr;
  va_end(arguments);
  set_last_error(cause.message ? Error::make(status, 0, 0, cause) : Error::of(status));
  return status;
}

}  // namespace tp::core
