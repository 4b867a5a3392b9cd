// SPDX-License-Identifier: MIT
// Half of a C++ program whose two files include everything, twice, and share a pool.
#include <tpool/as_completed.hpp>
#include <tpool/asio.hpp>
#include <tpool/coroutine.hpp>
#include <tpool/executor.hpp>
#include <tpool/future.hpp>
#include <tpool/keep_errors.hpp>
#include <tpool/progress.hpp>
#include <tpool/stop_token.hpp>
#include <tpool/tpool.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>

int square_in_other(tp::ThreadPool& pool, int x);

int main() {
  tp::ThreadPool pool(1);
  const int here = pool.apply([](int x) { return x * x; }, 7);
  return here == 49 && square_in_other(pool, 7) == here ? 0 : 1;
}
