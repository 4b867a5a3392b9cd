// SPDX-License-Identifier: MIT
// W4 and W5: loops over many and over few items that cost next to nothing.
#pragma once

#include <cstdint>
#include <ranges>
#include <vector>

#include "check.hpp"
#include "clock.hpp"

namespace bench {

inline void square_range(const double* in, double* out, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) out[i] = in[i] * in[i] + 1;
}

// The body of one item, which no compiler can see through.
using ItemFn = int (*)(void*, const void*, void*);

inline int square_item(void*, const void* item, void* value) {
  double x = *static_cast<const double*>(item);
  *static_cast<double*>(value) = x * x + 1;
  return 0;
}

inline volatile ItemFn opaque_item = square_item;

// Runs body(i) for each i below n, by whichever loop the library has.
template <class Library, class Body>
void loop_over(Library& library, size_t n, const Body& body) {
  if constexpr (requires { library.for_each(n, body); }) {
    library.for_each(n, body);
  } else {
    library.for_range(n, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) body(i);
    });
  }
}

// W4: x*x+1 over n doubles by loop(in, out), the time of the whole loop.
template <class Loop>
Sample big_loop(size_t n, Loop loop) {
  std::vector<double> in(n), out(n, 0.0);
  for (size_t i = 0; i < n; ++i) in[i] = static_cast<double>(i) * 1e-3;
  Sample sample = timed_often(1, [&] { loop(in, out); });
  check(out.size() == n, "the loop yields as many values as items");
  for (size_t i = 0; i < n; ++i) check(out[i] == in[i] * in[i] + 1, "the loop covers each item");
  return sample;
}

template <class Library>
Sample big_range(Library& library, size_t n) {
  return big_loop(n, [&](const std::vector<double>& in, std::vector<double>& out) {
    library.for_range(n, [from = in.data(), to = out.data()](size_t begin, size_t end) {
      square_range(from, to, begin, end);
    });
  });
}

template <class Library>
Sample big_item(Library& library, size_t n) {
  return big_loop(n, [&, fn = ItemFn(opaque_item)](const std::vector<double>& in,
                                                   std::vector<double>& out) {
    if constexpr (requires { library.map(fn, in, out); }) {
      library.map(fn, in, out);
    } else {
      library.for_each(n, [fn, from = in.data(), to = out.data()](size_t i) {
        fn(nullptr, from + i, to + i);
      });
    }
  });
}

// W4-sum: the sum of n doubles, which are whole numbers, so that each order has the same sum.
template <class Library>
Sample big_sum(Library& library, size_t n) {
  std::vector<double> in(n);
  double expected = 0;
  for (size_t i = 0; i < n; ++i) expected += in[i] = static_cast<double>(i % 1000);
  double sum = 0;
  Sample sample = timed_often(1, [&] { sum = library.sum(in); });
  check(sum == expected, "the sum is that of all values");
  return sample;
}

// The same with the item's code inlined.
template <class Library>
Sample big_inlined(Library& library, size_t n) {
  return big_loop(n, [&](const std::vector<double>& in, std::vector<double>& out) {
    if constexpr (requires { library.map_inlined(in, out); }) {
      library.map_inlined(in, out);
    } else {
      library.for_each(
          n, [from = in.data(), to = out.data()](size_t i) { to[i] = from[i] * from[i] + 1; });
    }
  });
}

// The same into a new vector, of the elements of a vector or of the numbers 0 ... n-1.
template <class Library>
Sample big_map(Library& library, size_t n) {
  return big_loop(n, [&](const std::vector<double>& in, std::vector<double>& out) {
    out = library.map_new([](double x) { return x * x + 1; }, in);
  });
}
template <class Library>
Sample big_index_map(Library& library, size_t n) {
  return big_loop(n, [&](const std::vector<double>&, std::vector<double>& out) {
    auto square = [](size_t i) {
      const double x = static_cast<double>(i) * 1e-3;
      return x * x + 1;
    };
    out = library.map_new(square, std::views::iota(size_t{0}, n));
  });
}

// W5: a whole loop over n slots, each incremented.
template <class Library>
Sample small_loop(Library& library, size_t n) {
  std::vector<uint32_t> slots(n, 0);
  uint32_t runs = 0;
  Sample sample = timed_often(1, [&] {
    loop_over(library, n, [slots = slots.data()](size_t i) { ++slots[i]; });
    ++runs;
  });
  for (uint32_t slot : slots) check(slot == runs, "each loop covers each item once");
  return sample;
}

}  // namespace bench
