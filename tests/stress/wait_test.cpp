// SPDX-License-Identifier: MIT
// Waiting for any and for all of several results while they end.
#include "stress/ledger.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

using Handles = std::vector<tp_result_t*>;

static Handles submit_many(tp_pool_t* pool, Ledger& ledger, std::size_t n) {
  Handles results(n);
  for (tp_result_t*& result : results)
    if (submit_one(pool, ledger, nullptr, &result) != TP_OK) give_up("a result");
  return results;
}

static void release_all(const Handles& results) {
  for (tp_result_t* result : results) tp_result_release(result);
}

// Takes the results one by one as they end; tells how many waits went wrong.
static int take_one_by_one(Handles left) {
  int wrong = 0;
  while (!left.empty()) {
    std::size_t index = left.size();
    wrong += tp_wait_any(left.data(), left.size(), kLong, &index) != TP_OK;
    if (index >= left.size()) return wrong + 1;
    wrong += tp_result_ready(left[index]) != 1;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return wrong;
}

TEST_CASE("wait_any and wait_all from several threads while results end and are cancelled") {
  Random random(7);
  Pool pool(2);
  for (std::size_t round = 0; round < rounds(10); ++round) {
    Ledger ledger;
    std::atomic<int> wrong{0};
    const Handles results = submit_many(pool, ledger, 1 + random.below(60));
    in_threads(5, [&](std::size_t k) {
      if (k < 2) wrong += take_one_by_one(results);
      if (k == 2 || k == 3) wrong += tp_wait_all(results.data(), results.size(), kLong) != TP_OK;
      for (std::size_t i = 0; k == 4 && i < results.size(); i += 5) tp_result_cancel(results[i]);
    });
    for (tp_result_t* result : results) wrong += tp_result_ready(result) != 1;
    release_all(results);
    REQUIRE(wrong == 0);
    REQUIRE(ledger.balanced());
  }
}

TEST_CASE("short timeouts leave nothing behind") {
  for (std::size_t round = 0; round < rounds(10); ++round) {
    Gate gate;
    Step task([&] { gate.wait(); });
    Pool pool(1);
    Handles results(2);
    for (tp_result_t*& result : results)
      REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, &result) == TP_OK);
    std::size_t index = 2;
    for (const double timeout : {-1.0, 0.0, 1e-9, 1e-6, 1e-4}) {
      REQUIRE(tp_wait_any(results.data(), 2, timeout, &index) == TP_ETIMEDOUT);
      REQUIRE(tp_wait_all(results.data(), 2, timeout) == TP_ETIMEDOUT);
      REQUIRE(tp_result_wait(results[1], timeout) == TP_ETIMEDOUT);
    }
    gate.open();
    REQUIRE(tp_wait_any(results.data(), 2, kLong, &index) == TP_OK);
    REQUIRE(index == 0);
    REQUIRE(tp_wait_all(results.data(), 2, kLong) == TP_OK);
    release_all(results);
  }
}

TEST_CASE("tasks that wait for any and all of their children") {
  Ledger ledger;
  Task<void, void> parent([&](const void*, void*) {
    const Handles children = submit_many(tp_worker_pool(), ledger, 20);
    std::size_t index = 0;
    int status = tp_wait_any(children.data(), children.size(), kLong, &index);
    if (status == TP_OK) status = tp_wait_all(children.data(), children.size(), kLong);
    release_all(children);
    return status;
  });
  Pool pool(worker_counts());
  for (std::size_t round = 0; round < rounds(10); ++round)
    REQUIRE(tp_pool_apply(pool, &parent, nullptr, nullptr) == TP_OK);
  CHECK(ledger.ran == static_cast<long>(20 * rounds(10)));
  CHECK(ledger.balanced());
}
