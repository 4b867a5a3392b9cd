// SPDX-License-Identifier: MIT
// Which signatures need no libffi.
#include "call/call.h"

#include "support/test.hpp"
#include "tpool/status.h"

using namespace tp::core;

TEST_CASE("The commonest signatures are called without libffi, and nothing like them is") {
  const auto is_direct = [](const char* text) {
    Signature signature;
    ParseError parse_error;
    REQUIRE(parse(text, signature, parse_error) == TP_OK);
    return direct_run(signature) != nullptr;
  };
  for (const char* text : {"double(double)", "double(double, double)", "pointer(pointer)",
                           "string(pointer)", "size(string)", "int(pointer)", "int(int)",
                           "int32(int, int)", "ulong(ulong, pointer, uint)"}) {
    INFO(text);
    CHECK(is_direct(text));
  }
  for (const char* text : {"double()", "double(float)", "float(double)", "double(double, int)",
                           "double(double, double, double)", "int(uint)", "uint(int)", "int(short)",
                           "int(int, int, int)", "void(pointer)", "pointer()"}) {
    INFO(text);
    CHECK_FALSE(is_direct(text));
  }
}
