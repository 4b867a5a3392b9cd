// SPDX-License-Identifier: MIT
// Stage 2: statuses, errors and the version; from include/tpool, to src/result/error.
#include "result/error.h"
#include "tpool/error.h"
#include "tpool/version.h"

using tp::core::Error;

#define TP_TEXT(x) #x
#define TP_VERSION_TEXT(major, minor, patch) TP_TEXT(major) "." TP_TEXT(minor) "." TP_TEXT(patch)

namespace {

const Error* to_error(const tp_error_t* error) noexcept {
  return reinterpret_cast<const Error*>(error);
}

}  // namespace

extern "C" {

const char* tp_version(void) {
  return TP_VERSION_TEXT(TP_VERSION_MAJOR, TP_VERSION_MINOR, TP_VERSION_PATCH);
}

const char* tp_strerror(int status) { return tp::core::status_text(status); }

int tp_error_status(const tp_error_t* error) {
  return error ? to_error(error)->status() : TP_EINVAL;
}

int tp_error_code(const tp_error_t* error) { return error ? to_error(error)->code() : 0; }

size_t tp_error_index(const tp_error_t* error) { return error ? to_error(error)->index() : 0; }

const char* tp_error_message(const tp_error_t* error) {
  return error ? to_error(error)->message() : tp_strerror(TP_EINVAL);
}

void* tp_error_payload(const tp_error_t* error) {
  return error ? to_error(error)->payload() : nullptr;
}

const tp_error_t* tp_last_error(void) {
  return reinterpret_cast<const tp_error_t*>(tp::core::last_error());
}

void tp_clear_error(void) { tp::core::set_last_error(nullptr); }

}  // extern "C"
