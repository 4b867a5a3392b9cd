// SPDX-License-Identifier: MIT
// Stage 3: the types of a signature and what they are in memory; from call/signature, to call/cif.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tp::core {

/// What a call has to know of a C type. Two words with equal types are called the same way.
struct Type {
  enum class Kind : std::uint8_t { none, signed_int, unsigned_int, floating, pointer };

  Kind kind = Kind::none;
  std::uint8_t size = 0;
  std::uint8_t alignment = 1;  // as a member of a struct, which may be less than alignof

  /// The type that a word of a signature names.
  static std::optional<Type> named(std::string_view word) noexcept;

  template <class T>
  static constexpr Type of() noexcept {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      struct Member {
        char before;
        T member;
      };
      constexpr Kind kind = std::is_pointer_v<T>          ? Kind::pointer
                            : std::is_floating_point_v<T> ? Kind::floating
                            : std::is_signed_v<T>         ? Kind::signed_int
                                                          : Kind::unsigned_int;
      return {kind, sizeof(T), offsetof(Member, member)};
    }
  }

  constexpr bool is_void() const noexcept { return kind == Kind::none; }
  friend constexpr bool operator==(const Type&, const Type&) noexcept = default;
};

}  // namespace tp::core
