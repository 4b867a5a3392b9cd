// SPDX-License-Identifier: MIT
// tp_participant_index: no two threads that run items of one job share a number.
#include "support/test.hpp"

using namespace support;

namespace {

// Counts how many items run at once under each number.
struct Numbered {
  explicit Numbered(std::size_t most) : inside(most) {}
  int run() {
    const int index = tp_participant_index();
    if (index < 0 || static_cast<std::size_t>(index) >= inside.size()) return ++wrong, 0;
    std::atomic<int>& mine = inside[static_cast<std::size_t>(index)];
    if (mine++ != 0) ++wrong;
    if (index == 0) ++first;
    std::this_thread::yield();
    --mine;
    return 0;
  }
  std::vector<std::atomic<int>> inside;
  std::atomic<int> wrong{0}, first{0};
};

}  // namespace

TEST_CASE("Without helpers the number is that of the worker, and -1 elsewhere") {
  std::atomic<int> wrong{0}, in_callback{0};
  Step task([&] { wrong += tp_participant_index() != tp_worker_index(); });
  Listening job([&](tp_result_t*) { in_callback = tp_participant_index(); });
  Pool pool(worker_counts());
  for (int i = 0; i < 50; ++i) forget(pool, task, &job);
  CHECK(tp_participant_index() == -1);
  pool.finish();
  CHECK(wrong == 0);
  CHECK(in_callback == -1);
}

TEST_CASE("Threads that help in one job have numbers of their own") {
  const std::size_t workers = worker_counts();
  Numbered numbered(workers + 1);
  Body body([&](std::size_t, std::size_t) { return numbered.run(); });
  Task<int, int> task([&](const int*, int* y) { return *y = 0, numbered.run(); });
  Numbers source(300);
  Job chunks;
  chunks.chunksize = 1;
  Pool pool(pool_options(workers, TP_POOL_CALLER_HELPS));
  const int kind = GENERATE(0, 1);
  Result result;
  if (kind == 0)
    REQUIRE(tp_pool_for_async(pool, Body::run, &body, 300, &chunks, result.out()) == TP_OK);
  else
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, result.out()) == TP_OK);
  in_threads(4, [&] { tp_result_wait(result, kLong); });
  CHECK(numbered.wrong == 0);
}

TEST_CASE("A thread outside that helps alone has the number 0, and blocking calls as well") {
  std::atomic<int> index{9};
  Step task([&] { index = tp_participant_index(); });
  Body body([&](std::size_t, std::size_t) { return index = tp_participant_index(), 0; });
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Busy busy(pool, 1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(index == 0);
  index = 9;
  CHECK(tp_pool_for(pool, Body::run, &body, 10, nullptr) == TP_OK);
  CHECK(index == 0);
  index = 9;
  CHECK(for_async(pool, Body::run, &body, 10).get() == TP_OK);
  CHECK(index == 0);
}

TEST_CASE("A second thread that waits goes on with the job when the helper has left it") {
  Gate helper_in;
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int* y) {
    if (*x == 0) helper_in.wait();
    return ++ran, *y = 0;
  });
  Numbers source(3);
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Busy busy(pool, 1);
  Result stream = imap(pool, task, source);
  std::thread one([&] { tp_result_wait(stream, kShort); });  // leaves after the item
  helper_in.await(1);
  std::atomic<pid_t> id{0};
  std::thread other([&] {
    id = gettid();
    if (tp_result_wait(stream, kLong) != TP_OK) give_up("the stream");
  });
  await_sleep(id);
  helper_in.open();
  one.join();
  other.join();
  CHECK(ran == 3);
}
