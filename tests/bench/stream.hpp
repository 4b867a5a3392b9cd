// SPDX-License-Identifier: MIT
// W8: an ordered stream of values.
#pragma once

#include <cstdint>
#include <deque>

#include "check.hpp"
#include "clock.hpp"

namespace bench {

inline uint64_t square_plus_one(uint64_t i) { return i * i + 1; }

constexpr size_t stream_window = 1024;

// How the tables call a stream of ours with these options.
constexpr const char* name_of_imap(size_t chunksize, size_t buffersize) {
  if (chunksize == 1) return "imap, chunksize 1";
  return buffersize == stream_window ? "imap, window 1024" : "imap";
}

// stream(n, sink) maps 0 ... n-1 to i*i+1 and hands the values to sink in order.
template <class Stream>
Sample ordered_stream(size_t n, Stream stream) {
  uint64_t next = 0;
  auto sink = [&](uint64_t value) { check(value == square_plus_one(next++), "values in order"); };
  Sample sample = timed(n, [&] { stream(n, sink); });
  check(next == n, "each value comes");
  return sample;
}

// The stream of a library that has only handles: a window of them.
template <class Library, class Sink>
void stream_by_window(Library& library, size_t n, Sink& sink) {
  std::deque<decltype(library.template async<square_plus_one>(0))> window;
  auto take_first = [&] {
    sink(library.take(window.front()));
    window.pop_front();
  };
  for (size_t i = 0; i < n; ++i) {
    if (window.size() == stream_window) take_first();
    window.push_back(library.template async<square_plus_one>(i));
  }
  while (!window.empty()) take_first();
}

}  // namespace bench
