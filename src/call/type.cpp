// SPDX-License-Identifier: MIT
// Stage 3: the words that name a type; from call/signature, to call/cif.
#include "call/type.h"

namespace tp::core {
namespace {

struct Word {
  std::string_view text;
  Type type;
};

constexpr Word kWords[] = {
    {"void", Type::of<void>()},
    {"bool", Type::of<bool>()},
    {"char", Type::of<char>()},
    {"schar", Type::of<signed char>()},
    {"uchar", Type::of<unsigned char>()},
    {"short", Type::of<short>()},
    {"ushort", Type::of<unsigned short>()},
    {"int", Type::of<int>()},
    {"uint", Type::of<unsigned>()},
    {"long", Type::of<long>()},
    {"ulong", Type::of<unsigned long>()},
    {"llong", Type::of<long long>()},
    {"ullong", Type::of<unsigned long long>()},
    {"int8", Type::of<std::int8_t>()},
    {"int16", Type::of<std::int16_t>()},
    {"int32", Type::of<std::int32_t>()},
    {"int64", Type::of<std::int64_t>()},
    {"uint8", Type::of<std::uint8_t>()},
    {"uint16", Type::of<std::uint16_t>()},
    {"uint32", Type::of<std::uint32_t>()},
    {"uint64", Type::of<std::uint64_t>()},
    {"size", Type::of<std::size_t>()},
    {"float", Type::of<float>()},
    {"double", Type::of<double>()},
    {"pointer", Type::of<void*>()},
    {"string", Type::of<const char*>()},
};

}  // namespace

std::optional<Type> Type::named(std::string_view word) noexcept {
  for (const Word& known : kWords)
    if (known.text == word) return known.type;
  return {};
}

}  // namespace tp::core
