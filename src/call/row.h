// SPDX-License-Identifier: MIT
// Stage 3: where the arguments of a call lie in memory; from call/call, to call/type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "call/signature.h"

namespace tp::core {

/// The arguments of one call, laid out as C lays out the struct that has them as members.
struct Row {
  std::size_t size = 0;
  std::uint16_t offsets[kMostArgs];

  static_assert(kMostArgs * sizeof(std::uint64_t) <= UINT16_MAX);

  explicit Row(const Signature& signature) noexcept {
    std::size_t alignment = 1;
    for (std::size_t i = 0; i < signature.count; ++i) {
      const Type type = signature.args[i];
      pad_to(type.alignment);
      offsets[i] = static_cast<std::uint16_t>(size);
      size += type.size;
      if (type.alignment > alignment) alignment = type.alignment;
    }
    pad_to(alignment);
  }

 private:
  void pad_to(std::size_t alignment) noexcept { size = (size + alignment - 1) & ~(alignment - 1); }
};

}  // namespace tp::core
