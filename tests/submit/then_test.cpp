// SPDX-License-Identifier: MIT
// Continuations: what they get, when they start, how they fail, and what the pool's end does to them.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

TEST_CASE("A continuation runs when its source is ready, with the source as its item") {
  Increment increment;
  Odd odd;
  tp_result_t* seen = nullptr;
  Task<tp_result_t*, void> look(
      [&](tp_result_t* const* source, void*) { return seen = *source, 0; });
  Pool pool(worker_counts());
  const Result source = apply_item(pool, odd, 3);
  const Result next = then(source, increment);
  CHECK(int_of(next) == 8);
  CHECK(int_of(then(next, increment)) == 9);
  CHECK(then(source, look).get() == TP_OK);
  CHECK(seen == source);
  Promise promise(pool);
  const Result after = then(promise.result, increment);
  CHECK(tp_result_ready(after) == 0);
  CHECK(stats_of(pool).queued == 1);
  CHECK(promise.set(1) == TP_OK);
  CHECK(int_of(after) == 2);
}

TEST_CASE("A continuation keeps its source until it has ended") {
  Live live;
  Odd odd;
  Task<tp_result_t*, void> look([](tp_result_t* const* source, void*) {
    void* value = nullptr;
    tp_result_get(*source, 0, &value);
    return static_cast<Tracked*>(value)->alive() ? 0 : 1;
  });
  Task<void, Tracked> make(
      [&](const void*, Tracked* slot) { return Tracked::make(slot, live, 1), 0; });
  make.value_move = Tracked::move;
  make.value_drop = Tracked::drop;
  Pool pool(2);
  Result source = apply_async(pool, make);
  const Result next = then(source, look);
  source.release();
  CHECK(next.get() == TP_OK);
  CHECK(live.dropped == 1);
}

TEST_CASE("A failed source fails a continuation with TP_JOB_ON_SUCCESS, and runs any other") {
  std::atomic<int> runs{0};
  Task<tp_result_t*, void> look([&](tp_result_t* const* source, void*) {
    ++runs;
    return tp_result_get(*source, 0, nullptr) == TP_ETASK ? 0 : 1;
  });
  Task<void, void> fails([](const void*, void*) {
    tp_task_set_error("broken", nullptr, nullptr);
    return 7;
  });
  Job on_success(TP_JOB_ON_SUCCESS);
  Pool pool(worker_counts());
  const Result source = apply_async(pool, fails);
  CHECK(then(source, look).get() == TP_OK);
  CHECK(runs == 1);
  const Result failed = then(source, look, &on_success);
  CHECK(failed.get() == TP_ETASK);
  CHECK(tp_error_code(tp_result_error(failed)) == 7);
  CHECK(std::string(message_of(failed)) == "broken");
  Promise lost(pool);
  lost.release();
  CHECK(then(lost.result, look, &on_success).get() == TP_ELOST);
  CHECK(runs == 1);
  pool.finish();
  CHECK(stats_of(pool).queued == 0);
}

TEST_CASE("A continuation that was accepted runs after close") {
  Increment increment;
  Pool pool(worker_counts());
  Promise promise(pool);
  const Result next = chain(then(promise.result, increment), increment, 10);
  CHECK(tp_pool_close(pool) == TP_OK);
  Result none;
  CHECK(tp_result_then(promise.result, &increment, nullptr, none.out()) == TP_ECLOSED);
  CHECK(promise.set(0) == TP_OK);
  CHECK(int_of(next) == 11);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(tp_result_then(next, &increment, nullptr, none.out()) == TP_ECLOSED);
  CHECK(static_cast<tp_result_t*>(none) == nullptr);
}

TEST_CASE("terminate ends continuations that wait for their source, or are queued") {
  Increment increment;
  increment.count_drops();
  Pool pool(1);
  Promise promise(pool);
  const Result waits = chain(then(promise.result, increment), increment, 2);
  std::optional<Busy> busy(std::in_place, pool, 1);
  Promise ready(pool);
  CHECK(ready.set(1) == TP_OK);
  const Result queued = then(ready.result, increment);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(queued.get() == TP_ETERMINATED);
  CHECK(waits.get() == TP_ETERMINATED);
  busy.reset();
  CHECK(promise.set(1) == TP_ECANCELED);
  CHECK(increment.drops == 4);
}

TEST_CASE(
    "The callbacks, the level, the name and the times of a continuation are those of its options") {
  Increment increment;
  Listening on(nullptr);
  on.flags = TP_JOB_URGENT;
  on.name = "next";
  on.start_after = 0.001;
  Timed late(0.001);
  Listening failing;
  failing.flags = TP_JOB_ON_SUCCESS;
  Pool pool(2);
  Promise promise(pool), never(pool);
  const Result next = then(promise.result, increment, &on);
  const Result timed = then(never.result, increment, &late);
  CHECK(timed.get() == TP_ETIMEDOUT);
  CHECK(promise.set(1) == TP_OK);
  CHECK(int_of(next) == 2);
  CHECK(on.successes == 1);
  CHECK(never.fail(1, nullptr) == TP_OK);
  CHECK(then(never.result, increment, &failing).get() == TP_ETASK);
  CHECK(failing.failures == 1);
  on.start_after = 3600;
  const Result held = then(promise.result, increment, &on);
  CHECK(tp_result_wait(held, kShort) == TP_ETIMEDOUT);
  CHECK(tp_result_cancel_pending(held) == 1);
  CHECK(held.get() == TP_ECANCELED);
}

TEST_CASE("A continuation that nobody keeps runs") {
  Arrivals ran;
  Task<tp_result_t*, void> arrives([&](tp_result_t* const*, void*) { return ran.arrive(), 0; });
  Pool pool(2);
  Promise promise(pool);
  for (int i = 0; i < 10; ++i)
    REQUIRE(tp_result_then(promise.result, &arrives, nullptr, nullptr) == TP_OK);
  CHECK(promise.set(1) == TP_OK);
  ran.wait(10);
  pool.finish();
}

TEST_CASE("A continuation never waits for room, and takes none before its source is ready") {
  Increment increment;
  Step nothing([] {});
  tp_pool_options_t options = pool_options(1);
  options.max_pending = 1;
  Job tries(TP_JOB_TRY);
  Pool pool(options);
  Promise promise(pool);
  const Result next = then(promise.result, increment);
  CHECK(apply_async(pool, nothing, &tries).get() == TP_OK);
  std::optional<Busy> busy(std::in_place, pool, 1);
  CHECK(promise.set(1) == TP_OK);
  const Result after = then(promise.result, increment);
  CHECK(tp_pool_apply_async(pool, &nothing, nullptr, &tries, nullptr) == TP_EAGAIN);
  busy.reset();
  CHECK(int_of(next) == 2);
  CHECK(int_of(after) == 2);
  CHECK(apply_async(pool, nothing, &tries).get() == TP_OK);
}

TEST_CASE("cancel of a continuation reaches its source only where nobody else holds that") {
  Increment increment;
  Odd odd;
  Pool pool(1);
  Busy busy(pool, 1);
  const Result held = apply_item(pool, odd, 1);
  const Result of_held = then(held, increment);
  CHECK(tp_result_cancel(of_held) == TP_OK);
  CHECK(of_held.get() == TP_ECANCELED);
  CHECK(tp_result_ready(held) == 0);
  Promise promise(pool);
  const Result last = chain(then(std::move(promise.result), increment), increment, 5);
  promise.result.release();
  CHECK(tp_result_cancel(last) == TP_OK);
  CHECK(last.get() == TP_ECANCELED);
  CHECK(promise.set(1) == TP_ECANCELED);
  busy.end();
  CHECK(int_of(held) == 3);
}

TEST_CASE("A long chain of continuations needs no stack") {
  const int kind = GENERATE(0, 1, 2, 3);
  const std::size_t many = kind == 0 && !kAddressSanitizer ? 1000000 : 200000;
  const std::size_t n = kThreadSanitizer ? 20000 : many;
  Increment increment;
  Job on_success(TP_JOB_ON_SUCCESS);
  Pool pool(kind == 0 ? 1 : 2);
  Promise promise(pool);
  Result first(tp_result_retain(promise.result));
  promise.result.release();
  const Result last = chain(std::move(first), increment, n, &on_success);
  if (kind == 0) CHECK(promise.set(0) == TP_OK);
  if (kind == 1) CHECK(promise.fail(3, "first") == TP_OK);
  if (kind == 2) CHECK(tp_result_cancel(last) == TP_OK);
  if (kind == 3) CHECK(tp_pool_terminate(pool) == TP_OK);
  constexpr int kStatus[] = {TP_OK, TP_ETASK, TP_ECANCELED, TP_ETERMINATED};
  CHECK(last.get() == kStatus[kind]);
  if (kind == 0) CHECK(int_of(last) == static_cast<int>(n));
}

TEST_CASE("Very many continuations of one result run") {
  const std::size_t n = kThreadSanitizer ? 10000 : 100000;
  std::atomic<std::size_t> runs{0};
  Task<tp_result_t*, void> count([&](tp_result_t* const*, void*) { return ++runs, 0; });
  Pool pool(worker_counts());
  Promise promise(pool);
  for (std::size_t i = 0; i < n; ++i)
    if (tp_result_then(promise.result, &count, nullptr, nullptr) != TP_OK) FAIL("refused");
  CHECK(promise.set(1) == TP_OK);
  pool.finish();
  CHECK(runs == n);
}

TEST_CASE("A done callback that was added before a continuation may wait for it") {
  Increment increment;
  int status = 1;
  Result next;
  Done waits([&](tp_result_t*) { status = tp_result_wait(next, kLong); });
  Pool pool(1);
  Promise promise(pool);
  waits.listen(promise.result);
  *next.out() = then(promise.result, increment).give_away();
  CHECK(promise.set(1) == TP_OK);
  CHECK(status == TP_OK);
}

TEST_CASE("A continuation whose source ends its thread runs") {
  Task<tp_result_t*, int> look([](tp_result_t* const* source, int* value) {
    return *value = tp_result_get(*source, 0, nullptr), 0;
  });
  Step ends([] { pthread_exit(nullptr); });
  Job on_success(TP_JOB_ON_SUCCESS);
  Pool pool(worker_counts());
  const Result source = apply_async(pool, ends);
  const Result next = then(source, look);
  const Result passed = chain(then(source, look, &on_success), look, 3, &on_success);
  CHECK(int_of(next) == TP_ELOST);
  CHECK(passed.get() == TP_ELOST);
}
