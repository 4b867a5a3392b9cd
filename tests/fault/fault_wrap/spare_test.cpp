// SPDX-License-Identifier: MIT
// Calls that must work without memory: those that wait and look do not even ask for it.
#include "fault/fault_wrap/failing.hpp"
#include "fault/fault_wrap/job_script.hpp"
#include "support/test.hpp"

#include <sys/syscall.h>

using namespace failing;
using namespace support;

namespace {

// While it lives every allocation fails. The test's own must lie outside.
class NoMemory {
 public:
  NoMemory() { allocations.arm(0, true); }
  ~NoMemory() { allocations.disarm(); }

  // Whether nobody has asked for memory.
  bool was_missed() const { return allocations.disarm(); }
};

}  // namespace

TEST_CASE("wait - get - next - close - join and all questions need no memory") {
  JobScript script;
  script.create();
  script.submit();
  script.read_stream();
  script.wait_any();  // may ask for memory; see below
  REQUIRE(tp_pool_wait_idle(script.pool(), kLong) == TP_OK);  // what runs may ask for memory
  bool missed = false;
  {
    const NoMemory none;
    script.wait();
    script.look();
    int status = TP_OK;
    while ((status = tp_result_next(script.unbounded_stream(), kLong, nullptr)) == TP_OK) {
    }
    script.expect(status == TP_END, "next");
    script.works(tp_pool_wait_idle(script.pool(), kLong), "wait_idle");
    script.works(tp_pool_close(script.pool()), "close");
    script.works(tp_pool_join(script.pool(), kLong), "join");
    script.release_all();
    tp_pool_destroy(script.give_away_pool());
    missed = none.was_missed();
  }
  CHECK(script.wrong() == "");
  CHECK_FALSE(missed);
  CHECK(script.balanced());
}

TEST_CASE("wait_any over many results waits for the last one without memory, too") {
  constexpr std::size_t kMany = 20;  // more than it keeps on the stack
  const std::atomic<pid_t> waiter{static_cast<pid_t>(syscall(SYS_gettid))};
  Gate gate;
  Step never([&] { gate.wait(); });
  Step last([&] {
    await("a refused allocation", [] { return allocations.hit(); });
    allocations.disarm();
    await_sleep(waiter);
  });
  Pool pool(1), other(1);
  std::array<Result, kMany> results;
  std::array<tp_result_t*, kMany> handles{};
  for (std::size_t i = 0; i < kMany; ++i) {
    const bool is_last = i + 1 == kMany;
    REQUIRE(tp_pool_apply_async(is_last ? other : pool, is_last ? &last : &never, nullptr, nullptr,
                                results[i].out()) == TP_OK);
    handles[i] = results[i];
  }
  std::size_t index = 0;
  allocations.arm(0, true);
  const int status = tp_wait_any(handles.data(), kMany, kLong, &index);
  CHECK(status == TP_OK);
  CHECK(index == kMany - 1);
  gate.open();
}

TEST_CASE("cancel - terminate - release and destroy need no memory") {
  JobScript script;
  script.create();
  {  // an error that says at which item the job was cut may ask for memory, and does without
    Busy busy(script.pool(), 2);
    script.submit();
    const std::size_t n = script.collect();
    {
      const NoMemory none;
      script.works(tp_result_cancel(script.handle(n - 1)), "cancel");
      script.works(tp_result_cancel(script.stream()), "cancel of a stream");
      script.works(tp_pool_terminate(script.pool()), "terminate");
      busy.open();
      for (std::size_t i = 0; i < n; ++i)
        script.works(tp_result_wait(script.handle(i), kLong), "wait");
      script.expect(tp_result_get(script.handle(0), 0, nullptr) == TP_ETERMINATED, "get");
      script.expect(tp_result_get(script.handle(n - 1), 0, nullptr) == TP_ECANCELED, "get");
      script.works(tp_pool_join(script.pool(), kLong), "join");
      script.release_all();
    }
  }
  {
    const NoMemory none;
    tp_pool_destroy(script.give_away_pool());
  }
  CHECK(script.wrong() == "");
  CHECK(script.balanced());
}
