// SPDX-License-Identifier: MIT
// A system that refuses threads.
#include "fault/fault_wrap/error_script.hpp"
#include "fault/fault_wrap/everywhere.hpp"
#include "fault/fault_wrap/job_script.hpp"
#include "fault/fault_wrap/team_script.hpp"

using namespace support;

TEST_CASE("creation is all or nothing when a thread is refused") {
  std::atomic<int> initialized{0}, finalized{0}, dropped{0};
  const PoolHooks options(
      pool_options(8), [&] { return ++initialized, 0; }, [&] { ++finalized; }, [&] { ++dropped; });
  for (long refused = 0; refused < 8; ++refused) {
    NoThreadLeft check;
    tp_pool_t* pool = reinterpret_cast<tp_pool_t*>(&initialized);
    failing::threads.arm(refused, true);
    const int status = tp_pool_create(&options, &pool);
    REQUIRE(failing::threads.disarm());
    CHECK(status == TP_EAGAIN);
    CHECK(pool == nullptr);
    CHECK(dropped == 0);
    CHECK(initialized == finalized);
  }
}

TEST_CASE("growth is all or nothing when a thread is refused") {
  std::atomic<int> initialized{0};
  const PoolHooks hooks(pool_options(2), [&] { return ++initialized, 0; });
  Pool pool(hooks);
  await("the workers", [&] { return initialized == 2; });
  for (long refused = 0; refused < 4; ++refused) {
    failing::threads.arm(refused, true);
    const int status = tp_pool_resize(pool, 6);
    REQUIRE(failing::threads.disarm());
    CHECK(status == TP_EAGAIN);
    std::size_t workers = 0;
    CHECK(tp_pool_workers(pool, &workers) == TP_OK);
    CHECK(workers == 2);
    await("the threads to leave", [&] { return stats_of(pool).workers == 2; });
    CHECK(initialized == 2);  // what has begun has not run anything
  }
  REQUIRE(tp_pool_resize(pool, 6) == TP_OK);
  await("the new workers", [&] { return initialized == 6; });
}

TEST_CASE("a thread that is refused once is asked for again") {
  for (long refused = 0; refused < 4; ++refused) {
    tp_pool_t* pool = nullptr;
    const tp_pool_options_t options = pool_options(4);
    failing::threads.arm(refused, false);
    const int status = tp_pool_create(&options, &pool);
    REQUIRE(failing::threads.disarm());
    REQUIRE(status == TP_OK);
    std::size_t workers = 0;
    CHECK(tp_pool_workers(pool, &workers) == TP_OK);
    CHECK(workers == 4);
    tp_pool_destroy(pool);
  }
}

TEST_CASE("a lost worker that can't be replaced at once costs no job") {
  Step leave([] { pthread_exit(nullptr); });
  Step work([] {});
  Pool pool(1);
  failing::threads.arm(0, true);
  Result lost;
  const int accepted = tp_pool_apply_async(pool, &leave, nullptr, nullptr, lost.out());
  const int ended = lost.get();
  failing::threads.disarm();
  CHECK(accepted == TP_OK);
  CHECK(ended == TP_ELOST);
  for (int i = 0; i < 100; ++i) CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  pool.finish();
}

TEST_CASE("each thread is refused: a clean answer, and what there is works") {
  using failing::fail_everywhere;
  using failing::threads;
  CHECK(fail_everywhere<failing::JobScript>(threads, TP_EAGAIN, true) == 4);
  CHECK(fail_everywhere<failing::JobScript>(threads, TP_EAGAIN, false) >= 3);
  CHECK(fail_everywhere<failing::ErrorScript>(threads, TP_EAGAIN, true) == 3);
  CHECK(fail_everywhere<failing::ErrorScript>(threads, TP_EAGAIN, false) >= 3);
  CHECK(fail_everywhere<failing::TeamScript>(threads, TP_EAGAIN, true) >= 3);
  CHECK(fail_everywhere<failing::TeamScript>(threads, TP_EAGAIN, false) >= 3);
}
