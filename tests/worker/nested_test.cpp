// SPDX-License-Identifier: MIT
// Tasks that wait for tasks: at any depth, on one worker, without running anything unrelated.
#include <alloca.h>

#include "support/test.hpp"

using namespace support;

// fib(14) by a task that calls itself.
static void check_fib(const tp_task_t& task) {
  Pool pool(worker_counts());
  const int n = 14;
  int sum = 0;
  CHECK(tp_pool_apply(pool, &task, &n, &sum) == TP_OK);
  CHECK(sum == 377);
}

TEST_CASE("Nested apply works on any number of workers") {
  Task<int, int> task([&](const int* n, int* sum) {
    if (*n < 2) return *sum = *n, 0;
    int left = 0, right = 0;
    const int a = *n - 1, b = *n - 2;
    const int first = tp_pool_apply(tp_worker_pool(), &task, &a, &left);
    const int second = tp_pool_apply(tp_worker_pool(), &task, &b, &right);
    *sum = left + right;
    return first == TP_OK && second == TP_OK ? 0 : 1;
  });
  check_fib(task);
}

TEST_CASE("Nested apply_async and get work on any number of workers") {
  Task<int, int> task([&](const int* n, int* sum) {
    if (*n < 2) return *sum = *n, 0;
    tp_result_t* results[2] = {};
    *sum = 0;
    for (int i = 0; i < 2; ++i) {
      const int smaller = *n - 1 - i;
      tp_pool_apply_async(tp_worker_pool(), &task, &smaller, nullptr, &results[i]);
    }
    int failed = 0;
    for (tp_result_t* result : results) {
      void* value = nullptr;
      if (tp_result_get(result, TP_FOREVER, &value) != TP_OK) ++failed;
      if (value != nullptr) *sum += *static_cast<int*>(value);
      tp_result_release(result);
    }
    return failed;
  });
  check_fib(task);
}

TEST_CASE("Maps in maps in maps work on any number of workers") {
  std::atomic<int> leaves{0}, failed{0};
  Task<int, void> task([&](const int* depth, void*) {
    if (*depth == 0) return ++leaves, 0;
    const std::vector<int> items(5, *depth - 1);
    if (tp_pool_map(tp_worker_pool(), &task, items.data(), nullptr, 5, nullptr) != TP_OK) ++failed;
    return 0;
  });
  Pool pool(worker_counts());
  const int depth = 4;
  CHECK(tp_pool_apply(pool, &task, &depth, nullptr) == TP_OK);
  CHECK(leaves == 625);
  CHECK(failed == 0);
}

TEST_CASE("A for in a for works on any number of workers") {
  std::atomic<int> count{0};
  Body inner([&](std::size_t begin, std::size_t end) {
    return count += static_cast<int>(end - begin), 0;
  });
  Body outer([&](std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin)
      if (tp_pool_for(tp_worker_pool(), Body::run, &inner, 50, nullptr) != TP_OK) return 1;
    return 0;
  });
  Pool pool(worker_counts());
  CHECK(tp_pool_for(pool, Body::run, &outer, 50, nullptr) == TP_OK);
  CHECK(count == 2500);
}

TEST_CASE("A task may read a stream on one worker: it pulls and runs by itself") {
  Numbers source(100);
  Odd odd;
  int sum = 0, last = 1;
  Step task([&] {
    tp_result_t* stream = nullptr;
    if (tp_pool_imap(tp_worker_pool(), &odd, source.pull, &source, nullptr, &stream) != TP_OK)
      return;
    int value = 0;
    while ((last = tp_result_next(stream, TP_FOREVER, &value)) == TP_OK) sum += value;
    tp_result_release(stream);
  });
  Pool pool(worker_counts());
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(last == TP_END);
  CHECK(sum == 100 * 100);
}

TEST_CASE("A source may call the pool that pulls from it") {
  Odd odd;
  std::atomic<int> failed{0};
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 20) return 0;
    if (tp_pool_apply(tp_worker_pool(), &odd, &i, item) != TP_OK) ++failed;
    ++i;
    return 1;
  });
  Pool pool(worker_counts());
  Result stream = imap(pool, odd, source);
  for (int i = 0; i < 20; ++i) {
    int value = 0;
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == 4 * i + 3);
  }
  CHECK(failed == 0);
}

TEST_CASE("A waiting worker runs the awaited job's items and nothing else") {
  std::atomic<int> inside{0}, intruders{0}, failed{0};
  Step unrelated([&] { intruders += inside; });
  Step awaited([] {});
  Step task([&] {
    inside = 1;
    tp_pool_apply_async(tp_worker_pool(), &unrelated, nullptr, nullptr, nullptr);
    tp_result_t* result = nullptr;
    tp_pool_apply_async(tp_worker_pool(), &awaited, nullptr, nullptr, &result);
    if (tp_result_wait(result, TP_FOREVER) != TP_OK) ++failed;
    tp_result_release(result);
    inside = 0;
  });
  Pool pool(1);
  apply_times(pool, task, 20);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(intruders == 0);
  CHECK(failed == 0);
}

TEST_CASE("A worker that waits for a job submitted from outside runs it, too") {
  Result outside_result;
  Gate submitted;
  std::atomic<int> status{1};
  Odd odd;
  Step task([&] {
    submitted.wait();
    status = tp_result_wait(outside_result, TP_FOREVER);
  });
  Pool pool(1);
  Result result = apply_async(pool, task);
  const int item = 0;
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, nullptr, outside_result.out()) == TP_OK);
  submitted.open();
  CHECK(result.wait() == TP_OK);
  CHECK(status == TP_OK);
}

TEST_CASE("A deep chain of nested waits works on one worker") {
  std::atomic<int> deepest{0};
  Task<int, void> task([&](const int* depth, void*) {
    deepest = *depth;
    if (*depth == 300) return 0;
    const int next = *depth + 1;
    return tp_pool_apply(tp_worker_pool(), &task, &next, nullptr);
  });
  Pool pool(1);
  const int depth = 1;
  CHECK(tp_pool_apply(pool, &task, &depth, nullptr) == TP_OK);
  CHECK(deepest == 300);
}

TEST_CASE("An endless recursion is refused before the stack is used up") {
  if (kThreadSanitizer) return;  // it keeps no more than 65,536 frames of a thread
  std::atomic<int> refused{0}, wrong{0};
  Step task([&] {
    const int status = tp_pool_apply(tp_worker_pool(), &task, nullptr, nullptr);
    if (status == TP_EDEADLK) ++refused;
    if (status != TP_OK && status != TP_EDEADLK) ++wrong;
  });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(refused == 1);
  CHECK(wrong == 0);
  Odd odd;
  int item = 0, value = 0;
  CHECK(tp_pool_apply(pool, &odd, &item, &value) == TP_OK);
}

TEST_CASE("A recursion of blocking calls is refused wherever the stack ends") {
  if (kThreadSanitizer) return;  // it keeps no more than 65,536 frames of a thread
  std::atomic<int> refused{0}, wrong{0};
  Job one_by_one;  // a job each, and not the short way of quick loops
  one_by_one.chunksize = 1;
  const int item = 0;
  Task<int, void> task([&](const int*, void*) {
    const int status = tp_pool_map(tp_worker_pool(), &task, &item, nullptr, 1, &one_by_one);
    if (status == TP_EDEADLK) ++refused;
    if (status != TP_OK && status != TP_EDEADLK) ++wrong;
    return 0;
  });
  std::size_t shift = 0;
  Step top([&] {
    auto* const above = static_cast<volatile char*>(alloca(shift + 1));
    *above = 0;
    task.fn(task.ctx, &item, nullptr);
  });
  Pool pool(1);
  int rounds = 0;
  for (; shift < 4096; shift += 64, ++rounds)
    REQUIRE(tp_pool_apply(pool, &top, nullptr, nullptr) == TP_OK);
  CHECK(refused == rounds);
  CHECK(wrong == 0);
}
