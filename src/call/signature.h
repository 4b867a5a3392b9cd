// SPDX-License-Identifier: MIT
// Stage 3: what a native function takes and returns; from call/call, to call/cif.
#pragma once

#include <cstddef>

#include "call/type.h"

namespace tp::core {

/// As many as C promises for one call.
inline constexpr std::size_t kMostArgs = 127;

struct Signature {
  Type result;
  std::size_t count = 0;
  Type args[kMostArgs];
};

/// Why a text is no signature: TP_EINVAL, or TP_ENOTSUP for what C has and this library has not.
struct Misread {
  int status = 0;
  char message[160] = "";  // with the column, counted from 1
};

/// Reads `return(arg, arg, …)`. Returns its status; misread says more when it failed.
int parse(const char* text, Signature& signature, Misread& misread) noexcept;

}  // namespace tp::core
