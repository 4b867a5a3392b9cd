// SPDX-License-Identifier: MIT
// The matrix, part two: every function x every state of the pool and place, with good arguments.
#include "capi/good_calls.hpp"
#include "capi/places.hpp"
#include "support/test.hpp"

using namespace matrix;

static int expected_in(State state, Kind kind) {
  switch (kind) {
    case kSubmitAndWait:
    case kSubmit:
      return state == kRunning ? TP_OK : state == kBroken ? TP_EINIT : TP_ECLOSED;
    case kJoin:
      return state == kRunning || state == kBroken ? TP_ERUNNING : TP_OK;
    case kPause:
      return state == kRunning || state == kClosed ? TP_OK : TP_ECLOSED;
    default:
      return TP_OK;
  }
}

// Inside the pool all calls work, but those that would wait for the caller itself.
static bool is_expected_at(const Place& place, Kind kind, int status) {
  switch (kind) {
    case kPause:  // a pool that is closed can be paused until join waits for it
      return status == TP_OK || (!place.pool_is_open && status == TP_ECLOSED);
    case kSubmit:
      return status == (place.pool_is_open ? TP_OK : TP_ECLOSED);
    case kSubmitAndWait:
      // No task may run on a worker whose initializer has not returned: with no other worker free
      // such a call is refused.
      if (place.name == "initializer") return status == TP_OK || status == TP_EDEADLK;
      return status == (place.pool_is_open ? TP_OK : TP_ECLOSED);
    case kJoin:
    case kWaitIdle:
      return status == TP_EDEADLK;
    default:
      return status == TP_OK;
  }
}

TEST_CASE("Every function answers as the state of the pool says") {
  for (const GoodCall& call : good_calls()) {
    for (int state = kRunning; state < kStates; ++state) {
      INFO(call.name);
      CAPTURE(state);
      StatePool pool(static_cast<State>(state));
      const tp_pool_stats_t before = pool.stats();
      const Outcome outcome = observe(pool.env, call);
      const int expected = expected_in(static_cast<State>(state), call.kind);
      CHECK(outcome.status == expected);
      CHECK(outcome.handle_is_null);
      CHECK(outcome.error_is_noted);
      if (expected == TP_OK) continue;
      CHECK(outcome.env_is_unchanged);
      CHECK(pool.stats().submitted == before.submitted);
      CHECK(pool.stats().state == before.state);
    }
  }
}

TEST_CASE("Every function works or is refused inside tasks, callbacks, sources and hooks") {
  const std::vector<GoodCall> calls = good_calls();
  for (const Place& place : places()) {
    INFO(place.name);
    support::Pool helper(1);
    Env env;
    env.prepare(helper);
    std::vector<Outcome> outcomes;
    place.visit([&] {
      env.pool = tp_worker_pool();
      for (const GoodCall& call : calls) outcomes.push_back(observe(env, call));
    });
    REQUIRE(outcomes.size() == calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      INFO(calls[i].name);
      CAPTURE(outcomes[i].status);
      CHECK(is_expected_at(place, calls[i].kind, outcomes[i].status));
      CHECK(outcomes[i].error_is_noted);
    }
  }
}

TEST_CASE("Every function is refused in a forked child, from whatever state") {
  const std::vector<GoodCall> calls = good_calls();
  for (int state = kRunning; state < kStates; ++state) {
    CAPTURE(state);
    StatePool pool(static_cast<State>(state));
    const int wrong = support::in_child([&] {
      for (std::size_t i = 0; i < calls.size(); ++i) {
        const Outcome outcome = observe(pool.env, calls[i]);
        if (outcome.status != TP_EFORKED || !outcome.error_is_noted || !outcome.env_is_unchanged)
          return static_cast<int>(i) + 1;
      }
      if (tp_result_error(pool.env.map) != nullptr) return 250;
      if (tp_result_retain(pool.env.map) != nullptr) return 251;
      tp_completed_release(std::exchange(pool.env.completed, nullptr));
      tp_group_release(std::exchange(pool.env.group, nullptr));
      tp_result_release(pool.env.map.give_away());
      tp_result_release(pool.env.stream.give_away());
      tp_pool_destroy(pool.env.pool);
      return 0;
    });
    INFO((wrong > 0 && wrong < 250 ? calls[static_cast<std::size_t>(wrong) - 1].name : "none"));
    CHECK(wrong == 0);
  }
}

TEST_CASE("tp_task_set_error works where user code can fail, and is refused elsewhere") {
  std::atomic<int> drops{0};
  const auto set = [&] { return tp_task_set_error("why", &drops, support::count_drop); };
  CHECK(set() == TP_EINVAL);
  CHECK(drops == 0);
  for (const Place& place : places()) {
    INFO(place.name);
    drops = 0;
    int status = 1;
    place.visit([&] { status = set(); });
    CHECK(status == (place.sets_error ? TP_OK : TP_EINVAL));
    // What was accepted is dropped once; what was refused stays the caller's.
    CHECK(drops == (place.sets_error ? 1 : 0));
  }
}

TEST_CASE("Each place knows its worker and its pool") {
  for (const Place& place : places()) {
    INFO(place.name);
    int index = -2;
    bool has_pool = false;
    place.visit([&] {
      index = tp_worker_index();
      has_pool = tp_worker_pool() != nullptr;
    });
    CHECK(index >= 0);
    CHECK(index < 2);
    CHECK(has_pool);
  }
}
