// SPDX-License-Identifier: MIT
// Promises: one value or one failure, from any thread; their results, which are like any other.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

TEST_CASE("A promise is set from any thread and its result has the value") {
  Pool pool(worker_counts());
  Promise outside(pool), inside(pool);
  CHECK(tp_result_ready(outside.result) == 0);
  CHECK(tp_result_wait(outside.result, kShort) == TP_ETIMEDOUT);
  std::size_t done = 9, total = 0;
  CHECK(tp_result_progress(outside.result, &done, &total) == TP_OK);
  CHECK(done == 0);
  CHECK(total == 1);
  CHECK(outside.set(3) == TP_OK);
  CHECK(tp_result_successful(outside.result) == 1);
  CHECK(int_of(outside.result) == 3);
  CHECK(tp_result_item_status(outside.result, 0) == TP_OK);
  CHECK(tp_result_item_status(outside.result, 1) == TP_EINVAL);
  Step sets([&] { inside.set(4); });
  forget(pool, sets);
  CHECK(int_of(inside.result) == 4);
}

TEST_CASE("A promise is set once") {
  Pool pool(1);
  Promise set(pool), failed(pool);
  CHECK(set.set(1) == TP_OK);
  CHECK(set.set(2) == TP_EINVAL);
  CHECK(set.fail(2, "late") == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())) ==
        "promise was set, failed or is being set; it may be set once");
  CHECK(int_of(set.result) == 1);
  CHECK(tp_result_cancel(set.result) == TP_OK);
  CHECK(set.result.get() == TP_OK);
  CHECK(failed.fail(7, "no luck") == TP_OK);
  CHECK(failed.set(1) == TP_EINVAL);
  CHECK(failed.result.get() == TP_ETASK);
  CHECK(tp_error_code(tp_result_error(failed.result)) == 7);
  CHECK(std::string(message_of(failed.result)) == "no luck");
}

TEST_CASE("Of many threads one sets a promise") {
  Pool pool(2);
  for (int round = 0; round < 200; ++round) {
    Promise promise(pool);
    std::atomic<int> succeeded{0}, refused{0};
    ThreadGroup threads(4, [&] {
      const int status = promise.set(5);
      ++(status == TP_OK ? succeeded : refused);
    });
    threads.join();
    CHECK(succeeded == 1);
    CHECK(refused == 3);
    CHECK(int_of(promise.result) == 5);
  }
}

TEST_CASE(
    "The payload of a failed promise is dropped once, and stays with the caller if it is refused") {
  std::atomic<int> drops{0};
  Pool pool(1);
  {
    Promise promise(pool);
    CHECK(tp_promise_fail(promise, 1, nullptr, &drops, count_drop) == TP_OK);
    CHECK(tp_promise_fail(promise, 1, nullptr, &drops, count_drop) == TP_EINVAL);
    CHECK(promise.result.get() == TP_ETASK);
    CHECK(tp_error_payload(tp_result_error(promise.result)) == &drops);
    CHECK(drops == 0);
  }
  CHECK(drops == 1);
  Promise cut(pool);
  CHECK(tp_result_cancel(cut.result) == TP_OK);
  CHECK(tp_promise_fail(cut, 1, "late", &drops, count_drop) == TP_ECANCELED);
  CHECK(drops == 1);
}

TEST_CASE("A promise that is released unset abandons its result") {
  Pool pool(1);
  Promise promise(pool);
  promise.release();
  CHECK(promise.result.get() == TP_ELOST);
  CHECK(std::string(message_of(promise.result)) == "promise abandoned");
}

TEST_CASE("A cut promise is refused and keeps the caller's value") {
  Live live;
  tp_task_t shape{};
  shape.size = sizeof shape;
  shape.value_size = sizeof(Tracked);
  shape.value_move = Tracked::move;
  shape.value_drop = Tracked::drop;
  alignas(Tracked) char memory[sizeof(Tracked)];
  {
    Pool pool(1);
    Promise cancelled(pool, shape), terminated(pool, shape), set(pool, shape), unread(pool, shape);
    Tracked::make(memory, live, 1);
    CHECK(tp_result_cancel(cancelled.result) == TP_OK);
    CHECK(cancelled.result.get() == TP_ECANCELED);
    CHECK(tp_promise_set(cancelled, memory) == TP_ECANCELED);
    CHECK(tp_promise_set(set, memory) == TP_OK);
    CHECK(set.result.values<Tracked>()->number == 1);
    Tracked::make(memory, live, 2);
    unread.result.release();
    CHECK(tp_promise_set(unread, memory) == TP_OK);
    Tracked::make(memory, live, 3);
    CHECK(tp_pool_terminate(pool) == TP_OK);
    CHECK(terminated.result.get() == TP_ETERMINATED);
    CHECK(tp_promise_set(terminated, memory) == TP_ECANCELED);
    Tracked::drop(memory);
  }
  CHECK(live.moved == 2);
}

TEST_CASE("A promise whose value could not be moved may be set again") {
  tp_task_t shape{};
  shape.size = sizeof shape;
  shape.value_size = sizeof(int);
  shape.value_move = [](void* to, void* from) {
    if (*static_cast<int*>(from) < 0) throw std::runtime_error("negative");
    *static_cast<int*>(to) = *static_cast<int*>(from);
  };
  Pool pool(1);
  Promise promise(pool, shape);
  CHECK(promise.set(-1) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_last_error())) == "negative");
  CHECK(tp_result_ready(promise.result) == 0);
  CHECK(promise.set(2) == TP_OK);
  CHECK(int_of(promise.result) == 2);
}

TEST_CASE("A cancel that comes while the value is moved loses, unless the move fails") {
  const bool fails = GENERATE(false, true);
  static std::function<void()> meanwhile;
  tp_task_t shape{};
  shape.size = sizeof shape;
  shape.value_size = sizeof(int);
  shape.value_move = [](void* to, void* from) {
    meanwhile();
    *static_cast<int*>(to) = *static_cast<int*>(from);
  };
  Pool pool(1);
  Promise promise(pool, shape);
  meanwhile = [&] {
    tp_result_cancel(promise.result);
    if (fails) throw std::runtime_error("no");
  };
  CHECK(promise.set(1) == (fails ? TP_ETASK : TP_OK));
  CHECK(promise.result.get() == (fails ? TP_ECANCELED : TP_OK));
  if (fails) CHECK(promise.set(1) == TP_ECANCELED);
}

TEST_CASE("join and wait_idle wait for a promise, which counts as running") {
  Pool pool(worker_counts());
  Promise promise(pool);
  CHECK(stats_of(pool).running == 1);
  CHECK(stats_of(pool).busy == 0);
  CHECK(stats_of(pool).queued == 0);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  CHECK(promise.set(1) == TP_OK);
  CHECK(stats_of(pool).running == 0);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).completed == 1);
  CHECK(int_of(promise.result) == 1);
}

TEST_CASE("A promise takes no room in a bounded pool") {
  tp_pool_options_t options = pool_options(1);
  options.max_pending = GENERATE(as<std::size_t>{}, 0, 1);
  Step nothing([] {});
  Pool pool(options);
  REQUIRE(tp_pool_set_max_pending(pool, 1) == TP_OK);
  Promise first(pool), second(pool);
  Job tries(TP_JOB_TRY);
  for (int i = 0; i < 3; ++i) CHECK(apply_async(pool, nothing, &tries).get() == TP_OK);
  CHECK(first.set(1) == TP_OK);
  second.release();
  for (int i = 0; i < 3; ++i) CHECK(apply_async(pool, nothing, &tries).get() == TP_OK);
}

TEST_CASE("Done callbacks and as_completed see promises on the thread that sets them") {
  std::thread::id where;
  Done done([&](tp_result_t*) { where = std::this_thread::get_id(); });
  Pool pool(2);
  Promise first(pool), second(pool);
  done.listen(first.result);
  Completed completed({first.result, second.result});
  CHECK(second.fail(1, nullptr) == TP_OK);
  CHECK(first.set(1) == TP_OK);
  CHECK(where == std::this_thread::get_id());
  CHECK(completed.rest() == std::vector<std::size_t>{1, 0});
}

TEST_CASE("ctx_drop runs when a promise has ended, and a refused call runs none") {
  std::atomic<int> drops{0};
  tp_task_t shape{};
  shape.size = sizeof shape;
  shape.ctx = &drops;
  shape.ctx_drop = count_drop;
  tp_promise_t* none = nullptr;
  Result no_result;
  Pool pool(1);
  Promise promise(pool, shape);
  CHECK(drops == 0);
  CHECK(tp_promise_set(promise, nullptr) == TP_OK);
  CHECK(drops == 1);
  CHECK(promise.result.values<void>() == nullptr);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_promise_create(pool, &shape, &none, no_result.out()) == TP_ECLOSED);
  CHECK(none == nullptr);
  CHECK(drops == 1);
}

TEST_CASE("A promise outlives its pool") {
  std::optional<Promise> promise;
  {
    Pool pool(1);
    promise.emplace(static_cast<tp_pool_t*>(pool));
  }
  CHECK(promise->result.get() == TP_ETERMINATED);
  CHECK(promise->set(1) == TP_ECANCELED);
}

TEST_CASE("A promise in a pool without threads is waited for") {
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  Promise promise(pool);
  std::thread sets([&] { promise.set(1); });
  CHECK(int_of(promise.result) == 1);
  sets.join();
}
