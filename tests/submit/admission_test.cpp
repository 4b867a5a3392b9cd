// SPDX-License-Identifier: MIT
// Which jobs a pool accepts, and that what it accepted ends.
#include "support/test.hpp"

using namespace support;

// What each of the eight submits answers; every handle has to be NULL after a refusal.
static std::vector<int> submit_all(tp_pool_t* pool) {
  static Odd task;
  static Numbers source(0);
  int item = 0, value = 0;
  Result handles[5];
  std::vector<int> answers{
      tp_pool_apply(pool, &task, &item, &value),
      tp_pool_map(pool, &task, &item, &value, 1, nullptr),
      tp_pool_for(pool, empty_range, nullptr, 1, nullptr),
      tp_pool_apply_async(pool, &task, &item, nullptr, handles[0].out()),
      tp_pool_map_async(pool, &task, nullptr, 0, nullptr, handles[1].out()),
      tp_pool_for_async(pool, empty_range, nullptr, 0, nullptr, handles[2].out()),
      tp_pool_imap(pool, &task, source.pull, &source, nullptr, handles[3].out()),
      tp_pool_imap_unordered(pool, &task, source.pull, &source, nullptr, handles[4].out())};
  for (std::size_t i = 0; i < 5; ++i) CHECK((handles[i] == nullptr) == (answers[3 + i] != TP_OK));
  return answers;
}

TEST_CASE("Every submit is accepted before close and refused after, for empty maps, too") {
  Pool pool(worker_counts());
  CHECK(submit_all(pool) == std::vector<int>(8, TP_OK));
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(submit_all(pool) == std::vector<int>(8, TP_ECLOSED));
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(submit_all(pool) == std::vector<int>(8, TP_ECLOSED));
  CHECK(stats_of(pool).submitted == 8);
}

TEST_CASE("Every submit is refused after terminate") {
  Pool pool(worker_counts());
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(submit_all(pool) == std::vector<int>(8, TP_ECLOSED));
  CHECK(stats_of(pool).submitted == 0);
}

TEST_CASE("A refused call ran no hook: the caller owns all") {
  Live items;
  Task<Tracked, int> task([](const Tracked*, int*) { return 0; });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.count_drops();
  Numbers source;
  Listening job;
  Job streaming;
  streaming.source_drop = Numbers::drop;
  Pool pool(2);
  CHECK(tp_pool_close(pool) == TP_OK);
  Tracked item;
  Tracked::make(&item, items, 0);
  Result result;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_ECLOSED);
  CHECK(tp_pool_imap(pool, &task, source.pull, &source, &streaming, result.out()) == TP_ECLOSED);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(item.alive());
  CHECK(items.moved == 0);
  CHECK(task.drops == 0);
  CHECK(source.drops == 0);
  CHECK(source.pulled == 0);
  CHECK(job.successes + job.failures == 0);
  Tracked::drop(&item);
}

TEST_CASE("Accepted means completed: submits that race with close run, or are refused") {
  const std::size_t workers = worker_counts();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ran{0}, accepted{0}, wrong{0};
    Gate start;
    Arrivals racing;
    Step task([&] { ++ran; });
    Pool pool(workers);
    ThreadGroup submitters(2, [&] {
      start.wait();
      for (;;) {
        const int status = tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr);
        if (status != TP_OK) {
          if (status != TP_ECLOSED) ++wrong;
          return;
        }
        if (++accepted == 10) racing.arrive();
      }
    });
    start.open();
    racing.wait(1);
    REQUIRE(tp_pool_close(pool) == TP_OK);
    submitters.join();
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    REQUIRE(wrong == 0);
    REQUIRE(ran == accepted);
    REQUIRE(stats_of(pool).completed == static_cast<std::uint64_t>(accepted));
  }
}

TEST_CASE("Accepted means completed: submits that race with terminate get one callback each") {
  const std::size_t workers = worker_counts();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ran{0}, accepted{0};
    Arrivals racing;
    Step task([&] { ++ran; });
    Listening job;
    Pool pool(workers);
    std::thread submitter([&] {
      while (tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) == TP_OK) {
        if (++accepted == 10) racing.arrive();
      }
    });
    racing.wait(1);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    submitter.join();
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    REQUIRE(job.successes == ran);
    REQUIRE(job.successes + job.failures == accepted);
  }
}

TEST_CASE("Jobs of many threads at once all run") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(worker_counts());
  std::atomic<int> refused{0};
  in_threads(4, [&] {
    for (int k = 0; k < 500; ++k) {
      if (tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) != TP_OK) ++refused;
    }
  });
  pool.finish();
  CHECK(refused == 0);
  CHECK(ran == 2000);
}

TEST_CASE("Jobs of all kinds may be mixed on one pool") {
  Pool pool(worker_counts());
  for (int i = 0; i < 20; ++i) REQUIRE(submit_all(pool) == std::vector<int>(8, TP_OK));
  pool.finish();
  CHECK(stats_of(pool).completed == 160);
}
