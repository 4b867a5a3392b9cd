// SPDX-License-Identifier: MIT
// Rows: laid out as the compiler lays out the struct.
#include "call/signature.h"

#include "support/test.hpp"
#include "tpool/status.h"

using namespace tp::core;

static ArgLayout layout_of(const char* text) {
  Signature signature;
  ParseError parse_error;
  REQUIRE(parse(text, signature, parse_error) == TP_OK);
  return ArgLayout(signature);
}

TEST_CASE("A row has the offsets and the size of the struct") {
  struct Mixed {
    char a;
    double b;
    std::int16_t c;
    void* d;
    bool e;
    float f;
    std::uint8_t g;
    long long h;
    std::uint16_t i;
  };
  const ArgLayout layout =
      layout_of("void(char, double, int16, pointer, bool, float, uint8, llong, uint16)");
  CHECK(layout.offsets[0] == offsetof(Mixed, a));
  CHECK(layout.offsets[1] == offsetof(Mixed, b));
  CHECK(layout.offsets[2] == offsetof(Mixed, c));
  CHECK(layout.offsets[3] == offsetof(Mixed, d));
  CHECK(layout.offsets[4] == offsetof(Mixed, e));
  CHECK(layout.offsets[5] == offsetof(Mixed, f));
  CHECK(layout.offsets[6] == offsetof(Mixed, g));
  CHECK(layout.offsets[7] == offsetof(Mixed, h));
  CHECK(layout.offsets[8] == offsetof(Mixed, i));
  CHECK(layout.size == sizeof(Mixed));
}

TEST_CASE(
    "A row is padded behind as a struct is, so that an array of structs is an array of rows") {
  struct Padded {
    double a;
    char b;
  };
  struct Small {
    std::int16_t a;
    char b;
  };
  CHECK(layout_of("int(double, char)").size == sizeof(Padded));
  CHECK(layout_of("int(int16, char)").size == sizeof(Small));
  CHECK(layout_of("int(char, char, char)").size == 3);
}

TEST_CASE("A row of nothing has no size") { CHECK(layout_of("int()").size == 0); }

TEST_CASE("The longest row fits") {
  std::string text = "void(char";
  for (std::size_t i = 1; i < kMostArgs; ++i) text += i % 2 ? ",double" : ",char";
  text += ")";
  const ArgLayout layout = layout_of(text.c_str());
  CHECK(layout.offsets[kMostArgs - 1] == (kMostArgs - 1) * sizeof(double));
  CHECK(layout.size == kMostArgs * sizeof(double));
}
