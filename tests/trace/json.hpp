// SPDX-License-Identifier: MIT
// A reader of JSON that takes nothing but JSON (RFC 8259), for the files that traces are written to.
#pragma once

#include <cctype>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace json {

struct Value {
  enum Kind { null, boolean, number, text, list, object } kind = null;
  double amount = 0;
  std::string string;
  std::vector<Value> items;
  std::map<std::string, Value> members;

  bool has(const std::string& key) const { return members.count(key) != 0; }
  const Value& operator[](const std::string& key) const {
    const auto found = members.find(key);
    if (found == members.end()) throw std::runtime_error("no member " + key);
    return found->second;
  }
};

class Reader {
 public:
  // The one value that the text is.
  static Value read(const std::string& text) {
    Reader reader(text);
    Value value = reader.value();
    reader.blank();
    if (reader.at_ != text.size()) reader.fail("something behind the value");
    return value;
  }

 private:
  explicit Reader(const std::string& text) : text_(text) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at byte " + std::to_string(at_) + ": " +
                             text_.substr(at_ < 20 ? 0 : at_ - 20, 60));
  }
  void blank() {
    while (at_ < text_.size() && std::string(" \t\n\r").find(text_[at_]) != std::string::npos)
      ++at_;
  }
  char peek() {
    blank();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void expect(const std::string& word) {
    blank();
    if (text_.compare(at_, word.size(), word) != 0) fail("no " + word);
    at_ += word.size();
  }

  Value value() {
    Value value;
    const char first = peek();
    if (first == '{') {
      read_object(value);
    } else if (first == '[') {
      read_list(value);
    } else if (first == '"') {
      value.kind = Value::text;
      value.string = string();
    } else if (first == 't' || first == 'f') {
      value.kind = Value::boolean;
      value.amount = first == 't';
      expect(first == 't' ? "true" : "false");
    } else if (first == 'n') {
      expect("null");
    } else {
      read_number(value);
    }
    return value;
  }

  void read_object(Value& value) {
    value.kind = Value::object;
    expect("{");
    while (peek() != '}') {
      if (!value.members.empty()) expect(",");
      blank();
      const std::string key = string();
      expect(":");
      if (!value.members.emplace(key, this->value()).second) fail("twice " + key);
    }
    expect("}");
  }

  void read_list(Value& value) {
    value.kind = Value::list;
    expect("[");
    while (peek() != ']') {
      if (!value.items.empty()) expect(",");
      value.items.push_back(this->value());
    }
    expect("]");
  }

  void read_number(Value& value) {
    value.kind = Value::number;
    const std::size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    digits();
    if (at_ < text_.size() && text_[at_] == '.') ++at_, digits();
    value.amount = std::strtod(text_.substr(begin, at_ - begin).c_str(), nullptr);
  }
  void digits() {
    if (at_ == text_.size() || !std::isdigit(static_cast<unsigned char>(text_[at_])))
      fail("no digit");
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  // Escapes of characters beyond ASCII are kept as they are.
  std::string string() {
    expect("\"");
    std::string read;
    for (;; ++at_) {
      if (at_ >= text_.size()) fail("no end of a string");
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < ' ') fail("a control character");
      if (c != '\\')
        read += c;
      else
        read += escaped();
    }
    ++at_;
    return read;
  }
  std::string escaped() {
    const char c = text_[++at_];
    const std::string from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    const std::size_t found = from.find(c);
    if (found != std::string::npos) return {to[found]};
    if (c != 'u') fail("an unknown escape");
    const std::string digits = text_.substr(at_ + 1, 4);
    char* end = nullptr;
    const long code = std::strtol(digits.c_str(), &end, 16);
    if (digits.size() != 4 || *end) fail("an unknown character");
    at_ += 4;
    if (code < 0x80) return {static_cast<char>(code)};
    return "\\u" + digits;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace json
