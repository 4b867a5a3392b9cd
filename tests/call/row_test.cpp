// SPDX-License-Identifier: MIT
// Rows: laid out as the compiler lays out the struct.
#include "call/signature.h"

#include "support/test.hpp"
#include "tpool/status.h"

using namespace tp::core;

static Row row_of(const char* text) {
  Signature signature;
  Misread misread;
  REQUIRE(parse(text, signature, misread) == TP_OK);
  return Row(signature);
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
  const Row row = row_of("void(char, double, int16, pointer, bool, float, uint8, llong, uint16)");
  CHECK(row.offsets[0] == offsetof(Mixed, a));
  CHECK(row.offsets[1] == offsetof(Mixed, b));
  CHECK(row.offsets[2] == offsetof(Mixed, c));
  CHECK(row.offsets[3] == offsetof(Mixed, d));
  CHECK(row.offsets[4] == offsetof(Mixed, e));
  CHECK(row.offsets[5] == offsetof(Mixed, f));
  CHECK(row.offsets[6] == offsetof(Mixed, g));
  CHECK(row.offsets[7] == offsetof(Mixed, h));
  CHECK(row.offsets[8] == offsetof(Mixed, i));
  CHECK(row.size == sizeof(Mixed));
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
  CHECK(row_of("int(double, char)").size == sizeof(Padded));
  CHECK(row_of("int(int16, char)").size == sizeof(Small));
  CHECK(row_of("int(char, char, char)").size == 3);
}

TEST_CASE("A row of nothing has no size") { CHECK(row_of("int()").size == 0); }

TEST_CASE("The longest row fits") {
  std::string text = "void(char";
  for (std::size_t i = 1; i < kMostArgs; ++i) text += i % 2 ? ",double" : ",char";
  text += ")";
  const Row row = row_of(text.c_str());
  CHECK(row.offsets[kMostArgs - 1] == (kMostArgs - 1) * sizeof(double));
  CHECK(row.size == kMostArgs * sizeof(double));
}
