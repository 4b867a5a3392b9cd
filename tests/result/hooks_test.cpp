// SPDX-License-Identifier: MIT
// Each item, value, ctx and source is dropped exactly once, in every outcome of its job.
#include "support/test.hpp"

using namespace support;

namespace {

// A task with every hook. The books check themselves at the end of the test.
struct Hooked {
  Hooked()
      : task([this](const Tracked* item, Tracked* value) {
          if (!item->alive()) ++items.wrong;
          if (item->number % 5 == 3) return 1;
          if (item->number % 5 == 4) throw 2;
          Tracked::make(value, values, item->number);
          return 0;
        }),
        source([this](Tracked* item) {
          if (pulled == n) return 0;
          return Tracked::make(item, items, pulled++), 1;
        }) {
    task.item_move = Tracked::move;
    task.item_drop = Tracked::drop;
    task.value_move = Tracked::move;
    task.value_drop = Tracked::drop;
    task.count_drops();
    job.listen();
    streaming.source_drop = Source<Tracked>::drop;
  }

  void apply(tp_pool_t* pool, int number, tp_result_t** result) {
    Tracked item;
    Tracked::make(&item, items, number);
    REQUIRE(tp_pool_apply_async(pool, &task, &item, &job, result) == TP_OK);
    CHECK(!item.alive());
  }

  Live items, values;
  int pulled = 0, n = 60;
  Task<Tracked, Tracked> task;
  Source<Tracked> source;
  Job job, streaming;
};

}  // namespace

TEST_CASE("Hooks: apply jobs that ran, failed, threw, and were not looked at") {
  Hooked hooked;
  Pool pool(worker_counts());
  for (int i = 0; i < 50; ++i) {
    Result result;
    hooked.apply(pool, i, i % 2 == 0 ? result.out() : nullptr);
    if (i % 4 == 0) result.wait();
  }
  pool.finish();
  CHECK(hooked.task.drops == 50);
  CHECK(hooked.items.moved == 50);
  CHECK(hooked.items.dropped == 50);
  CHECK(hooked.values.made == 30);
  CHECK(hooked.job.successes == 30);
  CHECK(hooked.job.failures == 20);
}

TEST_CASE("Hooks: queued apply jobs that were cancelled or terminated") {
  const std::size_t workers = worker_counts();
  Hooked hooked;
  Pool pool(workers);
  Busy busy(pool, workers);
  Result results[20];
  for (int i = 0; i < 20; ++i) hooked.apply(pool, i, results[i].out());
  for (int i = 0; i < 20; i += 2) CHECK(tp_result_cancel(results[i]) == TP_OK);
  CHECK(hooked.items.dropped == 10);
  CHECK(hooked.task.drops == 10);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(hooked.items.dropped == 20);
  CHECK(hooked.task.drops == 20);
  CHECK(hooked.job.failures == 20);
  CHECK(hooked.values.made == 0);
}

TEST_CASE("Hooks: a map's items stay the caller's, its values go with the result") {
  Hooked hooked;
  hooked.task.item_move = nullptr;
  std::vector<Tracked> items(60);
  int number = 0;
  for (Tracked& item : items) Tracked::make(&item, hooked.items, number++);
  {
    Pool pool(worker_counts());
    Result result = map_async(pool, hooked.task, items.data(), 60, &hooked.job);
    CHECK(result.get() == TP_ETASK);
    CHECK(hooked.task.drops == 1);
    CHECK(hooked.items.dropped == 0);
  }
  CHECK(hooked.values.made == 36);
  for (Tracked& item : items) Tracked::drop(&item);
}

TEST_CASE("Hooks: a half-run map that was terminated") {
  const std::size_t workers = worker_counts();
  Hooked hooked;
  Gate gate;
  auto run = hooked.task.body;
  hooked.task.body = [&](const Tracked* item, Tracked* value) {
    return gate.wait(), run(item, value);
  };
  std::vector<Tracked> items(200);
  for (Tracked& item : items) Tracked::make(&item, hooked.items, 0);
  {
    Pool pool(workers);
    Job& job = hooked.job;
    job.chunksize = 1;
    Result result = map_async(pool, hooked.task, items.data(), 200, &job);
    gate.await(1);
    CHECK(tp_pool_terminate(pool) == TP_OK);
    gate.open();
    CHECK(result.get() == TP_ETERMINATED);
    CHECK(hooked.job.failures == 1);
    CHECK(hooked.task.drops == 1);
  }
  CHECK(hooked.values.made == gate.count());
  for (Tracked& item : items) Tracked::drop(&item);
}

TEST_CASE("Hooks: streams read to the end, half read, unread, and thrown away") {
  const auto submit = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  const int reads = GENERATE(100, 17, 0, -1);
  Hooked hooked;
  hooked.streaming.chunksize = GENERATE(as<std::size_t>{}, 0, 4);
  Pool pool(3);
  Result stream;
  tp_result_t** out = reads < 0 ? nullptr : stream.out();
  REQUIRE(submit(pool, &hooked.task, hooked.source.pull, &hooked.source, &hooked.streaming, out) ==
          TP_OK);
  for (int i = 0; i < reads; ++i) {
    Tracked value;
    if (tp_result_next(stream, kLong, &value) == TP_OK) Tracked::drop(&value);
  }
  stream.release();
  pool.finish();
  CHECK(hooked.pulled == 60);
  CHECK(hooked.items.dropped == 60);
  CHECK(hooked.values.made == 36);
  CHECK(hooked.values.dropped == 36);
  CHECK(hooked.task.drops == 1);
  CHECK(hooked.source.drops == 1);
}

TEST_CASE("Hooks: streams that were cut in the middle") {
  const auto submit = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  Hooked hooked;
  hooked.n = 1 << 30;
  hooked.streaming.chunksize = GENERATE(as<std::size_t>{}, 0, 4);
  Pool pool(worker_counts());
  Result stream;
  REQUIRE(submit(pool, &hooked.task, hooked.source.pull, &hooked.source, &hooked.streaming,
                 stream.out()) == TP_OK);
  for (int i = 0; i < 7; ++i) tp_result_next(stream, kLong, nullptr);
  SECTION("cancelled, unread") { CHECK(tp_result_cancel(stream) == TP_OK); }
  SECTION("cancelled and released") {
    CHECK(tp_result_cancel(stream) == TP_OK);
    stream.release();
  }
  SECTION("released, and the pool terminated") {
    stream.release();
    CHECK(tp_pool_terminate(pool) == TP_OK);
  }
  SECTION("destroyed") {}
  stream.release();
  pool.destroy();
  CHECK(hooked.task.drops == 1);
  CHECK(hooked.source.drops == 1);
  CHECK(hooked.items.dropped == hooked.pulled);
}

TEST_CASE("Hooks: jobs of a pool that broke") {
  Hooked hooked;
  Gate submitted;
  const PoolHooks options(pool_options(worker_counts()), [&] { return submitted.wait(), 1; });
  Pool pool(options);
  for (int i = 0; i < 10; ++i) hooked.apply(pool, i, nullptr);
  REQUIRE(tp_pool_imap(pool, &hooked.task, hooked.source.pull, &hooked.source, &hooked.streaming,
                       nullptr) == TP_OK);
  submitted.open();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(hooked.task.drops == 11);
  CHECK(hooked.source.drops == 1);
  CHECK(hooked.pulled == 0);
  CHECK(hooked.items.dropped == 10);
  CHECK(hooked.job.failures == 10);
}

TEST_CASE("Hooks: tasks that ended their thread") {
  Hooked hooked;
  hooked.task.body = [](const Tracked*, Tracked*) -> int { pthread_exit(nullptr); };
  hooked.n = 5;
  Pool pool(2);
  for (int i = 0; i < 5; ++i) hooked.apply(pool, i, nullptr);
  REQUIRE(tp_pool_imap(pool, &hooked.task, hooked.source.pull, &hooked.source, &hooked.streaming,
                       nullptr) == TP_OK);
  pool.finish();
  CHECK(hooked.task.drops == 6);
  CHECK(hooked.source.drops == 1);
  CHECK(hooked.items.dropped == 10);
  CHECK(hooked.job.failures == 5);
}

TEST_CASE("Hooks: the ctx of a for is dropped once, after the last chunk") {
  const int code = GENERATE(0, 3);
  static std::atomic<int> drops;
  drops = 0;
  std::atomic<int> late{0};
  Body body([&](std::size_t, std::size_t) { return late += drops > 0, code; });
  Job job;
  job.ctx_drop = [](void*) { ++drops; };
  Pool pool(worker_counts());
  SECTION("waited for") {
    CHECK(tp_pool_for(pool, Body::run, &body, 1000, &job) == (code == 0 ? TP_OK : TP_ETASK));
  }
  SECTION("started") {
    Result result = for_async(pool, Body::run, &body, 1000, &job);
    CHECK(result.get() == (code == 0 ? TP_OK : TP_ETASK));
  }
  SECTION("of nothing") { CHECK(tp_pool_for(pool, Body::run, &body, 0, &job) == TP_OK); }
  CHECK(drops == 1);
  CHECK(late == 0);
}

TEST_CASE("Hooks: a hook may call the library") {
  Odd other;
  struct Context {
    Odd& other;
    int status = 1, joined = 1;
  } context{other};
  tp_task_t task = TP_TASK(nullptr, &context, int, int);
  task.fn = [](void*, const void*, void*) { return 0; };
  task.ctx_drop = [](void* self) {
    auto* c = static_cast<Context*>(self);
    const int item = 1;
    int value = 0;
    c->joined = tp_pool_join(tp_worker_pool(), TP_FOREVER);
    c->status = tp_pool_apply(tp_worker_pool(), &c->other, &item, &value);
  };
  Pool pool(worker_counts());
  Result result = apply_item(pool, task, 0);
  CHECK(result.wait() == TP_OK);
  CHECK(context.status == TP_OK);
  CHECK(context.joined == TP_EDEADLK);
}
