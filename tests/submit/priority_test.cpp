// SPDX-License-Identifier: MIT
// Urgent jobs and those of the background: which start first, and that none starves.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr std::uint32_t kPriorities[] = {TP_JOB_URGENT, 0, TP_JOB_BACKGROUND};

// Writes down what starts, in a pool of one worker.
struct Log {
  std::string text;

  static int task(void* self, const void* item, void*) {
    static_cast<Log*>(self)->text += *static_cast<const char*>(item);
    return 0;
  }
  static int pair(void* self, std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) static_cast<Log*>(self)->text += "()"[begin];
    return 0;
  }
  tp_task_t as_task() {
    tp_task_t task{};
    task.size = sizeof task;
    task.fn = Log::task;
    task.ctx = this;
    task.item_size = 1;
    return task;
  }
};

// Submits a task without a handle, on any thread: a task that was refused is missed in the log.
void forget(tp_pool_t* pool, Log& log, char name, std::uint32_t priority) {
  const tp_task_t task = log.as_task();
  Job job(priority);
  tp_pool_apply_async(pool, &task, &name, &job, nullptr);
}

// Items that take so long that a worker claims them one by one.
void take_a_moment() { std::this_thread::sleep_for(std::chrono::microseconds(200)); }

}  // namespace

TEST_CASE(
    "One worker starts urgent jobs first and background ones last and each priority in order") {
  Log log;
  const tp_task_t task = log.as_task();
  Pool pool(1);
  Busy busy(pool, 1);
  const std::string names[] = {"ABCD", "abcd", "0123"};
  for (const std::size_t at : {2u, 1u, 0u}) {
    struct Source {
      char next, end;
    } source{names[at][2], char(names[at][2] + 1)};
    const auto pull = [](void* self, void* item) {
      auto& left = *static_cast<Source*>(self);
      if (left.next == left.end) return 0;
      *static_cast<char*>(item) = left.next++;
      return 1;
    };
    Job job(kPriorities[at]);
    Result loop, single;
    REQUIRE(tp_pool_apply_async(pool, &task, &names[at][0], &job, single.out()) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &task, &names[at][1], 1, &job, loop.out()) == TP_OK);
    REQUIRE(tp_pool_for_async(pool, Log::pair, &log, 2, &job, nullptr) == TP_OK);
    static Source kept[3];
    kept[at] = source;
    REQUIRE(tp_pool_imap(pool, &task, pull, &kept[at], &job, nullptr) == TP_OK);
    forget(pool, log, names[at][3], kPriorities[at]);
  }
  busy.end();
  pool.finish();
  CHECK(log.text == "AB()CDab()cd01()23");
}

TEST_CASE("One start in 16 goes to the priority below") {
  for (const std::uint32_t upper : {std::uint32_t{TP_JOB_URGENT}, std::uint32_t{0}}) {
    Log log;
    Pool pool(1);
    Busy busy(pool, 1);
    for (int i = 0; i < 4; ++i) forget(pool, log, '.', TP_JOB_BACKGROUND);
    for (int i = 0; i < 48; ++i) forget(pool, log, '|', upper);
    busy.end();
    pool.finish();
    std::string row(15, '|');
    CHECK(log.text == row + '.' + row + '.' + row + '.' + "|||.");
  }
}

TEST_CASE(
    "Of the starts that urgent jobs leave to the priorities below one in 16 is the background's") {
  Log log;
  Pool pool(1);
  Busy busy(pool, 1);
  forget(pool, log, 'b', TP_JOB_BACKGROUND);
  for (int i = 0; i < 20; ++i) forget(pool, log, '.', 0);
  for (int i = 0; i < 300; ++i) forget(pool, log, '|', TP_JOB_URGENT);
  busy.end();
  pool.finish();
  std::string wanted;
  for (int i = 0; i < 15; ++i) wanted += std::string(15, '|') + '.';
  CHECK(log.text.substr(0, 256) == wanted + std::string(15, '|') + 'b');
}

TEST_CASE("A running loop makes way for a job of a higher priority and then goes on where it was") {
  struct Priority {
    std::uint32_t loop, other;
  };
  for (const Priority priority : {Priority{0, TP_JOB_URGENT}, Priority{TP_JOB_BACKGROUND, 0},
                                  Priority{TP_JOB_BACKGROUND, TP_JOB_URGENT}}) {
    Log log;
    Pool pool(1);
    Body body([&](std::size_t begin, std::size_t end) {
      for (; begin < end; ++begin) {
        log.text += char('0' + begin);
        if (begin == 3) {
          forget(pool, log, 'x', priority.loop);
          forget(pool, log, 'U', priority.other);
        }
        take_a_moment();
      }
      return 0;
    });
    Chunked job(1);
    job.flags = priority.loop;
    REQUIRE(tp_pool_for_async(pool, Body::run, &body, 8, &job, nullptr) == TP_OK);
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(log.text == "0123U4567x");
  }
}

TEST_CASE("A running stream makes way for a job of a higher priority") {
  Log log;
  Pool pool(1);
  Task<int, void> task([&](const int* item, void*) {
    log.text += char('0' + *item);
    if (*item == 3) forget(pool, log, 'U', TP_JOB_URGENT);
    return 0;
  });
  Numbers numbers(8);
  Chunked job(2);
  REQUIRE(tp_pool_imap(pool, &task, Numbers::pull, &numbers, &job, nullptr) == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(log.text == "0123U4567");
}

TEST_CASE("Urgent jobs overtake tasks that a worker has claimed already") {
  Log log;
  Pool pool(1);
  Task<char, void> submits([&](const char* item, void*) {
    log.text += *item;
    forget(pool, log, 'U', TP_JOB_URGENT);
    return 0;
  });
  Busy busy(pool, 1);
  for (int i = 0; i < 500; ++i) forget(pool, log, '.', 0);  // claims grow
  const char name = '!';
  forget_item(pool, submits, name);
  for (int i = 0; i < 500; ++i) forget(pool, log, '.', 0);
  busy.end();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);  // a task submits
  CHECK(log.text.size() == 1002);
  CHECK(log.text.find("!U.") == 500);
}

TEST_CASE("Jobs of all priorities run on many workers and all threads may submit them") {
  const std::size_t workers = worker_counts();
  std::atomic<int> ran{0}, wrong{0};
  Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
  Pool pool(workers);
  const auto submit = [&](std::size_t kind) {
    std::vector<int> items(10);
    for (int i = 0; i < 200; ++i) {
      Job job(kPriorities[(static_cast<std::size_t>(i) + kind) % 3]);
      Numbers numbers(10);
      Result result;
      if (i % 4 == 0)
        wrong += tp_pool_map(pool, &task, items.data(), nullptr, 10, &job) != TP_OK;
      else if (i % 4 == 1)
        wrong += tp_pool_map_async(pool, &task, items.data(), 10, &job, result.out()) != TP_OK;
      else if (i % 4 == 2)
        wrong += tp_pool_imap(pool, &task, Numbers::pull, &numbers, &job, result.out()) != TP_OK;
      for (int k = 0; i % 4 == 3 && k < 10; ++k)
        wrong += tp_pool_apply_async(pool, &task, &k, &job, nullptr) != TP_OK;
      while (i % 4 == 2 && tp_result_next(result, kLong, nullptr) == TP_OK) {
      }
      if (i % 4 == 1) wrong += result.get() != TP_OK;
    }
  };
  in_threads(3, submit);
  pool.finish();
  CHECK(wrong == 0);
  CHECK(ran == 3 * 200 * 10);
}
