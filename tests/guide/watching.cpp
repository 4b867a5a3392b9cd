// SPDX-License-Identifier: MIT
// Guide: a bar on the terminal, and progress for a window.
#include <cstdio>
#include <numeric>
#include <tpool/progress.hpp>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int square(int x) { return x * x; }

int main() {
  tp::ThreadPool pool;
  std::vector<int> xs(1000);
  std::iota(xs.begin(), xs.end(), 0);

  auto squares = tp::progress(pool.map_async(square, xs)).get();
  CHECK(squares[7] == 49);

  int sum = 0;
  for (int y : tp::progress(pool.imap(square, xs), xs.size())) sum += y;
  CHECK(sum == 332833500);

  std::size_t shown = 0;
  auto show = [&](const tp::Pace& pace) {
    std::printf("%zu of %zu, %.0f a second\n", pace.done, pace.total, pace.rate());
    shown = pace.done;
  };
  for (int x : tp::progress(xs, show)) sum -= x * x;
  CHECK(sum == 0 && shown == 1000);
}
