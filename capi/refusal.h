// SPDX-License-Identifier: MIT
// Stage 2: what is wrong with an argument, as a status and a sentence; from capi/*, to result/error.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/handle_tag.h"
#include "result/error.h"

namespace tp::capi {

using core::refuse;

/// A flag of a struct, and its name.
struct Flag {
  std::uint32_t bit;
  const char* name;
};

// Each of these sets the thread's last error and returns a status that is not TP_OK. Names are those of the arguments
// in the public headers.

/// tag: nullptr for a handle that is NULL.
[[gnu::cold]] int refuse_handle(const core::HandleTag* tag, core::HandleTag::Kind kind);
/// A struct without a size, or a newer one that uses a field behind those that this library knows.
[[gnu::cold]] int refuse_struct(const char* name, std::size_t size, std::size_t known);
[[gnu::cold]] int refuse_flags(const char* name, std::uint32_t flags, std::uint32_t allowed,
                               const Flag* known, std::size_t n_known);
[[gnu::cold]] int refuse_timeout();
[[gnu::cold]] int refuse_null(const char* name);

// Each of these returns TP_OK, or refuses.

template <std::size_t n>
int check_flags(const char* name, std::uint32_t flags, std::uint32_t allowed,
                const Flag (&known)[n]) {
  return flags & ~allowed ? refuse_flags(name, flags, allowed, known, n) : TP_OK;
}
/// The same where all that are known are allowed.
template <std::size_t n>
int check_flags(const char* name, std::uint32_t flags, const Flag (&known)[n]) {
  std::uint32_t allowed = 0;
  for (const Flag& flag : known) allowed |= flag.bit;
  return check_flags(name, flags, allowed, known);
}
inline int check_timeout(double seconds) { return std::isnan(seconds) ? refuse_timeout() : TP_OK; }
/// pointer: to data or a function.
template <class Pointer>
int check_given(Pointer pointer, const char* name) {
  return pointer ? TP_OK : refuse_null(name);
}

}  // namespace tp::capi
