// SPDX-License-Identifier: MIT
// W11: results of results, in time and in memory.
#pragma once

#include <cstdint>

#include "check.hpp"
#include "clock.hpp"
#include "memory.hpp"

namespace bench {

struct Future {
  double ns, bytes;  // of each continuation, or input
  double cpu_ns;
};

// Makes what waits for n results, or continuations, and then has them come.
template <class Make, class Finish>
Future made_and_finished(size_t n, Make make, Finish finish) {
  auto first = make(2000);
  finish(first, 2000);
  double bytes = 0;
  const Sample sample = timed(n, [&] {
    const double start = resident_bytes();
    auto made = make(n);
    bytes = grown_per(start, n);
    finish(made, n);
  });
  return {sample.value, bytes, sample.cpu_ns};
}

// A chain of n continuations of a promise, each of which adds one.
template <class Library>
Future chained(Library& library, size_t n) {
  return made_and_finished(
      n, [&](size_t count) { return library.chain(count); },
      [&](auto chain, size_t count) {
        check(library.finish(chain) == count, "each continuation adds one");
      });
}

// One result that waits for n promises.
template <class Library>
Future joined(Library& library, size_t n) {
  return made_and_finished(
      n, [&](size_t count) { return library.join(count); },
      [&](auto& join, size_t) { library.finish(join); });
}

}  // namespace bench
