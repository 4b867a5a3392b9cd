// SPDX-License-Identifier: MIT
// The other half of link_main.cpp.
#include <tpool/tpool.hpp>
#include <tpool/tpool.hpp>

int square_in_other(tp::ThreadPool& pool, int x);
int square_in_other(tp::ThreadPool& pool, int x) {
  return pool.apply([](int y) { return y * y; }, x);
}
