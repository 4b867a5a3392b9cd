// SPDX-License-Identifier: MIT
// Quick chunks are claimed many at a time; when they turn out slow, a pause, a higher priority, a smaller
// pool or a deadline takes effect after the one that runs, not after all that were claimed.
#include "queue/cost.h"
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kItems = 20'000, kQuick = 5'000;
enum class Kind { loop, map, stream };

// A loop, a map or a stream whose items are quick until one of them calls a function; counts the items
// that begin after that has returned.
struct Run {
  explicit Run(Kind of, std::size_t chunksize) : kind(of), numbers(kItems), items(kItems) {
    job.chunksize = chunksize;
    job.buffersize = TP_UNBOUNDED;
  }

  int start(tp_pool_t* pool) {
    if (kind == Kind::map)
      return tp_pool_map_async(pool, &task, items.data(), items.size(), &job, result.out());
    if (kind == Kind::stream)
      return tp_pool_imap(pool, &task, Numbers::pull, &numbers, &job, result.out());
    const auto chunk = [](void* self, std::size_t begin, std::size_t end) {
      for (; begin < end; ++begin) static_cast<Run*>(self)->item();
      return 0;
    };
    return tp_pool_for_async(pool, chunk, this, kItems, &job, result.out());
  }

  void item() {
    if (switched) ++late;
    if (++ran == kQuick) {
      then();
      switched = true;
    }
  }
  // How many items of the chunk there are behind the one that called.
  int rest_of_chunk() const {
    const int chunk = job.chunksize ? static_cast<int>(job.chunksize) : 1;
    return (chunk - kQuick % chunk) % chunk;
  }

  Kind kind;
  Numbers numbers;
  std::vector<int> items;
  Task<int, void> task{[this](const int*, void*) { return item(), 0; }};
  Job job;
  Result result;
  std::function<void()> then;
  std::atomic<bool> switched{false};
  std::atomic<int> ran{0}, late{0};
};

// All kinds; a loop without a size of the caller's is one call for each claim.
std::vector<std::pair<Kind, std::size_t>> kinds() {
  return {{Kind::loop, 1}, {Kind::loop, 3},   {Kind::map, 0},   {Kind::map, 1},
          {Kind::map, 3},  {Kind::stream, 0}, {Kind::stream, 3}};
}

}  // namespace

TEST_CASE("A pause takes effect after the chunk that runs, however many were claimed with it") {
  const int workers = GENERATE(1, 2, 4);
  for (const auto& [kind, chunksize] : kinds()) {
    CAPTURE(workers, int(kind), chunksize);
    Run run(kind, chunksize);
    Pool pool(static_cast<std::size_t>(workers));
    tp_pool_t* const handle = pool;
    run.then = [handle] { tp_pool_pause(handle); };
    REQUIRE(run.start(pool) == TP_OK);
    await("the pause", [&] { return run.switched.load(); });
    await("the running chunks to end", [&] { return stats_of(pool).busy == 0; });
    await_others_asleep();
    const int chunk = chunksize ? static_cast<int>(chunksize) : 1;
    CHECK(run.late <= (workers == 1 ? run.rest_of_chunk() : workers * chunk));
    REQUIRE(tp_pool_resume(pool) == TP_OK);
    CHECK(run.result.wait() == TP_OK);
    CHECK(run.ran == kItems);
  }
}

TEST_CASE("A job of a higher priority starts after the chunk that runs") {
  const auto [level, above] =
      GENERATE(std::pair<std::uint32_t, std::uint32_t>{0, TP_JOB_URGENT},
               std::pair<std::uint32_t, std::uint32_t>{TP_JOB_BACKGROUND, 0});
  for (const auto& [kind, chunksize] : kinds()) {
    CAPTURE(level, int(kind), chunksize);
    Run run(kind, chunksize);
    run.job.flags = level;
    int late = -1;
    Step looks([&] { late = run.late; });
    Job higher(above);
    Pool pool(1);
    tp_pool_t* const handle = pool;
    run.then = [&, handle] {
      if (tp_pool_apply_async(handle, &looks, nullptr, &higher, nullptr) != TP_OK) give_up("room");
      // what follows is slow: a look at the submit queues every 10 us comes after the first of it
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
      while (std::chrono::steady_clock::now() < until) {
      }
    };
    REQUIRE(run.start(pool) == TP_OK);
    CHECK(run.result.wait() == TP_OK);
    CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(late == run.rest_of_chunk());
    CHECK(run.ran == kItems);
  }
}

TEST_CASE("A worker that is too many leaves after the chunk that runs") {
  for (const auto& [kind, chunksize] : kinds()) {
    CAPTURE(int(kind), chunksize);
    Run run(kind, chunksize);
    std::atomic<bool> leaving{false};
    std::atomic<int> late{0};
    Pool pool(2);
    tp_pool_t* const handle = pool;
    run.then = [&, handle] {
      tp_pool_resize(handle, 1);
      leaving = true;
    };
    const auto body = [&](const int*, void*) {
      if (leaving && tp_worker_index() == 1) ++late;
      return run.item(), 0;
    };
    run.task.body = body;
    REQUIRE(run.start(pool) == TP_OK);
    CHECK(run.result.wait() == TP_OK);
    if (kind != Kind::loop) CHECK(late <= (chunksize ? static_cast<int>(chunksize) : 1));
    CHECK(run.ran == kItems);
  }
}

TEST_CASE("Without a thread that watches it a deadline takes effect after the chunk that runs") {
  for (const auto& [kind, chunksize] : kinds()) {
    CAPTURE(int(kind), chunksize);
    Run run(kind, chunksize);
    Pool pool(pool_options(1, TP_POOL_NO_THREADS));
    run.then = [&] {
      while (!tp_task_stop_requested()) {
      }
    };
    run.job.deadline = 0.05;
    REQUIRE(run.start(pool) == TP_OK);
    while (tp_result_ready(run.result) == 0) tp_worker_enter(pool, nullptr, 0, nullptr);
    if (run.switched) CHECK(run.late <= run.rest_of_chunk());
    CHECK(tp_result_wait(run.result, 0) == TP_OK);
  }
}

TEST_CASE("A stream leaves a slow source for a pause, and starts nothing that it brought") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4);
  std::atomic<bool> paused{false};
  std::atomic<int> pulled{0}, late{0}, started{0};
  Pool pool(workers);
  tp_pool_t* const handle = pool;
  Source<int> source([&, handle](int* item) {
    if (paused) ++late;
    *item = pulled;
    if (++pulled == kQuick) {
      tp_pool_pause(handle);
      paused = true;
    }
    return pulled < kItems ? 1 : 0;
  });
  Task<int, void> task([&](const int*, void*) { return started += paused, 0; });
  Chunked job(0, TP_UNBOUNDED);
  Result stream = imap(pool, task, source, &job);
  await("the pause", [&] { return paused.load(); });
  await("the running items to end", [&] { return stats_of(pool).busy == 0; });
  await_others_asleep();
  CHECK(late == 0);
  CHECK(started < static_cast<int>(workers));
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(stream.wait() == TP_OK);
  CHECK(pulled == kItems);
}

TEST_CASE(
    "Who helps with a loop that was quick stops when its group pauses, and the rest goes on "
    "later") {
  enum { by_map, by_batches, by_for };
  const auto kind = GENERATE(as<int>{}, by_map, by_batches, by_for);
  const std::size_t workers = worker_counts();
  CAPTURE(kind, workers);
  Gate first;
  std::atomic<int> ran{0};
  const auto run = [&](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      if (++ran == 1) first.wait();
    return 0;
  };
  Task<int, void> task([&](const int*, void*) { return run(1); });
  if (kind == by_batches)
    task.batch = [](void* self, const void* items, void*, std::size_t n, std::size_t*) {
      for (std::size_t i = 0; i < n; ++i)
        static_cast<Task<int, void>*>(self)->body(static_cast<const int*>(items) + i, nullptr);
      return 0;
    };
  Body body([&](std::size_t begin, std::size_t end) { return run(end - begin); });
  const std::vector<int> items = range(1000);
  Result loop;
  int status = TP_EINVAL;
  InGroup job(nullptr);
  tp_pool_t* handle = nullptr;
  Step helps([&] {  // the time that a short run before would have noted
    auto* const costs = tp::core::cost_table();
    costs->note(reinterpret_cast<void*>(task.fn), task.ctx, 1);
    costs->note(reinterpret_cast<void*>(Body::run), &body, 1);
    status = kind == by_for
                 ? tp_pool_for_async(handle, Body::run, &body, 1000, &job, loop.out())
                 : tp_pool_map_async(handle, &task, items.data(), 1000, &job, loop.out());
    if (status == TP_OK) status = loop.wait();
  });
  HeldStep busy;
  Pool pool(workers);
  handle = pool;
  Group group(pool);
  job.group = group;
  apply_times(pool, busy, workers - 1);
  busy.gate.await(static_cast<int>(workers) - 1);
  const Result helper = apply_async(pool, helps);
  first.await(1);
  CHECK(tp_group_pause(group) == TP_OK);
  first.open();
  await_others_asleep();
  CHECK(ran == 1);
  busy.gate.open();
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  CHECK(ran == 1);
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(helper.get() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(ran == 1000);
}
