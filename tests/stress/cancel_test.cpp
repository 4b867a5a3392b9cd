// SPDX-License-Identifier: MIT
// Cancelling jobs that are queued, running or over.
#include "stress/ledger.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

// Holds the statuses of a map's items against how the map itself ended.
static void check_map(const Result& result, const Ledger& ledger, std::size_t n) {
  long done = 0, cancelled = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const int status = tp_result_item_status(result, i);
    done += status == TP_OK;
    cancelled += status == TP_ECANCELED;
  }
  REQUIRE(done + cancelled == static_cast<long>(n));
  REQUIRE(done == ledger.ran);
  REQUIRE(result.get() == (cancelled ? TP_ECANCELED : TP_OK));
  REQUIRE(tp_result_successful(result) == (cancelled ? 0 : 1));
  REQUIRE(ledger.succeeded == (cancelled ? 0 : 1));
}

static void map_round(tp_pool_t* pool, Random& random) {
  Ledger ledger;
  std::vector<Tracked> items(1 + random.below(300));
  for (Tracked& item : items) Tracked::make(&item, ledger.items, 1);
  Job job;
  ledger.listen(job).chunksize = random.below(4);
  Result result;
  const tp_task_t task = ledger.task();
  ledger.book(&job);
  REQUIRE(tp_pool_map_async(pool, &task, items.data(), items.size(), &job, result.out()) == TP_OK);
  std::thread canceller([&, turns = random.below(20000)] {
    spin(turns);
    tp_result_cancel(result);
  });
  const int waited = result.wait();
  canceller.join();
  REQUIRE(waited == TP_OK);
  check_map(result, ledger, items.size());
  result.release();
  for (Tracked& item : items) Tracked::drop(&item);  // they were only lent
  REQUIRE(ledger.balanced());
}

TEST_CASE("cancel against the run of a map") {
  Random random(3);
  Pool pool(2);
  for (std::size_t round = 0; round < rounds(4); ++round) map_round(pool, random);
}

TEST_CASE("cancel against the run of single tasks") {
  Ledger ledger;
  Job job;
  ledger.listen(job);
  Pool pool(2);
  std::atomic<tp_result_t*> victim{nullptr};
  StartLine line(2);
  std::thread canceller([&] {
    for (std::size_t i = 0; i < rounds(); ++i) {
      line.wait();
      tp_result_cancel(victim);
      line.wait();
    }
  });
  long done = 0, wrong = 0;
  for (std::size_t i = 0; i < rounds(); ++i) {
    Result result;
    wrong += submit_one(pool, ledger, &job, result.out()) != TP_OK;
    victim = result;
    line.wait();
    const int status = result.get();
    wrong += status != TP_OK && status != TP_ECANCELED;
    done += status == TP_OK;
    line.wait();
  }
  canceller.join();
  CHECK(wrong == 0);
  CHECK(ledger.ran == done);
  CHECK(ledger.succeeded == done);
  CHECK(ledger.balanced());
}
