// SPDX-License-Identifier: MIT
// pthread_cancel of workers and of tasks: it comes to nothing, unless a task asks for it.
#include "support/test.hpp"

using namespace support;

namespace {

// The threads of a pool, as they begin.
struct Threads {
  static int note(void* self) {
    auto& all = *static_cast<Threads*>(self);
    all.ids[static_cast<std::size_t>(tp_worker_index())] = pthread_self();
    return ++all.begun, 0;
  }

  pthread_t ids[2]{};
  std::atomic<int> begun{0};
};

tp_pool_options_t noting(Threads& threads) {
  tp_pool_options_t options = pool_options(2);
  options.initializer = Threads::note;
  options.arg = &threads;
  return options;
}

}  // namespace

TEST_CASE("10000 tasks with points of cancellation run on workers that are cancelled") {
  Threads threads;
  std::atomic<int> ran{0};
  Step task([&] {
    pthread_testcancel();
    ++ran;
  });
  Pool pool(noting(threads));
  await("both workers", [&] { return threads.begun == 2; });
  for (int round = 0; round < 100; ++round) {
    for (const pthread_t thread : threads.ids) REQUIRE(pthread_cancel(thread) == 0);
    apply_times(pool, task, 99);
    REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  }
  pool.finish();
  CHECK(ran == 10000);
  CHECK(threads.begun == 2);
}

TEST_CASE("a task that cancels itself runs on") {
  Step task([] {
    pthread_cancel(pthread_self());
    pthread_testcancel();
  });
  Pool pool(2);
  for (int i = 0; i < 100; ++i) REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}

#if !defined(__SANITIZE_ADDRESS__)  // it keeps the marks of a stack that cancellation unwinds
TEST_CASE("a task that allows its own cancellation is lost and its worker replaced") {
  Threads threads;
  Step task([] {
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
    pthread_cancel(pthread_self());
    pthread_testcancel();
  });
  Step work([] {});
  Pool pool(noting(threads));
  for (int i = 0; i < 100; ++i) {
    Result lost = apply_async(pool, task);
    REQUIRE(lost.get() == TP_ELOST);
    REQUIRE(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  }
  await("a worker for each that was lost", [&] { return threads.begun == 102; });
  pool.finish();
  CHECK(threads.begun == 102);
}
#endif

#if !defined(__SANITIZE_ADDRESS__)  // it keeps the marks of a stack that cancellation unwinds
TEST_CASE("a thread that is cancelled finishes the call of the library that it is in") {
  Pool traced(1);
  std::atomic<int> finished{0};
  std::thread([&] {
    pthread_cancel(pthread_self());
    finished += tp_pool_trace_start(traced, "/dev/null") == TP_OK;
    finished += tp_pool_trace_stop(traced) == TP_OK;
    tp_pool_t* pool = nullptr;
    finished += tp_pool_create(nullptr, &pool) == TP_OK;
    finished += tp_pool_resize(pool, 3) == TP_OK;
    tp_pool_destroy(pool);
    ++finished;
    pthread_testcancel();
    finished = -1;
  }).join();
  CHECK(finished == 5);
}
#endif
