// SPDX-License-Identifier: MIT
// Stage 7: an exception as the payload of an error of the library.
#ifndef TPOOL_DETAIL_PAYLOAD_HPP
#define TPOOL_DETAIL_PAYLOAD_HPP

#include "prologue.hpp"

#include <array>
#include <cstring>
#include <exception>
#include <utility>

namespace tp {
inline namespace v1 {
namespace detail {

// Begins with a text that tells it from what C code sets, of whatever size: nothing is read of that
// after the first difference.
struct Payload {
  [[gnu::visibility("hidden")]] static constexpr std::array<char, 16> kMark{"\x7ftp::exception"};

  explicit Payload(std::exception_ptr kept) noexcept : exception(std::move(kept)) {}

  // Returns the exception in a payload; null for none, and for somebody else's.
  static std::exception_ptr exception_in(const void* payload) {
    const bool ours =
        payload != nullptr && std::strcmp(static_cast<const char*>(payload), kMark.data()) == 0;
    return ours ? static_cast<const Payload*>(payload)->exception : nullptr;
  }

  const std::array<char, 16> mark = kMark;
  const std::exception_ptr exception;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
