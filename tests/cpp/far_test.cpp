// SPDX-License-Identifier: MIT
// Futures that cross the border of a library: program and library share no inline variable.
#include "far.hpp"

#include <tpool/coroutine.hpp>
#include <tpool/when.hpp>

#include "test_pool.hpp"

using namespace counted;

TEST_CASE("a future of a library with hidden symbols is ready in the program", "[cpp]") {
  TestPool pool(2);
  auto future = far::next(pool, 1);
  CHECK(future.get(kLong) == 2);
  CHECK(future.ready());
  CHECK(tp::when_all(future, far::next(pool, 2)).wait(kLong));
  CHECK(std::move(future).then([](int n) { return n * 3; }).get(kLong) == 6);
}

#if defined(__cpp_lib_coroutine)
TEST_CASE("a program is told of a future that a library settles meanwhile", "[cpp]") {
  for (int i = 0; i < 20; ++i) {
    support::Gate gate;
    TestPool pool(1);
    const auto future = far::next_behind(gate, pool, i);
    CHECK_FALSE(future.wait(tp::Timeout(0)));
    gate.open();
    CHECK(future.get(kLong) == i + 1);
  }
}
#endif
