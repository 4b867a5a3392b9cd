// SPDX-License-Identifier: MIT
// Text on its way to a file, as JSON wants it. Stage: trace, used by all but base.
#pragma once

#include <csignal>
#include <cstddef>
#include <string_view>

namespace tp::core {

/// For a scope in which writing to a pipe that nobody reads, or beyond the limit of a file's size, is
/// an error alone, and no signal.
class WriteSignals {
 public:
  WriteSignals() noexcept;
  ~WriteSignals();
  WriteSignals(const WriteSignals&) = delete;
  WriteSignals& operator=(const WriteSignals&) = delete;

 private:
  sigset_t raised_, before_;
};

/// Writes text in large pieces. After an error it writes nothing more. Not thread-safe.
class Sink {
 public:
  explicit Sink(int fd) noexcept : fd_(fd) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void put(std::string_view text) noexcept;
  /// As inside a JSON string, without the quotes. Bytes that are not UTF-8 become U+FFFD.
  void put_escaped(const char* text) noexcept;
  /// As printf. Cuts the text at 199 bytes.
  [[gnu::format(printf, 2, 3)]] void print(const char* format, ...) noexcept;
  /// Writes the rest. Returns 0 or the first errno.
  int finish() noexcept;

 private:
  void flush() noexcept;

  const int fd_;
  int error_ = 0;
  std::size_t used_ = 0;
  char buffer_[8192];  // on the stack of the thread that ends the trace
};

}  // namespace tp::core
