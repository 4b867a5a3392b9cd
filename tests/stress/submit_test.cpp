// SPDX-License-Identifier: MIT
// Submitting, waiting and releasing, as fast as it goes.
#include "stress/ledger.hpp"
#include "stress/noise.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

TEST_CASE("submit, wait, release", "[rounds]") {
  const std::size_t threads = GENERATE(1u, 4u);
  const std::size_t each = rounds() / threads;
  std::atomic<std::size_t> ran{0}, wrong{0};
  Step task([&] { ran++; });
  Pool pool(3);
  in_threads(threads, [&](std::size_t) {
    for (std::size_t i = 0; i < each; ++i) {
      const Noise noise(i / 50);
      Result result;
      wrong += tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) != TP_OK;
      wrong += result.wait() != TP_OK;
    }
  });
  CHECK(wrong == 0);
  CHECK(ran == each * threads);
}

TEST_CASE("submit, release", "[rounds]") {
  const std::size_t threads = GENERATE(1u, 4u);
  const std::size_t each = rounds() / threads;
  std::atomic<std::size_t> wrong{0};
  Ledger ledger;
  Pool pool(3);
  in_threads(threads, [&](std::size_t) {
    for (std::size_t i = 0; i < each; ++i) {
      const Noise noise(i / 50);
      Result result;
      wrong += submit_one(pool, ledger, nullptr, result.out()) != TP_OK;
    }
  });
  pool.finish();
  CHECK(wrong == 0);
  CHECK(ledger.ran == static_cast<long>(each * threads));
  CHECK(ledger.balanced());
}

TEST_CASE("many threads that submit a little and end") {
  std::atomic<std::size_t> ran{0}, accepted{0};
  Step task([&] { ran++; });
  Pool pool(2);
  for (std::size_t round = 0; round < rounds(20); ++round) {
    in_threads(8, [&](std::size_t k) {
      for (std::size_t i = 0; i <= k; ++i)
        accepted += tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) == TP_OK;
    });
  }
  pool.finish();
  CHECK(accepted == rounds(20) * 36);
  CHECK(ran == accepted);
}

TEST_CASE("64 waiters on one result") {
  const std::size_t waiters = 64, n = rounds(20);
  std::atomic<std::size_t> arrivals{0}, wrong{0};
  std::size_t done = 0;
  Step task([&] {  // the tasks come one after another, on the only worker
    ++done;
    await("all waiters", [&] { return arrivals >= done * waiters; });
  });
  Pool pool(1);
  const std::vector<Result> results = apply_each(pool, task, n);
  in_threads(waiters, [&](std::size_t) {
    for (const Result& result : results) {
      arrivals++;
      wrong += result.wait() != TP_OK;
    }
  });
  CHECK(wrong == 0);
  CHECK(done == n);
}

// One short life of a pool, ended by close and join, terminate and join, or destroy alone; says how
// many tasks must have run.
static std::size_t live_and_die(Random& random, const tp_task_t& task) {
  const tp_pool_options_t options = pool_options(1 + random.below(4));
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) give_up("a pool");
  const std::size_t n = random.below(20), way = random.below(3);
  for (std::size_t i = 0; i < n; ++i) tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr);
  if (way == 0) tp_pool_close(pool);
  if (way == 1) tp_pool_terminate(pool);
  if (way != 2) tp_pool_join(pool, kLong);
  tp_pool_destroy(pool);
  return way == 0 ? n : 0;
}

TEST_CASE("creating and destroying pools on four threads") {
  NoThreadLeft check;
  std::atomic<std::size_t> ran{0}, least{0};
  Step task([&] { ran++; });
  in_threads(4, [&](std::size_t k) {
    Random random(k);
    for (std::size_t round = 0; round < rounds(4); ++round) least += live_and_die(random, task);
  });
  CHECK(ran >= least);
}
