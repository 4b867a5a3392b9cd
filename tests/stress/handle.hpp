// SPDX-License-Identifier: MIT
// A result that is released whichever way its scope is left.
#pragma once

#include <tpool/tpool.h>

namespace stress {

struct Handle {
  explicit Handle(tp_result_t* owned = nullptr) : result(owned) {}
  ~Handle() { tp_result_release(result); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  tp_result_t* result;
};

}  // namespace stress
