// SPDX-License-Identifier: MIT
// Threads of a pool that others have replaced: they are gone when the pool is, and do not gather.
#include "worker/leavers.h"

#include "support/test.hpp"

using namespace support;

namespace {

std::atomic<int> born{0}, died{0};

// The thread of the tests: it sleeps only in calls that wait.
const std::atomic<pid_t> tester{gettid()};

// A thread-local of a worker ends only after the tester has gone to sleep: a pool that did not wait for the thread
// would be gone by then.
struct Slow {
  Slow() { ++born; }
  ~Slow() {
    if (gettid() != tester) await_sleep(tester);
    ++died;
  }
  void touch() {}
};
thread_local Slow slow;

void touch_all(tp_pool_t* pool) {
  const auto body = [](void*, std::size_t, std::size_t) { return slow.touch(), 0; };
  REQUIRE(tp_pool_for(pool, body, nullptr, 64, nullptr) == TP_OK);
}

void touch_and_exit(void*, tp_result_t*) {
  slow.touch();
  pthread_exit(nullptr);
}

enum class Way { resize, task, finalizer, deadline };

tp_pool_options_t options_for(Way way, std::size_t workers) {
  tp_pool_options_t options = pool_options(workers);
  if (way == Way::finalizer) options.finalizer = [](void*) { touch_and_exit(nullptr, nullptr); };
  return options;
}

void lose_threads(tp_pool_t* pool, std::size_t workers, Way way) {
  Result result;
  if (way == Way::resize || way == Way::finalizer) {
    REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
    REQUIRE(tp_pool_resize(pool, workers) == TP_OK);
  } else if (way == Way::task) {
    Step exits([] { touch_and_exit(nullptr, nullptr); });
    CHECK(tp_pool_apply(pool, &exits, nullptr, nullptr) == TP_ELOST);
  } else {
    Step runs(await_stop);
    Timed job(0.001);
    job.error_callback = touch_and_exit;
    REQUIRE(tp_pool_apply_async(pool, &runs, nullptr, &job, result.out()) == TP_OK);
    CHECK(result.get() == TP_ETIMEDOUT);
  }
}

std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("When a pool is destroyed, threads that were replaced before are gone, too") {
  const Way way = GENERATE(Way::resize, Way::task, Way::finalizer, Way::deadline);
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4, 8);
  for (int i = 0; i < 5; ++i) {
    {
      Pool pool(options_for(way, workers));
      touch_all(pool);
      lose_threads(pool, workers, way);
      touch_all(pool);
    }
    slow.touch();  // this thread's own stays
    CHECK(born.load() == died.load() + 1);
  }
}

TEST_CASE("When a pool is joined, threads that were replaced before are gone") {
  slow.touch();
  Pool pool(2);
  touch_all(pool);
  lose_threads(pool, 2, Way::resize);
  lose_threads(pool, 2, Way::task);
  pool.finish();
  CHECK(born.load() == died.load() + 1);
}

TEST_CASE("Threads that were replaced do not gather while the pool lives") {
  if (kSanitized) return;  // those map memory of their own
  constexpr std::size_t kThreads = 400, kStack = std::size_t{8} << 20;
  Pool pool(1);
  Step exits([] { pthread_exit(nullptr); });
  const std::size_t before = mapped_bytes();
  for (std::size_t i = 0; i < kThreads; ++i) {
    Result result = apply_async(pool, exits);
    CHECK(result.get() == TP_ELOST);
  }
  CHECK(mapped_bytes() < before + kThreads / 4 * kStack);
}

TEST_CASE("A thread that is still on its way out is waited for, however many came after it") {
  struct Thread {
    static void* main(void* gate) {
      if (gate) static_cast<Gate*>(gate)->wait();
      ++ended();
      return nullptr;
    }
    static std::atomic<int>& ended() {
      static std::atomic<int> count{0};
      return count;
    }
  };
  Gate gate;
  tp::core::Leavers leavers;
  tp::core::Started* thread = nullptr;
  for (int i = 0; i < 10; ++i)
    REQUIRE(leavers.replace(thread, [&](pthread_t& id) {
      return pthread_create(&id, nullptr, Thread::main, i == 0 ? &gate : nullptr);
    }) == 0);
  tp::core::Leavers::join(thread);
  CHECK(Thread::ended() < 10);
  gate.open();
  leavers.join_all();
  CHECK(Thread::ended() == 10);
}

TEST_CASE("Where no thread can be started, the one before is still waited for") {
  tp::core::Leavers leavers;
  tp::core::Started* thread = nullptr;
  std::atomic<bool> ended{false};
  const auto main = [](void* flag) -> void* {
    await_sleep(tester);
    static_cast<std::atomic<bool>*>(flag)->store(true);
    return nullptr;
  };
  REQUIRE(leavers.replace(thread, [&](pthread_t& id) {
    return pthread_create(&id, nullptr, main, &ended);
  }) == 0);
  CHECK(leavers.replace(thread, [](pthread_t&) { return EAGAIN; }) == EAGAIN);
  CHECK(thread == nullptr);
  leavers.join_all();
  CHECK(ended);
}
