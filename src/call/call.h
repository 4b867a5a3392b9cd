// SPDX-License-Identifier: MIT
// Stage 3: a native function with its signature, as a task; from capi/ffi, to call/cif.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/handle_tag.h"
#include "call/cif.h"
#include "call/signature.h"
#include "result/error.h"
#include "tpool/ffi.h"
#include "tpool/task.h"

namespace tp::core {

/// Never changes. Counts its owners: the handle, and each job of its task. Thread-safe.
class TypedCall {
 public:
  /// TP_OK and a call with one owner. Else error may say why; the caller owns it.
  static int create(NativeFn fn, const char* text, TypedCall*& call, Error*& error);

  TypedCall(const TypedCall&) = delete;
  TypedCall& operator=(const TypedCall&) = delete;

  /// A task whose ctx_drop calls release: the thread that submits it calls retain for the job.
  tp_task_t task() const noexcept;
  /// The call that a task came from, or nullptr.
  static TypedCall* of(const tp_task_t& task) noexcept {
    return task.ctx_drop == drop ? static_cast<TypedCall*>(task.ctx) : nullptr;
  }

  void retain() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);  // the caller has a reference
  }
  void release() noexcept;

  NativeFn native() const noexcept { return fn_; }
  const Signature& signature() const noexcept { return signature_; }
  const ArgLayout& layout() const noexcept { return layout_; }
  const HandleTag& handle_tag() const noexcept { return handle_tag_; }

 private:
  TypedCall(NativeFn fn, const Signature& signature) noexcept;
  ~TypedCall() = default;

  static void drop(void* call) noexcept { static_cast<TypedCall*>(call)->release(); }
  template <std::size_t kValueSize>
  static int run(void* ctx, const void* row, void* value);

  const NativeFn fn_;
  tp_task_fn run_;
  std::size_t value_at_;
  std::atomic<std::size_t> refs_{1};
  HandleTag handle_tag_{HandleTag::call};
  Cif cif_;
  const ArgLayout layout_;
  const Signature signature_;
};

/// What runs calls of this signature without libffi; nullptr where libffi has to.
tp_task_fn direct_run(const Signature& signature) noexcept;

// The handle of the C ABI is the address of the call.
inline tp_call_t* to_handle(TypedCall* call) noexcept { return reinterpret_cast<tp_call_t*>(call); }
inline TypedCall* to_call(const tp_call_t* handle) noexcept {
  return reinterpret_cast<TypedCall*>(const_cast<tp_call_t*>(handle));
}

}  // namespace tp::core
