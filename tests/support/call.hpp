// SPDX-License-Identifier: MIT
// Owner of a typed call, so that a failed test leaves nothing behind.
#pragma once

#include <tpool/tpool.h>

#include <utility>

#include "support/catch.hpp"

namespace support {

using NativeFn = void (*)();

template <class R, class... Args>
NativeFn native(R (*fn)(Args...)) {
  return reinterpret_cast<NativeFn>(fn);
}

class TypedCall {
 public:
  template <class R, class... Args>
  TypedCall(R (*fn)(Args...), const char* signature) {
    REQUIRE(tp_call_create(native(fn), signature, &call_) == TP_OK);
    REQUIRE(call_ != nullptr);
  }
  ~TypedCall() { release(); }

  TypedCall(const TypedCall&) = delete;
  TypedCall& operator=(const TypedCall&) = delete;

  operator tp_call_t*() const { return call_; }

  tp_task_t task() const {
    tp_task_t task;
    REQUIRE(tp_call_task(call_, &task) == TP_OK);
    return task;
  }

  void release() { tp_call_release(std::exchange(call_, nullptr)); }

 private:
  tp_call_t* call_ = nullptr;
};

}  // namespace support
