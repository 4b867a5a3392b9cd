// SPDX-License-Identifier: MIT
// Every call with a timeout x every kind of timeout: one that is too long to represent waits.
#include <sys/syscall.h>

#include <cfloat>

#include "support/test.hpp"

using namespace support;

namespace {

using Clock = std::chrono::steady_clock;

// Jobs that can't end before open(), and pools to be waited for.
struct Held {
  Gate gate;
  Task<int, int> hold{[this](const int*, int*) { return gate.wait(), 0; }};
  Numbers source{1};
  Job job;
  Pool pool{2};
  Pool manual{pool_options(1, TP_POOL_MANUAL_CALLBACKS)};
  Pool served{pool_options(1, TP_POOL_NO_THREADS)};
  Result single, stream, listened;

  Held() {
    const int item = 0;
    job.listen();
    REQUIRE(tp_pool_apply_async(pool, &hold, &item, nullptr, single.out()) == TP_OK);
    REQUIRE(tp_pool_imap(pool, &hold, Numbers::pull, &source, nullptr, stream.out()) == TP_OK);
    REQUIRE(tp_pool_apply_async(manual, &hold, &item, &job, listened.out()) == TP_OK);
    REQUIRE(tp_pool_close(pool) == TP_OK);
  }

  // Lets every call below return.
  void open() {
    gate.open();
    REQUIRE(tp_pool_close(served) == TP_OK);
  }
};

struct Waiting {
  const char* name;
  int (*call)(Held&, double);
  int in_vain = TP_ETIMEDOUT;
  int in_the_end = TP_OK;
};

const Waiting kCalls[] = {
    {"wait", [](Held& h, double t) { return tp_result_wait(h.single, t); }},
    {"wait for a stream", [](Held& h, double t) { return tp_result_wait(h.stream, t); }},
    {"get", [](Held& h, double t) { return tp_result_get(h.single, t, nullptr); }},
    {"next", [](Held& h, double t) { return tp_result_next(h.stream, t, nullptr); }},
    {"wait_any",
     [](Held& h, double t) {
       tp_result_t* results[] = {h.single, h.stream};
       std::size_t index = 0;
       return tp_wait_any(results, 2, t, &index);
     }},
    {"wait_all",
     [](Held& h, double t) {
       tp_result_t* results[] = {h.single, h.stream};
       return tp_wait_all(results, 2, t);
     }},
    {"join", [](Held& h, double t) { return tp_pool_join(h.pool, t); }},
    {"wait_idle", [](Held& h, double t) { return tp_pool_wait_idle(h.pool, t); }},
    {"run_callbacks",
     [](Held& h, double t) {
       const int status = tp_pool_run_callbacks(h.manual, t, nullptr);
       return t <= 0 && status == TP_OK && h.job.successes == 0 ? TP_ETIMEDOUT : status;
     }},
    {"enter", [](Held& h, double t) { return tp_worker_enter(h.served, nullptr, t, nullptr); },
     TP_OK, TP_END},
};

}  // namespace

TEST_CASE("a timeout that is over says so - not before its time - and does no harm") {
  Held held;
  for (const Waiting& waiting : kCalls) {
    for (const double seconds : {0.0, -0.0, -1.0, -1e300, -double(INFINITY), DBL_MIN, 1e-12, 1e-9,
                                 1e-6, kShort, 5 * kShort}) {
      INFO(waiting.name << " " << seconds);
      const auto before = Clock::now();
      REQUIRE(waiting.call(held, seconds) == waiting.in_vain);
      const std::chrono::duration<double> passed = Clock::now() - before;
      REQUIRE(passed.count() >= seconds);
    }
  }
  held.open();
  for (const Waiting& waiting : kCalls) {
    INFO(waiting.name);
    CHECK(waiting.call(held, kLong) == waiting.in_the_end);
  }
}

TEST_CASE("a timeout that is too long to represent waits") {
  for (const Waiting& waiting : kCalls) {
    for (const double seconds : {kLong, 1e9, 9.3e9, 1e10, 1.9e19, 1e300, DBL_MAX, TP_FOREVER}) {
      INFO(waiting.name << " " << seconds);
      Held held;
      std::atomic<pid_t> thread{0};
      int status = 1;
      std::thread waiter([&] {
        thread = static_cast<pid_t>(syscall(SYS_gettid));
        status = waiting.call(held, seconds);
      });
      await_sleep(thread);
      held.open();
      waiter.join();
      REQUIRE(status == waiting.in_the_end);
    }
  }
}
