// SPDX-License-Identifier: MIT
// Stage 2: typed calls; from include/tpool, to src/call/call.
#include "tpool/ffi.h"

#include <cstring>

#include "call/call.h"
#include "handles.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

void put(size_t* out, std::size_t value) noexcept {
  if (out) *out = value;
}

}  // namespace

extern "C" {

int tp_call_create(void (*fn)(void), const char* signature, tp_call_t** call) {
  if (call) *call = nullptr;
  if (!kHasTypedCalls) return check(static_cast<tp_call_t*>(nullptr));
  if (const int status = check_given(fn, "fn"); status != TP_OK) return status;
  if (const int status = check_given(signature, "signature"); status != TP_OK) return status;
  if (const int status = check_given(call, "call"); status != TP_OK) return status;
  TypedCall* made = nullptr;
  Error* error = nullptr;
  const int status = TypedCall::create(fn, signature, made, error);
  *call = to_handle(made);
  return end_with_error(status, error);
}

int tp_call_task(const tp_call_t* call, tp_task_t* task) {
  if (const int status = check(call, task, "task"); status != TP_OK) return status;
  const tp_task_t made = to_call(call)->task();
  std::memcpy(task, &made, made.size);
  return TP_OK;
}

int tp_call_row(const tp_call_t* call, size_t* row_size, size_t* n_args, size_t* value_size) {
  if (const int status = check(call); status != TP_OK) return status;
  put(row_size, to_call(call)->layout().size);
  put(n_args, to_call(call)->signature().count);
  put(value_size, to_call(call)->signature().result.size);
  return TP_OK;
}

int tp_call_arg(const tp_call_t* call, size_t index, size_t* offset, size_t* arg_size) {
  if (const int status = check(call); status != TP_OK) return status;
  const Signature& signature = to_call(call)->signature();
  if (index >= signature.count)
    return refuse(TP_EINVAL, "index is %zu; the signature has %zu arguments", index,
                  signature.count);
  put(offset, to_call(call)->layout().offsets[index]);
  put(arg_size, signature.args[index].size);
  return TP_OK;
}

void tp_call_release(tp_call_t* call) {
  if (!call) return;
  const int status = to_call(call)->handle_tag().check(HandleTag::call);
  if (status == TP_OK || status == TP_EFORKED) to_call(call)->release();
}

}  // extern "C"
