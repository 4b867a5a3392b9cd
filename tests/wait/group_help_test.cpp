// SPDX-License-Identifier: MIT
// A worker is blocked, and then something comes to its group, or may start there, that only it can run.
#include "support/future.hpp"
#include "support/test.hpp"
#include "wait/wait_graph.h"
#include "worker/pool.h"

using namespace support;

namespace {

using Call = std::function<int()>;

// begin is called while the only worker of a pool is in wait, asleep or about to sleep. sleeps: before begin is called.
template <class Prepare>
void check_helps(Prepare prepare, bool sleeps = true) {
  for (int round = 0; round < 20; ++round) {
    Arrivals waiting;
    Call wait, begin;
    int status = TP_EINVAL;
    Step waits([&] {
      waiting.arrive();
      status = wait();
    });
    Pool pool(1);
    Group group(pool);
    const auto kept = prepare(pool, group, wait, begin);
    const Result waiter = apply_async(pool, waits);
    waiting.wait(1);
    const auto is_asleep = [&] { return tp::core::to_pool(pool)->blocked().all_threads_blocked(); };
    if (sleeps && round % 2) await("the worker to sleep", is_asleep);
    CHECK(begin() == TP_OK);
    CHECK(waiter.get() == TP_OK);
    CHECK(status == TP_OK);
  }
}

}  // namespace

TEST_CASE("A worker that waits for a group runs what is pushed into a stream there") {
  Odd odd;
  check_helps([&](Pool& pool, Group& group, Call& wait, Call& begin) {
    InGroup in_group(group);
    auto fed = std::make_shared<Result>();
    REQUIRE(tp_pool_imap(pool, &odd, nullptr, nullptr, &in_group, fed->out()) == TP_OK);
    wait = [&group] { return group.wait(); };
    begin = [fed] {
      int pushed = 0, value = 0;
      for (int i = 0; i < 3; ++i) pushed += tp_result_push(*fed, &i, kLong) == TP_OK;
      const int status = tp_result_push_end(*fed);
      while (tp_result_next(*fed, kLong, &value) == TP_OK) --pushed;
      return pushed == 0 ? status : TP_EINVAL;
    };
    return fed;
  });
}

TEST_CASE("A worker that waits for a group runs what a continuation there waits for") {
  Increment increment;
  check_helps([&](Pool& pool, Group& group, Call& wait, Call& begin) {
    InGroup in_group(group);
    auto promise = std::make_shared<Promise>(pool);
    const Result before = then(promise->result, increment);
    const Result inside = then(before, increment, &in_group);
    wait = [&group] { return group.wait(); };
    begin = [promise] { return promise->set(1); };
    return promise;
  });
}

TEST_CASE("A worker runs a job of a group that it depends on when the job's time has come") {
  Step step([] {});
  Increment increment;
  check_helps(
      [&](Pool& pool, Group& group, Call& wait, Call& begin) {
        auto last = std::make_shared<Result>();
        auto submitted = std::make_shared<Gate>();
        wait = [last, submitted] {
          submitted->wait();
          return last->wait();
        };
        begin = [&, last, submitted] {
          InGroup in_group(group), later(group);
          later.start_after = 0.003;
          forget(pool, step, &in_group);  // comes before it in the line
          const Result timed = apply_async(pool, step, &later);
          *last->out() = then(timed, increment).give_away();
          submitted->open();
          return last->wait();
        };
        return submitted;
      },
      false);
}

TEST_CASE("A worker runs the jobs of a group that it depends on when the group goes on") {
  Step step([] {});
  Increment increment;
  check_helps([&](Pool& pool, Group& group, Call& wait, Call& begin) {
    InGroup in_group(group);
    REQUIRE(tp_group_pause(group) == TP_OK);
    forget(pool, step, &in_group);
    const Result held = apply_async(pool, step, &in_group);
    auto last = std::make_shared<Result>(then(held, increment));
    wait = [last] { return last->wait(); };
    begin = [&group] { return tp_group_resume(group); };
    return last;
  });
}
