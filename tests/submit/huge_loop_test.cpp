// SPDX-License-Identifier: MIT
// Loops over very many indices: what they cost goes by their calls, and each index has its status.
#include "support/test.hpp"

using namespace support;

namespace {

struct Endless {
  std::atomic<std::size_t> first{SIZE_MAX}, calls{0};  // where the first call began
  std::atomic<int> wrong{0};
  std::size_t n = 0;
  int code = 0;
  Arrivals ran;

  static int run(void* self, std::size_t begin, std::size_t end) {
    auto& body = *static_cast<Endless*>(self);
    if (begin >= end || end > body.n) ++body.wrong;
    std::size_t none = SIZE_MAX;
    body.first.compare_exchange_strong(none, begin);
    if (++body.calls <= 2) body.ran.arrive();
    while (!body.code && !tp_task_stop_requested()) std::this_thread::yield();
    return body.code;
  }
};

const auto kHuge = {(std::size_t{1} << 32) + 5, std::size_t{1} << 40, SIZE_MAX - 1, SIZE_MAX};

}  // namespace

TEST_CASE(
    "A loop over very many indices that is cancelled or late or fails takes no memory by index") {
  const std::size_t workers = worker_counts();
  const int end = GENERATE(TP_ECANCELED, TP_ETIMEDOUT, TP_ETASK, TP_ETERMINATED);
  const std::size_t chunksize = GENERATE(as<std::size_t>{}, 0, 1, 1000);
  for (const std::size_t n : kHuge) {
    CAPTURE(workers, end, chunksize, n);
    Endless body;
    body.n = n;
    body.code = end == TP_ETASK;
    Chunked job(chunksize);
    job.flags = end == TP_ETASK ? TP_JOB_FAIL_FAST : 0;
    job.deadline = end == TP_ETIMEDOUT ? kShort : 0;
    Pool pool(workers);
    Result result;
    REQUIRE(tp_pool_for_async(pool, Endless::run, &body, n, &job, result.out()) == TP_OK);
    if (end != TP_ETIMEDOUT) body.ran.wait(1);  // it may be late before it has begun
    if (end == TP_ECANCELED) CHECK(tp_result_cancel(result) == TP_OK);
    if (end == TP_ETERMINATED) CHECK(tp_pool_terminate(pool) == TP_OK);
    CHECK(result.get() == end);
    CHECK(body.wrong == 0);
    std::size_t done = 0, total = 0;
    CHECK(tp_result_progress(result, &done, &total) == TP_OK);
    CHECK(done == n);
    CHECK(total == n);
    if (body.calls)
      CHECK(tp_result_item_status(result, body.first) == (end == TP_ETASK ? TP_ETASK : TP_OK));
    const int rest = end == TP_ETASK ? TP_ECANCELED : end;
    // who looks at the clock may see the deadline before the thread that cuts does, and run on
    if (end != TP_ETIMEDOUT) CHECK(tp_result_item_status(result, n - 1) == rest);
    CHECK(tp_result_item_status(result, n) == TP_EINVAL);
  }
}

TEST_CASE("A map without data costs nothing by item, however many there are") {
  for (const std::size_t n : kHuge) {
    Arrivals ran;
    std::atomic<int> count{0};
    Task<void, void> task([&](const void*, void*) {
      if (count.fetch_add(1) == 0) ran.arrive();
      while (!tp_task_stop_requested()) std::this_thread::yield();
      return 0;
    });
    Pool pool(2);
    Result result = map_async(pool, task, nullptr, n);
    ran.wait(1);
    CHECK(tp_result_cancel(result) == TP_OK);
    CHECK(result.get() == TP_ECANCELED);
    CHECK(tp_result_item_status(result, n - 1) == TP_ECANCELED);
  }
}

TEST_CASE("Each index of a loop has the status of its chunk, whichever of them fail") {
  const std::size_t chunksize = GENERATE(as<std::size_t>{}, 1, 3, 64);
  constexpr std::size_t kCount = 5000;
  const auto fails = [](std::size_t chunk) { return chunk % 5 < 2 || chunk % 7 == 0; };
  Body body([&](std::size_t begin, std::size_t) { return fails(begin / chunksize) ? 1 : 0; });
  Chunked job(chunksize);
  Pool pool(worker_counts());
  Result result = for_async(pool, Body::run, &body, kCount, &job);
  CHECK(result.get() == TP_ETASK);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < kCount; ++i)
    wrong += tp_result_item_status(result, i) != (fails(i / chunksize) ? TP_ETASK : TP_OK);
  CHECK(wrong == 0);
}

TEST_CASE("A loop over more indices than can be counted in chunks keeps to the caller's chunk") {
  constexpr std::size_t kCount = std::size_t{1} << 40;
  std::atomic<int> calls{0}, wrong{0};
  Arrivals many;
  Body body([&](std::size_t begin, std::size_t end) {
    wrong += begin % 3 != 0 || (end - begin != 3 && end != kCount);
    if (++calls == 10'000) many.arrive();
    return 0;
  });
  Chunked job(3);
  Pool pool(worker_counts());
  Result result = for_async(pool, Body::run, &body, kCount, &job);
  many.wait(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(result.get() == TP_ECANCELED);
  CHECK(wrong == 0);
}
