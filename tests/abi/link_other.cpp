// SPDX-License-Identifier: MIT
// The other half of link_main.cpp.
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
int square_in_other(tp::ThreadPool& pool, int x) {
  return pool.apply([](int y) { return y * y; }, x);
}
