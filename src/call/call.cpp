// SPDX-License-Identifier: MIT
// Stage 3: makes typed calls and runs them through libffi; from capi/ffi, to call/cif.
#include "call/call.h"

#include <cstring>
#include <new>

#include "base/fork.h"

namespace tp::core {

int TypedCall::create(NativeFn fn, const char* text, TypedCall*& call, Error*& error) {
  Signature signature;
  ParseError parse_error;
  if (const int status = parse(text, signature, parse_error); status != TP_OK) {
    error = Error::make(status, 0, 0, {strdup(parse_error.message), nullptr, nullptr});
    return status;
  }
  if (!watch_forks()) return TP_ENOMEM;
  auto* const made = new (std::nothrow) TypedCall(fn, signature);
  if (!made) return TP_ENOMEM;
  if (!made->cif_.prepare(made->signature_)) {
    delete made;
    error = Error::make(TP_ENOTSUP, 0, 0,
                        {strdup("libffi has no call of this signature on this machine")});
    return TP_ENOTSUP;
  }
  call = made;
  return TP_OK;
}

TypedCall::TypedCall(NativeFn fn, const Signature& signature) noexcept
    : fn_(fn),
      run_(direct_run(signature)),
      value_at_(Cif::value_at(signature.result)),
      layout_(signature),
      signature_(signature) {
  constexpr tp_task_fn kRuns[] = {run<0>,  run<1>,  run<2>,  nullptr, run<4>,
                                  nullptr, nullptr, nullptr, run<8>};
  if (!run_) run_ = kRuns[signature.result.size];
}

void TypedCall::release() noexcept {
  // acq_rel: the last owner frees it after all others have used it
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

tp_task_t TypedCall::task() const noexcept {
  tp_task_t task{};
  task.size = offsetof(tp_task_t, batch);  // a program of version 1.0 has no more
  task.fn = run_;
  task.ctx = const_cast<TypedCall*>(this);
  task.item_size = layout_.size;
  task.value_size = signature_.result.size;
  task.ctx_drop = drop;
  return task;
}

/// The compiler knows kValueSize, so it copies the value by one instruction.
template <std::size_t kValueSize>
int TypedCall::run(void* ctx, const void* row, void* value) {
  const auto& call = *static_cast<const TypedCall*>(ctx);
  auto* const arguments = static_cast<char*>(const_cast<void*>(row));  // libffi only reads them
  void* args[kMostArgs];
  for (std::size_t i = 0; i < call.signature_.count; ++i)
    args[i] = arguments + call.layout_.offsets[i];
  ReturnSlot returned;
  call.cif_.call(call.fn_, returned, args);
  if constexpr (kValueSize != 0)
    std::memcpy(value, reinterpret_cast<const char*>(&returned) + call.value_at_, kValueSize);
  return 0;
}

}  // namespace tp::core
