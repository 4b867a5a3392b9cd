// SPDX-License-Identifier: MIT
// Stage 3: what a native function takes and returns, and where its arguments lie; from call/call, to call/cif.
#pragma once

#include <cstddef>
#include <cstdint>

#include "call/type.h"

namespace tp::core {

/// As many as C promises for one call.
inline constexpr std::size_t kMostArgs = 127;

struct Signature {
  Type result;
  std::size_t count = 0;
  Type args[kMostArgs];
};

/// Why a text is no signature: TP_EINVAL, or TP_ENOTSUP for what C has and this library does not support.
struct ParseError {
  int status = 0;
  char message[160] = "";  // with the column, counted from 1
};

/// Reads `return(arg, arg, …)`. Returns TP_OK, or the status of misread.
int parse(const char* text, Signature& signature, ParseError& error) noexcept;

/// The arguments of one call in memory, laid out as the members of a C struct.
struct ArgLayout {
  std::size_t size = 0;
  std::uint16_t offsets[kMostArgs];

  static_assert(kMostArgs * sizeof(std::uint64_t) <= UINT16_MAX);

  explicit ArgLayout(const Signature& signature) noexcept;
};

}  // namespace tp::core
