// SPDX-License-Identifier: MIT
// The words of a signature: each names what C has under that name.
#include "call/type.h"

#include "support/test.hpp"

using tp::core::Type;

TEST_CASE("Every word names the type that C has under that name") {
  CHECK(Type::named("void") == Type::of<void>());
  CHECK(Type::named("bool") == Type::of<bool>());
  CHECK(Type::named("char") == Type::of<char>());
  CHECK(Type::named("schar") == Type::of<signed char>());
  CHECK(Type::named("uchar") == Type::of<unsigned char>());
  CHECK(Type::named("short") == Type::of<short>());
  CHECK(Type::named("ushort") == Type::of<unsigned short>());
  CHECK(Type::named("int") == Type::of<int>());
  CHECK(Type::named("uint") == Type::of<unsigned>());
  CHECK(Type::named("long") == Type::of<long>());
  CHECK(Type::named("ulong") == Type::of<unsigned long>());
  CHECK(Type::named("llong") == Type::of<long long>());
  CHECK(Type::named("ullong") == Type::of<unsigned long long>());
  CHECK(Type::named("int8") == Type::of<std::int8_t>());
  CHECK(Type::named("int16") == Type::of<std::int16_t>());
  CHECK(Type::named("int32") == Type::of<std::int32_t>());
  CHECK(Type::named("int64") == Type::of<std::int64_t>());
  CHECK(Type::named("uint8") == Type::of<std::uint8_t>());
  CHECK(Type::named("uint16") == Type::of<std::uint16_t>());
  CHECK(Type::named("uint32") == Type::of<std::uint32_t>());
  CHECK(Type::named("uint64") == Type::of<std::uint64_t>());
  CHECK(Type::named("size") == Type::of<std::size_t>());
  CHECK(Type::named("float") == Type::of<float>());
  CHECK(Type::named("double") == Type::of<double>());
  CHECK(Type::named("pointer") == Type::of<void*>());
  CHECK(Type::named("string") == Type::of<const char*>());
}

TEST_CASE("No other word names a type") {
  for (const std::string word : {"", "Int", "int ", "in", "intt", "unsigned", "const", "int128"}) {
    INFO(word);
    CHECK_FALSE(Type::named(word).has_value());
  }
}

TEST_CASE("A type is its kind, its size and its place in a struct") {
  struct WithDouble {
    char before;
    double member;
  };
  CHECK(Type::of<double>().kind == Type::Kind::floating);
  CHECK(Type::of<double>().alignment == offsetof(WithDouble, member));
  CHECK(Type::of<short>().kind == Type::Kind::signed_int);
  CHECK(Type::of<short>().size == sizeof(short));
  CHECK(Type::of<bool>().kind == Type::Kind::unsigned_int);
  CHECK(Type::of<void>().is_void());
  CHECK(Type::of<void>().size == 0);
  CHECK(Type::of<void*>() != Type::of<std::uintptr_t>());
  CHECK(Type::of<int>() != Type::of<unsigned>());
}
