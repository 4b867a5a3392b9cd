// SPDX-License-Identifier: MIT
// What a process finds where the system has little for it. Run by scripts that make such places.
#include "support/test.hpp"

using namespace support;

// The place has room for 2 threads beside this one, and not for 64.
TEST_CASE("a system that is short of threads", "[.][place]") {
  Step work([] {});
  Pool first(2);
  await("both workers", [] { return worker_threads() == 2; });
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> drops{0};
    NoThreadLeft check;
    tp_pool_options_t options = pool_options(64);
    options.arg = &drops;
    options.arg_drop = count_drop;
    auto* pool = reinterpret_cast<tp_pool_t*>(&options);
    CHECK(tp_pool_create(&options, &pool) == TP_EAGAIN);
    CHECK(pool == nullptr);
    CHECK(drops == 0);
  }
  for (int i = 0; i < 100; ++i) REQUIRE(tp_pool_apply(first, &work, nullptr, nullptr) == TP_OK);
  first.destroy();
  Pool next(2);
  for (int i = 0; i < 100; ++i) REQUIRE(tp_pool_apply(next, &work, nullptr, nullptr) == TP_OK);
  next.finish();
}

// The place says how many.
TEST_CASE("a pool without a number has a worker per CPU that is left", "[.][place]") {
  const char* const wanted = std::getenv("TPOOL_TEST_CPUS");
  REQUIRE(wanted != nullptr);
  std::size_t workers = 0;
  Pool pool(0);
  REQUIRE(tp_pool_workers(pool, &workers) == TP_OK);
  CHECK(workers == std::strtoul(wanted, nullptr, 10));
}

TEST_CASE("10000 tasks of a pool with more workers than it has CPUs", "[.][place]") {
  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  Pool pool(8);
  for (int i = 0; i < 5000; ++i) {
    forget(pool, work);
    REQUIRE(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  }
  pool.finish();
  CHECK(ran == 10000);
}
