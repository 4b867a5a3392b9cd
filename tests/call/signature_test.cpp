// SPDX-License-Identifier: MIT
// Signatures: what is one, and for each way to be none the column and the reason.
#include "call/signature.h"

#include "support/test.hpp"
#include "tpool/status.h"

using namespace tp::core;

namespace {

// "double" + n arguments of one type
std::string of_count(std::size_t n) {
  std::string text = "double(";
  for (std::size_t i = 0; i < n; ++i) text += i == 0 ? "int" : ",int";
  return text + ")";
}

struct Read {
  explicit Read(const std::string& text) : status(parse(text.c_str(), signature, parse_error)) {}

  Signature signature;
  ParseError parse_error;
  int status;
};

struct Bad {
  std::string text, message;
  int status = TP_EINVAL;
};

void check(const Bad& bad) {
  INFO(bad.text);
  const Read read(bad.text);
  CHECK(read.status == bad.status);
  CHECK(std::string(read.parse_error.message) == bad.message);
}

}  // namespace

TEST_CASE("A signature has a return type and arguments in order") {
  const Read read("ulong(ulong, pointer, uint)");
  REQUIRE(read.status == TP_OK);
  CHECK(read.signature.result == Type::of<unsigned long>());
  REQUIRE(read.signature.count == 3);
  CHECK(read.signature.args[0] == Type::of<unsigned long>());
  CHECK(read.signature.args[1] == Type::of<void*>());
  CHECK(read.signature.args[2] == Type::of<unsigned>());
}

TEST_CASE("A function without arguments is written with empty brackets") {
  for (const char* text : {"void()", "void( )", " void ( ) "}) {
    const Read read(text);
    CHECK(read.status == TP_OK);
    CHECK(read.signature.count == 0);
    CHECK(read.signature.result.is_void());
  }
}

TEST_CASE("White space may stand anywhere but inside a word") {
  const Read read(" \tint\n(\r\nint\v,\f int8 )  ");
  REQUIRE(read.status == TP_OK);
  CHECK(read.signature.count == 2);
  CHECK(read.signature.args[1] == Type::of<std::int8_t>());
}

TEST_CASE("A text that is no signature is refused with the column of what is wrong") {
  const Bad rows[] = {
      {"", "column 1: expected a type, found the end"},
      {"   ", "column 4: expected a type, found the end"},
      {"int", "column 4: expected '(', found the end"},
      {"int int()", "column 5: expected '(', found 'int'"},
      {"(int)", "column 1: expected a type, found '('"},
      {"int(", "column 5: expected a type, found the end"},
      {"int(int", "column 8: expected ',' or ')', found the end"},
      {"int(int,", "column 9: expected a type, found the end"},
      {"int(int,)", "column 9: expected a type, found ')'"},
      {"int(,int)", "column 5: expected a type, found ','"},
      {"int(int int)", "column 9: expected ',' or ')', found 'int'"},
      {"int(int;int)", "column 8: expected ',' or ')', found ';'"},
      {"int)", "column 4: expected '(', found ')'"},
      {"int(int))", "column 9: expected the end, found ')'"},
      {"int() const", "column 7: expected the end, found 'const'"},
      {"int((int))", "column 5: expected a type, found '('"},
      {"foo(int)", "column 1: unknown type 'foo'"},
      {"int(int, Double)", "column 10: unknown type 'Double'"},
      {"unsigned int()", "column 1: unknown type 'unsigned'"},
      {"long double()", "column 6: expected '(', found 'double'"},
      {"int(char*)", "column 9: expected ',' or ')', found '*'; every pointer is named pointer"},
      {"int(int\x01)", "column 8: expected ',' or ')', found byte 0x01"},
      {"int(\xc3\xa9)", "column 5: expected a type, found byte 0xc3"},
  };
  for (const Bad& bad : rows) check(bad);
}

TEST_CASE("void is no type of an argument") {
  const std::string message = "void is no argument; a function without any is written with ()";
  check({"int(void)", "column 5: " + message});
  check({"int(int,  void, int)", "column 11: " + message});
}

TEST_CASE("What C has and a typed call has not is refused as not supported") {
  check({"struct point()", "column 1: a struct by value is not supported", TP_ENOTSUP});
  check({"int(int, struct point)", "column 10: a struct by value is not supported", TP_ENOTSUP});
  check({"int(union u)", "column 5: a struct by value is not supported", TP_ENOTSUP});
  check({"int({int, int})", "column 5: a struct by value is not supported", TP_ENOTSUP});
  check({"int(string, ...)", "column 13: variadic functions are not supported", TP_ENOTSUP});
  check({"int(...)", "column 5: variadic functions are not supported", TP_ENOTSUP});
}

TEST_CASE("There may be as many arguments as C promises, and not one more") {
  const Read most(of_count(kMostArgs));
  CHECK(most.status == TP_OK);
  CHECK(most.signature.count == kMostArgs);
  check({of_count(kMostArgs + 1), "column 516: too many arguments"});
  check({of_count(100000), "column 516: too many arguments"});
}

TEST_CASE("A long word is not more than a message has room for") {
  const std::string word(100000, 'x');
  check({word, "column 1: unknown type '" + std::string(40, 'x') + "'"});
  check({"int(int " + word, "column 9: expected ',' or ')', found '" + std::string(40, 'x') + "'"});
}

TEST_CASE("Every text that is cut short is refused at its end") {
  const std::string whole = "ulong(ulong,pointer,uint)";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Read read(whole.substr(0, length));
    INFO(whole.substr(0, length));
    CHECK(read.status == TP_EINVAL);
    CHECK(std::strncmp(read.parse_error.message, "column ", 7) == 0);
  }
}

TEST_CASE("Every single byte in every place is read or refused, and nothing else happens") {
  const std::string whole = "int(size, double)";
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 1; byte < 256; ++byte) {
      std::string text = whole;
      text[at] = static_cast<char>(byte);
      const Read read(text);
      if (read.status == TP_OK) continue;
      ++refused;
      const std::string message = read.parse_error.message;
      if (message.compare(0, 7, "column ") != 0) FAIL(text);
      for (const char c : message) {
        if (c < ' ' || c > '~') FAIL(text);
      }
    }
  }
  // Only the byte itself, or white space for white space, makes a signature.
  CHECK(refused > 254 * whole.size() - 100);
}
