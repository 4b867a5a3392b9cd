// SPDX-License-Identifier: MIT
// Tasks with a batch function: every promise for an item holds as with fn.
#include <chrono>
#include <random>
#include <stdexcept>

#include "queue/cost.h"
#include "support/test.hpp"

using namespace support;

namespace {

// A task that can do its items in batches, too. Notes the calls.
template <class Value>
struct BatchTask : Task<int, Value> {
  using Body = typename Task<int, Value>::Body;

  explicit BatchTask(Body f) : Task<int, Value>(std::move(f)) { this->batch = run_batch; }

  std::vector<std::pair<int, std::size_t>> sorted_calls() {
    std::sort(calls.begin(), calls.end());
    return calls;
  }

  std::mutex mutex;
  std::vector<std::pair<int, std::size_t>> calls;  // first item, number of items

 private:
  static int run_batch(void* ctx, const void* items, void* values, std::size_t n, std::size_t* at) {
    auto* const self = static_cast<BatchTask*>(static_cast<Task<int, Value>*>(ctx));
    const auto* const item = static_cast<const int*>(items);
    if (*at != 0) return -1;
    {
      const std::lock_guard<std::mutex> lock(self->mutex);
      self->calls.emplace_back(*item, n);
    }
    for (std::size_t i = 0; i < n; ++i) {
      *at = i;
      if (const int code = self->body(item + i, static_cast<Value*>(values) + i)) return code;
    }
    *at = SIZE_MAX;  // not read after a success
    return 0;
  }
};

// What a map told, item by item.
struct Told {
  int status = 0, code = 0;
  std::size_t index = 0;
  std::string message;
  std::vector<int> statuses, codes, values;
  std::vector<std::string> messages;
  int made = 0, dropped = 0;
  std::size_t done = 0;

  bool operator==(const Told&) const = default;
};

std::string message_of(const tp_error_t* error) { return error ? tp_error_message(error) : "none"; }

// How the items of a random map end: by a value, a value in spite of an error, a code, an exception, or pthread_exit.
struct Ends {
  enum End { value, value_with_error, code, code_with_error, exception, lost };

  Ends(unsigned seed, std::size_t n) {
    std::mt19937 random(seed);
    const unsigned long rarity = 1ul << random() % 8;
    for (std::size_t i = 0; i < n; ++i) {
      const unsigned long end = random() % rarity ? 0 : random() % (seed % 4 ? 5 : 6);
      of.push_back(static_cast<End>(end));
    }
  }

  int run(int i) const {
    const End end = of[static_cast<std::size_t>(i)];
    const std::string text = "error " + std::to_string(i);
    if (end == value_with_error || end == code_with_error)
      tp_task_set_error(text.c_str(), nullptr, nullptr);
    if (end == exception) throw std::runtime_error(text);
    if (end == lost) pthread_exit(nullptr);
    return end == code || end == code_with_error ? i + 1 : 0;
  }

  std::vector<End> of;
};

Told run_map(std::size_t workers, const Ends& ends, bool batches, std::uint32_t flags,
             std::size_t chunksize) {
  Told told;
  Live live;
  BatchTask<Tracked> task([&](const int* x, Tracked* value) {
    const int code = ends.run(*x);
    if (code == 0) Tracked::make(value, live, *x);
    return code;
  });
  if (!batches) task.batch = nullptr;
  task.value_drop = Tracked::drop;
  task.value_move = Tracked::move;
  Job job(flags);
  job.chunksize = chunksize;
  const std::size_t n = ends.of.size();
  const std::vector<int> items = range(n);
  {
    Pool pool(workers);
    Result result = map_async(pool, task, items.data(), n, &job);
    void* values = nullptr;
    told.status = tp_result_get(result, kLong, &values);
    const tp_error_t* const error = tp_result_error(result);
    told.message = message_of(error);
    if (error) told.index = tp_error_index(error), told.code = tp_error_code(error);
    std::size_t total = 0;
    REQUIRE(tp_result_progress(result, &told.done, &total) == TP_OK);
    for (std::size_t i = 0; i < n; ++i) {
      told.statuses.push_back(tp_result_item_status(result, i));
      const tp_error_t* const own = tp_result_item_error(result, i);
      told.codes.push_back(own ? tp_error_code(own) : 0);
      told.messages.push_back(message_of(own));
      const bool has_value = told.status == TP_OK && told.statuses[i] == TP_OK;
      told.values.push_back(has_value ? static_cast<Tracked*>(values)[i].number : -1);
    }
  }
  told.made = live.made;
  told.dropped = live.dropped;
  return told;
}

}  // namespace

TEST_CASE("A map by batches is the same as one by fn, whatever items fail") {
  const std::size_t workers = worker_counts();
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Ends ends(seed, 1 + seed * 37 % 400);
    const std::uint32_t flags = seed % 2 ? TP_JOB_KEEP_ERRORS : 0;
    const std::size_t chunksize = seed % 3 ? 0 : seed;
    CAPTURE(workers, seed, flags, chunksize);
    CHECK(run_map(workers, ends, true, flags, chunksize) ==
          run_map(workers, ends, false, flags, chunksize));
  }
}

TEST_CASE("Batches cover each item once and in order, within chunks of any size") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  for (const std::size_t n : {1u, 2u, 65u, 1000u, 30000u}) {
    for (const std::size_t chunksize : {0u, 1u, 7u, 64u, 50000u}) {
      CAPTURE(workers, n, chunksize);
      BatchTask<int> task([](const int* x, int* y) { return *y = 2 * *x + 1, 0; });
      const Chunked job(chunksize);
      const std::vector<int> items = range(n);
      std::vector<int> values(n);
      REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), n, &job) == TP_OK);
      CHECK(values == odds(n));
      std::size_t next = 0;
      for (const auto& [first, count] : task.sorted_calls()) {
        CHECK(static_cast<std::size_t>(first) == next);
        next += count;
        // a call ends inside the chunk in which it begins, or where a chunk ends
        const std::size_t chunk = chunksize ? chunksize : 1, begin = next - count;
        CHECK(((next - 1) / chunk == begin / chunk || next % chunk == 0 || next == n));
      }
      CHECK(next == n);
    }
  }
}

TEST_CASE("A batch of slow items is short") {
  // 200 items of 1 ms in one chunk: no call may take on many of them.
  BatchTask<int> task([](const int*, int* y) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < end) {
    }
    return *y = 0;
  });
  Pool pool(1);
  const std::vector<int> items = range(50);
  std::vector<int> values(50);
  const Chunked job(50);
  REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), 50, &job) == TP_OK);
  for (const auto& call : task.calls) CHECK(call.second == 1);
}

TEST_CASE("A map that its caller runs inline is one batch, and goes on behind a failure") {
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  BatchTask<int> task([](const int* x, int* y) { return *y = *x, *x == 5 || *x == 20 ? *x : 0; });
  const std::vector<int> items = range(30);
  std::vector<int> values(30, -1);
  tp::core::cost_table()->note(reinterpret_cast<void*>(task.fn), task.ctx, 1);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 30, nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 5);
  CHECK(tp_error_code(tp_last_error()) == 5);
  CHECK(values == items);
  CHECK(task.calls == std::vector<std::pair<int, std::size_t>>{{0, 30}, {6, 24}, {21, 9}});
  CHECK(stats_of(pool).items == 30);
}

TEST_CASE("A cancel is seen between two batches, and the rest is cut") {
  Gate gate;
  BatchTask<int> task([&](const int* x, int* y) {
    if (*x == 0) gate.wait();
    return *y = *x, 0;
  });
  Pool pool(1);
  const std::vector<int> items = range(1000);
  const Chunked job(GENERATE(0u, 1000u));
  Result result = map_async(pool, task, items.data(), 1000, &job);
  gate.await(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  gate.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(task.calls == std::vector<std::pair<int, std::size_t>>{{0, 1}});
  CHECK(tp_result_item_status(result, 0) == TP_OK);
  CHECK(tp_result_item_status(result, 1) == TP_ECANCELED);
}

TEST_CASE("A failure of a fail-fast map ends it behind the batch's failed item") {
  std::atomic<int> ran{0};
  BatchTask<int> task([&](const int* x, int* y) { return *y = 0, ++ran, *x == 3 ? 9 : 0; });
  Pool pool(1);
  const std::vector<int> items = range(1000);
  Job job(TP_JOB_FAIL_FAST);
  job.chunksize = GENERATE(0u, 100u);
  Result result = map_async(pool, task, items.data(), 1000, &job);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_error_index(tp_result_error(result)) == 3);
  CHECK(ran == 4);
  CHECK(tp_result_item_status(result, 4) == TP_ECANCELED);
}

TEST_CASE("A batch function that leaves no index fails all of its items, and none runs again") {
  enum class Way { code, exception, lost };
  const auto way = GENERATE(Way::code, Way::exception, Way::lost);
  const std::size_t wrong = GENERATE(std::size_t{1000}, SIZE_MAX);
  const std::uint32_t flags = GENERATE(0u, TP_JOB_KEEP_ERRORS);
  static Way now;
  static std::size_t left;
  static std::atomic<std::size_t> ran;
  now = way, left = wrong, ran = 0;
  tp_task_t task{};
  task.size = sizeof task;
  task.item_size = task.value_size = sizeof(int);
  task.fn = [](void*, const void*, void*) { return ++ran, 0; };
  task.batch = [](void*, const void*, void*, std::size_t n, std::size_t* at) {
    ran += n;
    *at = left;
    if (now == Way::exception) throw std::runtime_error("thrown");
    if (now == Way::lost) pthread_exit(nullptr);
    return 7;
  };
  static std::atomic<int> drops;
  drops = 0;
  task.value_drop = [](void*) { ++drops; };
  const std::vector<int> items = range(500);
  Job job(flags);
  job.chunksize = GENERATE(0u, 100u);
  {
    Pool pool(worker_counts());
    Result result = map_async(pool, task, items.data(), 500, &job);
    const int status = way == Way::lost ? TP_ELOST : TP_ETASK;
    CHECK(result.get() == (flags ? TP_OK : status));
    for (std::size_t i = 0; i < 500; ++i) REQUIRE(tp_result_item_status(result, i) == status);
    const tp_error_t* const error = tp_result_item_error(result, 0);
    CHECK(tp_error_index(error) == 0);
    CHECK(tp_error_code(error) == (way == Way::code ? 7 : 0));
    const std::string message = tp_error_message(error);
    if (way == Way::code) CHECK(message.find("*at") != std::string::npos);
    if (way == Way::exception) CHECK(message == "thrown");
  }
  CHECK(ran == 500);
  CHECK(drops == 0);
}

TEST_CASE("An error belongs to the item that *at was on when it was set") {
  std::atomic<int> payloads{0};
  BatchTask<int> task([&](const int* x, int* y) {
    if (*x == 2) tp_task_set_error("of 2", &payloads, count_drop);
    return *y = 0, *x == 5 ? 1 : 0;
  });
  const std::vector<int> items = range(8);
  std::vector<int> values(8);
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  tp::core::cost_table()->note(reinterpret_cast<void*>(task.fn), task.ctx, 1);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 8, nullptr) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_last_error())) == tp_strerror(TP_ETASK));
  CHECK(payloads == 1);
  CHECK(task.calls.size() == 2);
}

TEST_CASE("Without need for it, or the right to, the batch function is not called") {
  std::atomic<int> ran{0};
  BatchTask<int> task([&](const int* x, int* y) { return *y = *x, ++ran, tp_task_confirm(); });
  const std::vector<int> items = range(10);
  std::vector<int> values(10);
  Pool pool(2);
  tp_task_t other = task;
  SECTION("with a confirmation") {
    other.flags = TP_TASK_CONFIRM;
    REQUIRE(tp_pool_map(pool, &other, items.data(), values.data(), 10, nullptr) == TP_OK);
  }
  SECTION("in a struct of version 1.1") {
    other.size = offsetof(tp_task_t, batch);
    REQUIRE(tp_pool_map(pool, &other, items.data(), values.data(), 10, nullptr) == TP_OK);
  }
  SECTION("in single tasks and streams") {
    REQUIRE(tp_pool_apply(pool, &other, &items[4], &values[4]) == TP_OK);
    REQUIRE(*apply_item(pool, other, items[5]).values<int>() == 5);
    Numbers source(8);
    const Result stream = imap(pool, other, source);
    CHECK(values_of(stream) == range(8));
  }
  CHECK(task.calls.empty());
  CHECK(ran == 10);
}

TEST_CASE("A task without items and values gets no arrays") {
  static std::atomic<std::size_t> ran;
  ran = 0;
  tp_task_t task{};
  task.size = sizeof task;
  task.fn = [](void*, const void*, void*) { return ++ran, 0; };
  task.batch = [](void*, const void* items, void* values, std::size_t n, std::size_t*) {
    return ran += n, items || values ? 1 : 0;
  };
  Pool pool(worker_counts());
  REQUIRE(tp_pool_map(pool, &task, nullptr, nullptr, 777, nullptr) == TP_OK);
  CHECK(ran == 777);
}

TEST_CASE("A paused pool and a higher priority get their turn between chunks of batches") {
  Pool pool(1);
  Gate gate;
  std::atomic<int> ran{0};
  BatchTask<int> task([&](const int* x, int* y) {
    if (*x == 0) gate.wait();
    return *y = 0, ++ran, 0;
  });
  int before = -1;
  Step urgent([&] { before = ran; });
  const std::vector<int> items = range(1000);
  const Chunked job(10);
  Result result = map_async(pool, task, items.data(), 1000, &job);
  gate.await(1);
  const Job first(TP_JOB_URGENT);
  Result other = apply_async(pool, urgent, &first);
  gate.open();
  CHECK(other.get() == TP_OK);
  CHECK(before == 10);
  CHECK(result.get() == TP_OK);
  CHECK(ran == 1000);
}
