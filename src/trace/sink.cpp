// SPDX-License-Identifier: MIT
// Text on its way to a file, as JSON wants it. Stage: trace, used by all but base.
#include "trace/sink.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <initializer_list>

namespace tp::core {
namespace {

/// How many bytes the UTF-8 character at text has; 0 if there is none (RFC 3629).
std::size_t utf8_length(const unsigned char* text) noexcept {
  const unsigned char lead = text[0];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // the second byte excludes overlong forms, surrogates, and what is above U+10FFFF
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (text[1] < low || text[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((text[i] & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

WriteSignals::WriteSignals() noexcept {
  sigset_t pending;
  sigpending(&pending);
  sigemptyset(&raised_);
  for (const int signal : {SIGPIPE, SIGXFSZ})
    if (!sigismember(&pending, signal)) sigaddset(&raised_, signal);
  pthread_sigmask(SIG_BLOCK, &raised_, &before_);
}

WriteSignals::~WriteSignals() {
  const timespec at_once{0, 0};
  while (sigtimedwait(&raised_, nullptr, &at_once) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Sink::flush() noexcept {
  for (std::size_t done = 0; done < used_ && !error_;) {
    const ssize_t count = write(fd_, buffer_ + done, used_ - done);
    if (count >= 0)
      done += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      error_ = errno;
  }
  used_ = 0;
}

void Sink::put(std::string_view text) noexcept {
  while (!text.empty()) {
    if (used_ == sizeof buffer_) flush();
    const std::size_t part = text.copy(buffer_ + used_, sizeof buffer_ - used_);
    used_ += part;
    text.remove_prefix(part);
  }
}

void Sink::put_escaped(const char* text) noexcept {
  while (*text) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text);
    const std::size_t length = utf8_length(bytes);
    if (length == 0)
      put("\\ufffd");
    else if (*bytes < ' ' || *bytes == 0x7f)
      print("\\u%04x", unsigned{*bytes});
    else if (*bytes == '"' || *bytes == '\\')
      print("\\%c", *text);
    else
      put({text, length});
    text += length ? length : 1;
  }
}

void Sink::print(const char* format, ...) noexcept {
  char text[200];
  std::va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length > 0) put({text, std::min(static_cast<std::size_t>(length), sizeof text - 1)});
}

int Sink::finish() noexcept {
  flush();
  return error_;
}

}  // namespace tp::core
