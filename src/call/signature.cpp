// SPDX-License-Identifier: MIT
// Stage 3: reads a signature and lays out its arguments; from call/call, to call/cif.
#include "call/signature.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "tpool/status.h"

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

// The functions of <cctype> depend on the locale of the process.
bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_printable(char c) noexcept { return c > ' ' && c <= '~'; }

/// Reads tokens from left to right, up to the first that is wrong.
class Parser {
 public:
  Parser(const char* text, ParseError& error) noexcept : text_(text), error_(error) {}

  bool read(Signature& signature) noexcept {
    return read_type(signature.result) && expect('(', "'('") && read_args(signature) && at_end();
  }

 private:
  bool read_args(Signature& signature) noexcept {
    if (skip(')')) return true;
    do {
      if (at("...")) return fail(TP_ENOTSUP, {"variadic functions are not supported"});
      if (signature.count == kMostArgs) return fail(TP_EINVAL, {"too many arguments"});
      if (!read_arg(signature.args[signature.count])) return false;
      ++signature.count;
    } while (skip(','));
    return expect(')', "',' or ')'");
  }

  bool read_arg(Type& type) noexcept {
    skip_spaces();
    const std::size_t begin = at_;
    if (!read_type(type)) return false;
    if (!type.is_void()) return true;
    at_ = begin;
    return fail(TP_EINVAL, {"void is no argument; a function without any is written with ()"});
  }

  bool read_type(Type& type) noexcept {
    skip_spaces();
    const std::string_view word = peek_word();
    if (word == "struct" || word == "union" || at("{"))
      return fail(TP_ENOTSUP, {"a struct by value is not supported"});
    if (word.empty()) return fail_to_find("a type");
    const auto known = Type::named(word);
    if (!known) return fail(TP_EINVAL, {"unknown type '", shown(word), "'"});
    type = *known;
    at_ += word.size();
    return true;
  }

  bool at_end() noexcept {
    skip_spaces();
    return !text_[at_] || fail_to_find("the end");
  }

  bool skip(char c) noexcept {
    skip_spaces();
    if (text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool expect(char c, std::string_view what) noexcept { return skip(c) || fail_to_find(what); }

  bool fail_to_find(std::string_view what) noexcept {
    const bool is_star = text_[at_] == '*';
    return fail(TP_EINVAL, {"expected ", what, ", found ", found(),
                            is_star ? "; every pointer is named pointer" : ""});
  }

  /// What stands here instead, in ASCII whatever the text is.
  std::string_view found() noexcept {
    const char c = text_[at_];
    if (!c) return "the end";
    const std::string_view word = peek_word();
    if (is_printable(c))
      std::snprintf(found_, sizeof found_, "'%.*s'", word.empty() ? 1 : int(shown(word).size()),
                    text_ + at_);
    else
      std::snprintf(found_, sizeof found_, "byte 0x%02x", static_cast<unsigned char>(c));
    return found_;
  }

  bool fail(int status, std::initializer_list<std::string_view> parts) noexcept {
    char* const message = error_.message;
    const int prefix = std::snprintf(message, sizeof error_.message, "column %zu: ", at_ + 1);
    auto length = static_cast<std::size_t>(prefix);
    for (std::string_view part : parts) {
      part = part.substr(0, sizeof error_.message - 1 - length);
      std::memcpy(message + length, part.data(), part.size());
      length += part.size();
    }
    message[length] = '\0';
    error_.status = status;
    return false;
  }

  void skip_spaces() noexcept {
    while (is_space(text_[at_])) ++at_;
  }
  bool at(const char* token) noexcept {
    skip_spaces();
    return std::strncmp(text_ + at_, token, std::strlen(token)) == 0;
  }
  std::string_view peek_word() const noexcept {
    std::size_t length = 0;
    while (is_letter(text_[at_ + length])) ++length;
    return {text_ + at_, length};
  }

  /// As much of a word as a message has room for.
  static std::string_view shown(std::string_view word) noexcept { return word.substr(0, 40); }

  const char* const text_;
  std::size_t at_ = 0;
  char found_[48];
  ParseError& error_;
};

}  // namespace

std::optional<Type> Type::named(std::string_view word) noexcept {
  for (const Word& known : kWords)
    if (known.text == word) return known.type;
  return {};
}

int parse(const char* text, Signature& signature, ParseError& error) noexcept {
  return Parser(text, error).read(signature) ? TP_OK : error.status;
}

ArgLayout::ArgLayout(const Signature& signature) noexcept {
  const auto pad_to = [this](std::size_t alignment) {
    size = (size + alignment - 1) & ~(alignment - 1);
  };
  std::size_t alignment = 1;
  for (std::size_t i = 0; i < signature.count; ++i) {
    const Type type = signature.args[i];
    pad_to(type.alignment);
    offsets[i] = static_cast<std::uint16_t>(size);
    size += type.size;
    alignment = std::max<std::size_t>(alignment, type.alignment);
  }
  pad_to(alignment);
}

}  // namespace tp::core
