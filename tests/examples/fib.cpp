// SPDX-License-Identifier: MIT
// tp::invoke: parallel recursion. The two calls may run at the same time.
#include "check.h"

#include <tpool/tpool.hpp>

long fib(int n) {
  if (n < 2) return n;
  const auto [a, b] = tp::invoke([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
  return a + b;
}

int main() {
  tp::ThreadPool pool;
  const long value = pool.apply(fib, 27);  // on a worker, which has somebody to offer calls to
  std::printf("fib(27) = %ld\n", value);
  CHECK(value == 196418);
}
