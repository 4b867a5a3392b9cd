// SPDX-License-Identifier: MIT
// Ends of a pool that race with submits and with each other.
#include "stress/ledger.hpp"
#include "stress/noise.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

// Submits until the pool is closed and tells how many it took; -1 when the refusal is another.
static long submit_until_closed(tp_pool_t* pool, Ledger& ledger) {
  Job job;
  ledger.listen(job);
  for (long accepted = 0;; ++accepted) {
    const int status = submit_one(pool, ledger, &job, nullptr);
    if (status != TP_OK) return status == TP_ECLOSED ? accepted : -1;
  }
}

// One thread submits into one pool after another, while this one closes them.
struct CloseRace {
  StartLine line{2};
  std::atomic<tp_pool_t*> pool{nullptr};
  std::atomic<long> accepted{0};
  Ledger ledger;
  Random random{1};

  void submit(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      line.wait();
      accepted = submit_until_closed(pool, ledger);
      line.wait();
    }
  }

  bool close_one(std::size_t workers) {
    Pool current(workers);
    pool = current;
    const long before = ledger.succeeded;
    line.wait();
    spin(random.below(2000));
    const bool closed = tp_pool_close(current) == TP_OK;
    line.wait();
    const bool joined = tp_pool_join(current, kLong) == TP_OK;
    const tp_pool_stats_t stats = stats_of(current);
    return closed && joined && ledger.succeeded - before == accepted &&
           stats.submitted == static_cast<std::uint64_t>(accepted) &&
           stats.completed == stats.submitted;
  }
};

TEST_CASE("close against submit", "[rounds]") {
  CloseRace race;
  std::thread submitter([&] { race.submit(rounds()); });
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < rounds(); ++i) wrong += !race.close_one(1 + i % 2);
  submitter.join();
  CHECK(wrong == 0);
  CHECK(race.ledger.failed == 0);
  CHECK(race.ledger.ran == race.ledger.succeeded);
  CHECK(race.ledger.balanced());
}

TEST_CASE("terminate against eight producers") {
  Random random(2);
  for (std::size_t round = 0; round < rounds(20); ++round) {
    const Noise noise(round);
    Ledger ledger;
    std::atomic<long> accepted{0};
    Pool pool(1 + random.below(3));
    const long enough = random.below(300);
    in_threads(9, [&](std::size_t k) {
      if (k < 8) {
        accepted += submit_until_closed(pool, ledger);
      } else {
        await("enough tasks", [&] { return ledger.ran >= enough; });
        tp_pool_terminate(pool);
      }
    });
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    const tp_pool_stats_t stats = stats_of(pool);
    REQUIRE(ledger.ran == ledger.succeeded);
    REQUIRE(ledger.succeeded + ledger.failed == accepted);
    REQUIRE(stats.submitted == static_cast<std::uint64_t>(accepted));
    REQUIRE(stats.cancelled == static_cast<std::uint64_t>(ledger.failed));
    REQUIRE(ledger.balanced());
  }
}

// One random call of those that end a pool; false when it answers what it must not.
static bool end_somehow(tp_pool_t* pool, Random& random) {
  switch (random.below(3)) {
    case 0:
      return tp_pool_close(pool) == TP_OK;
    case 1:
      return tp_pool_terminate(pool) == TP_OK;
  }
  const int status = tp_pool_join(pool, kLong);
  return status == TP_OK || status == TP_ERUNNING;
}

TEST_CASE("close, terminate and join from eight threads at once") {
  for (std::size_t round = 0; round < rounds(20); ++round) {
    const Noise noise(round);
    Ledger ledger;
    std::atomic<long> accepted{0}, wrong{0};
    Pool pool(1 + round % 4);
    StartLine line(9);
    in_threads(9, [&](std::size_t k) {
      Random random(9 * round + k);
      line.wait();
      if (k == 8) accepted = submit_until_closed(pool, ledger);
      for (int turn = 0; k < 8 && turn < 4; ++turn) wrong += !end_somehow(pool, random);
      wrong += tp_pool_close(pool) != TP_OK;
    });
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    REQUIRE(wrong == 0);
    REQUIRE(ledger.succeeded + ledger.failed == accepted);
    REQUIRE(ledger.balanced());
  }
}

TEST_CASE("a task destroys its own pool while others are queued") {
  for (std::size_t round = 0; round < rounds(20); ++round) {
    const Noise noise(round);
    Ledger ledger;
    std::atomic<int> gone{0};
    Gate queued;
    Step destroy([&] {
      queued.wait();
      tp_pool_destroy(tp_worker_pool());
    });
    tp_pool_options_t options = pool_options(1 + round % 4);
    options.arg = &gone;
    options.arg_drop = count_drop;
    tp_pool_t* pool = Pool(options).give_away();
    forget(pool, destroy);
    Job job;
    ledger.listen(job);
    for (int i = 0; i < 10; ++i) REQUIRE(submit_one(pool, ledger, &job, nullptr) == TP_OK);
    queued.open();
    await("the pool to go", [&] { return gone == 1; });
    REQUIRE(ledger.succeeded + ledger.failed == 10);
    REQUIRE(ledger.balanced());
  }
}
