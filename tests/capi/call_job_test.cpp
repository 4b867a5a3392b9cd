// SPDX-License-Identifier: MIT
// Jobs of typed calls: that they keep the call, and how they fail.
#ifdef TPOOL_FFI
#include "capi/scalings.hpp"
#include "support/busy.hpp"
#include "support/call.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

using namespace support;

// What a native function waits at.
static Gate* gate = nullptr;
static Arrivals* arrivals = nullptr;
static int pass(int x) {
  arrivals->arrive();
  gate->wait();
  return x + 1;
}

TEST_CASE("A call that is released while jobs wait for workers lives as long as they do") {
  Scalings some(100);
  TypedCall call(scale, kScale);
  Result single, mapped, starmapped, stream;
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    const tp_task_t task = call.task();
    const Scaling* rows = some.rows.data();
    REQUIRE(tp_pool_apply_async(pool, &task, rows + 15, nullptr, single.out()) == TP_OK);
    REQUIRE(tp_pool_apply_async(pool, &task, rows + 15, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &task, rows, 100, nullptr, mapped.out()) == TP_OK);
    REQUIRE(tp_pool_starmap_async(pool, call, rows, 100, nullptr, starmapped.out()) == TP_OK);
    REQUIRE(tp_pool_imap(pool, &task, Scalings::pull, &some, nullptr, stream.out()) == TP_OK);
    call.release();
  }
  CHECK(*single.values<double>() == some.expected[15]);
  some.check(mapped.values<double>());
  some.check(starmapped.values<double>());
  double value = 0;
  for (const double expected : some.expected) {
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    REQUIRE(value == expected);
  }
  pool.finish();
}

TEST_CASE("A call that is released while a blocking job runs lives as long as that does") {
  Gate open;
  Arrivals inside;
  gate = &open;
  arrivals = &inside;
  TypedCall call(pass, "int(int)");
  const int rows[] = {1, 2, 3, 4};
  int values[4] = {}, status = TP_END;
  Pool pool(2);
  std::thread caller([&] { status = tp_pool_starmap(pool, call, rows, values, 4, nullptr); });
  inside.wait(1);
  call.release();
  open.open();
  caller.join();
  CHECK(status == TP_OK);
  CHECK(values[3] == 5);
}

TEST_CASE("Jobs that never start give their call back") {
  const Scalings some(100);
  TypedCall call(scale, kScale);
  Result cancelled, terminated;
  Pool pool(2);
  {
    Busy busy(pool, 2);
    const auto submit = [&](Result& result) {
      REQUIRE(tp_pool_starmap_async(pool, call, some.rows.data(), 100, nullptr, result.out()) ==
              TP_OK);
    };
    submit(cancelled);
    submit(terminated);
    call.release();
    CHECK(tp_result_cancel(cancelled) == TP_OK);
    CHECK(tp_pool_terminate(pool) == TP_OK);
  }
  CHECK(cancelled.get() == TP_ECANCELED);
  CHECK(terminated.get() == TP_ETERMINATED);
}

TEST_CASE("A ctx_drop of one's own is called with the call, once") {
  static std::atomic<void*> dropped;
  static std::atomic<int> drops;
  dropped = nullptr;
  drops = 0;
  const TypedCall call(scale, kScale);
  tp_task_t task = call.task();
  task.ctx_drop = [](void* ctx) { dropped = ctx, ++drops; };
  const Scaling row{3, 1};
  Pool pool(1);
  Result result = apply_item(pool, task, row);
  CHECK(*result.values<double>() == 6);
  CHECK(drops == 1);
  CHECK(dropped == call);
}

TEST_CASE("An exception of a native function fails its row, and no other") {
  const TypedCall call(
      +[](short x) -> short {
        if (x % 10 == 3) throw std::runtime_error("three");
        return x;
      },
      "short(short)");
  std::vector<short> rows(50);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<short>(i);
  std::vector<short> values(rows.size());
  Result result;
  Pool pool(worker_counts());
  CHECK(tp_pool_starmap(pool, call, rows.data(), values.data(), 50, nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 3);
  CHECK(std::string(tp_error_message(tp_last_error())) == "three");
  tp_clear_error();
  REQUIRE(tp_pool_starmap_async(pool, call, rows.data(), 50, nullptr, result.out()) == TP_OK);
  CHECK(result.get() == TP_ETASK);
  for (std::size_t i = 0; i < rows.size(); ++i)
    REQUIRE(tp_result_item_status(result, i) == (i % 10 == 3 ? TP_ETASK : TP_OK));
}

TEST_CASE("A native function that ends its thread loses its row, and the call goes on") {
  TypedCall call(
      +[](short x) -> short {
        if (x == 7) pthread_exit(nullptr);
        return x;
      },
      "short(short)");
  std::vector<short> rows(50);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<short>(i);
  Result result;
  Pool pool(worker_counts());
  REQUIRE(tp_pool_starmap_async(pool, call, rows.data(), 50, nullptr, result.out()) == TP_OK);
  call.release();
  CHECK(result.get() == TP_ELOST);
  for (std::size_t i = 0; i < rows.size(); ++i)
    REQUIRE(tp_result_item_status(result, i) == (i == 7 ? TP_ELOST : TP_OK));
  pool.finish();
}

TEST_CASE("Many threads use one call at the same time") {
  const TypedCall call(scale, kScale);
  const Scalings some(500);
  std::atomic<int> wrong{0};
  Pool pool(worker_counts());
  in_threads(4, [&] {
    std::vector<double> values(500);
    for (int i = 0; i < 20; ++i) {
      if (tp_pool_starmap(pool, call, some.rows.data(), values.data(), 500, nullptr) != TP_OK)
        ++wrong;
      if (values != some.expected) ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("A task may starmap, on its own worker if need be") {
  const TypedCall call(scale, kScale);
  const Scalings some(64);
  std::atomic<int> wrong{0};
  Step outer([&] {
    std::vector<double> values(64);
    if (tp_pool_starmap(tp_worker_pool(), call, some.rows.data(), values.data(), 64, nullptr) !=
            TP_OK ||
        values != some.expected)
      ++wrong;
  });
  Pool pool(worker_counts());
  for (int i = 0; i < 20; ++i) REQUIRE(tp_pool_apply(pool, &outer, nullptr, nullptr) == TP_OK);
  CHECK(wrong == 0);
}

#endif
