// SPDX-License-Identifier: MIT
// One result of several: when it is ready, with what outcome, and how it is cut.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

TEST_CASE("when_all is ready when all are, without a value") {
  Pool pool(worker_counts());
  std::vector<Promise> promises;
  std::vector<tp_result_t*> results;
  for (int i = 0; i < 10; ++i) promises.emplace_back(static_cast<tp_pool_t*>(pool));
  for (const Promise& promise : promises) results.push_back(promise.result);
  const Result all = when_all(results);
  std::size_t done = 0, total = 0;
  for (int i = 9; i >= 0; --i) {
    CHECK(tp_result_ready(all) == 0);
    CHECK(tp_result_progress(all, &done, &total) == TP_OK);
    CHECK(done == static_cast<std::size_t>(9 - i));
    CHECK(total == 10);
    CHECK(promises[static_cast<std::size_t>(i)].set(i) == TP_OK);
  }
  CHECK(tp_result_ready(all) == 1);
  CHECK(all.values<void>() == nullptr);
  CHECK(when_all(results).get() == TP_OK);
  CHECK(when_all({results[0], results[0]}).get() == TP_OK);
}

TEST_CASE("when_all fails once all are ready, as the lowest index that did") {
  Pool pool(1);
  Promise a(pool), b(pool), c(pool), d(pool);
  const Result all = when_all({a.result, b.result, c.result, d.result});
  CHECK(d.fail(4, "d") == TP_OK);
  CHECK(c.fail(3, "c") == TP_OK);
  CHECK(a.set(1) == TP_OK);
  CHECK(tp_result_ready(all) == 0);
  CHECK(b.fail(2, "b") == TP_OK);
  CHECK(all.get() == TP_ETASK);
  CHECK(std::string(message_of(all)) == "b");
  CHECK(tp_error_code(tp_result_error(all)) == 2);
}

TEST_CASE("when_any tells the first that is ready, whatever its outcome") {
  Pool pool(worker_counts());
  Promise a(pool), b(pool), c(pool);
  const Result any = when_any({a.result, b.result, c.result});
  CHECK(tp_result_ready(any) == 0);
  CHECK(b.fail(2, "b") == TP_OK);
  CHECK(index_of(any) == 1);
  CHECK(a.set(1) == TP_OK);
  CHECK(index_of(any) == 1);
  CHECK(index_of(when_any({c.result, b.result, a.result})) == 1);
}

TEST_CASE("when_all of none is ready, when_any of none is refused") {
  Result all, any;
  CHECK(tp_when_all(nullptr, 0, all.out()) == TP_OK);
  CHECK(tp_result_ready(all) == 1);
  CHECK(all.get() == TP_OK);
  CHECK(tp_when_any(nullptr, 0, any.out()) == TP_EINVAL);
  CHECK(static_cast<tp_result_t*>(any) == nullptr);
}

TEST_CASE("join waits for a result of several, and terminate ends it") {
  const bool terminates = GENERATE(false, true);
  Pool pool(1);
  Pool other(1);
  Promise mine(pool), far(other);
  const Result all = when_all({mine.result, far.result});
  const Result any = when_any({mine.result, far.result});
  if (terminates) {
    CHECK(tp_pool_terminate(pool) == TP_OK);
    CHECK(all.get() == TP_ETERMINATED);
    CHECK(any.get() == TP_ETERMINATED);
    CHECK(far.set(1) == TP_OK);
  } else {
    CHECK(tp_pool_close(pool) == TP_OK);
    CHECK(mine.set(1) == TP_OK);
    CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
    CHECK(far.set(1) == TP_OK);
    CHECK(all.get() == TP_OK);
    CHECK(index_of(any) == 0);
  }
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  Result none;
  tp_result_t* const results[] = {mine.result};
  CHECK(tp_when_all(results, 1, none.out()) == TP_ECLOSED);
}

TEST_CASE("cancel of a result of several reaches those that nobody else holds") {
  Pool pool(1);
  Promise held(pool), given(pool);
  const Result all = when_all({held.result, given.result});
  given.result.release();
  CHECK(tp_result_cancel(all) == TP_OK);
  CHECK(all.get() == TP_ECANCELED);
  CHECK(given.set(1) == TP_ECANCELED);
  CHECK(held.set(1) == TP_OK);
}

TEST_CASE("cancel of a result of several reaches an input that it has at several places") {
  const bool all = GENERATE(false, true);
  const auto combine = all ? when_all : when_any;
  Pool pool(worker_counts());
  Promise held(pool), given(pool);
  const Result several =
      combine({given.result, held.result, given.result, held.result, given.result});
  given.result.release();
  CHECK(tp_result_cancel(several) == TP_OK);
  CHECK(several.get() == TP_ECANCELED);
  CHECK(given.set(1) == TP_ECANCELED);
  CHECK(held.set(1) == TP_OK);
}

TEST_CASE("cancel reaches through results that have each other at two places") {
  const bool all = GENERATE(false, true);
  const auto combine = all ? when_all : when_any;
  Pool pool(1);
  Promise promise(pool);
  Result last = std::move(promise.result);
  for (int i = 0; i < 1000; ++i) {
    tp_result_t* const next = combine({last, last}).give_away();
    last.release();
    *last.out() = next;
  }
  CHECK(tp_result_cancel(last) == TP_OK);
  CHECK(last.get() == TP_ECANCELED);
  CHECK(promise.set(1) == TP_ECANCELED);
}

TEST_CASE("Results of several nest deep and wide") {
  const bool all = GENERATE(false, true);
  const int n = kThreadSanitizer ? 10000 : 100000;
  const auto combine = all ? tp_when_all : tp_when_any;
  Pool pool(2);
  Promise promise(pool);
  tp_result_t* last = tp_result_retain(promise.result);
  for (int i = 0; i < n; ++i) {
    tp_result_t* const both[] = {last, last};
    tp_result_t* next = nullptr;
    if (combine(both, 2, &next) != TP_OK) FAIL("refused");
    tp_result_release(last);
    last = next;
  }
  const Result deep(last);
  const std::vector<tp_result_t*> many(static_cast<std::size_t>(n), promise.result);
  const Result wide = all ? when_all(many) : when_any(many);
  CHECK(tp_result_ready(deep) == 0);
  CHECK(promise.set(1) == TP_OK);
  CHECK(tp_result_ready(deep) == 1);
  CHECK(deep.get() == TP_OK);
  CHECK(wide.get() == TP_OK);
}

TEST_CASE("Many threads make results of several ready at once") {
  Pool pool(2);
  for (int round = 0; round < 100; ++round) {
    std::vector<Promise> promises;
    std::vector<tp_result_t*> results;
    for (int i = 0; i < 4; ++i) promises.emplace_back(static_cast<tp_pool_t*>(pool));
    for (const Promise& promise : promises) results.push_back(promise.result);
    const Result all = when_all(results), any = when_any(results);
    std::atomic<std::size_t> next{0};
    ThreadGroup threads(4, [&] { promises[next++].set(1); });
    if (round % 2) CHECK(tp_result_cancel(all) == TP_OK);
    threads.join();
    CHECK(tp_result_ready(all) == 1);
    CHECK(index_of(any) < 4);
  }
}

TEST_CASE("A wide fan whose done callbacks end other results needs no stack") {
  constexpr int kWide = kSanitized ? 5000 : 50000;
  Pool pool(1);
  const Promise source(pool);
  std::vector<Promise> others;
  std::vector<Result> fan, next;
  for (int i = 0; i < kWide; ++i) {
    others.emplace_back(static_cast<tp_pool_t*>(pool));
    next.push_back(when_all({others.back().result}));
    fan.push_back(when_all({source.result}));
    const auto set = [](void* promise, tp_result_t*) {
      const int value = 1;
      tp_promise_set(static_cast<tp_promise_t*>(promise), &value);
    };
    tp_promise_t* const other = others.back();
    REQUIRE(tp_result_add_done_callback(fan.back(), set, other) == TP_OK);
  }
  CHECK(source.set(0) == TP_OK);
  std::size_t ready = 0;
  for (const Result& result : next) ready += tp_result_ready(result) == 1;
  CHECK(ready == next.size());
}

TEST_CASE("The child of a done callback has followers of its own") {
  Pool pool(1);
  const Promise source(pool);
  const Result first = when_all({source.result}), second = when_all({source.result});
  int code = -1;
  const auto fork = [](void* to, tp_result_t*) {
    *static_cast<int*>(to) = in_child([] {
      // no thread may start in the child of a sanitizer
      const Pool own(pool_options(1, TP_POOL_NO_THREADS));
      const Promise promise(own);
      const Result all = when_all({promise.result});
      return promise.set(1) == TP_OK && tp_result_ready(all) == 1 ? 0 : 1;
    });
  };
  REQUIRE(tp_result_add_done_callback(first, fork, &code) == TP_OK);
  CHECK(source.set(0) == TP_OK);
  CHECK(code == 0);
  CHECK(tp_result_ready(second) == 1);
}
