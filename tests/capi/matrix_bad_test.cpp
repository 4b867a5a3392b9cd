// SPDX-License-Identifier: MIT
// The matrix, part one: every function x every bad input x every state and place.
#include "capi/bad_calls.hpp"
#include "capi/places.hpp"
#include "capi/sentences.hpp"
#include "support/test.hpp"

using namespace matrix;

static void check(const BadCall& call, const Outcome& outcome) {
  INFO(call.name);
  CHECK(outcome.status == call.expected);
  CHECK(outcome.handle_is_null);
  CHECK(outcome.error_is_noted);
  CHECK(outcome.env_is_unchanged);
}

TEST_CASE("Every bad input is refused with its code in every state, and changes nothing") {
  for (int state = kRunning; state < kStates; ++state) {
    CAPTURE(state);
    StatePool pool(static_cast<State>(state));
    const tp_pool_stats_t before = pool.stats();
    for (const BadCall& call : bad_calls()) check(call, observe(pool.env, call));
    const tp_pool_stats_t after = pool.stats();
    CHECK(after.state == before.state);
    CHECK(after.submitted == before.submitted);
    CHECK(after.items == before.items);
    CHECK(null_is_harmless());
    // The results are as they were.
    int value = 0;
    CHECK(tp_result_get(pool.env.map, 0, nullptr) == TP_OK);
    CHECK(tp_result_next(pool.env.stream, 0, &value) == TP_OK);
    CHECK(tp_result_next(pool.env.stream, 0, &value) == TP_END);
  }
}

TEST_CASE("Every bad input is refused with its code inside tasks, callbacks, sources and hooks") {
  const std::vector<BadCall> calls = bad_calls();
  for (const Place& place : places()) {
    INFO(place.name);
    support::Pool helper(1);
    Env env;
    env.prepare(helper);
    std::vector<Outcome> outcomes;
    bool harmless = false;
    place.visit([&] {
      env.pool = tp_worker_pool();
      for (const BadCall& call : calls) outcomes.push_back(observe(env, call));
      harmless = null_is_harmless();
    });
    REQUIRE(outcomes.size() == calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) check(calls[i], outcomes[i]);
    CHECK(harmless);
  }
}

TEST_CASE(
    "Of every bad input tp_last_error says which argument is wrong, what it was, what is allowed") {
  StatePool pool(kRunning);
  for (const BadCall& call : bad_calls()) {
    const Outcome outcome = observe(pool.env, call);
    CAPTURE(call.name, outcome.sentence);
    CHECK(says(call.name, outcome.sentence));
  }
}

TEST_CASE("In a forked child a bad input is refused as NULL, or because of the fork") {
  StatePool pool(kRunning);
  const std::vector<BadCall> calls = bad_calls();
  // The exit code tells the first call that answered wrongly.
  const int wrong = support::in_child([&] {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Outcome outcome = observe(pool.env, calls[i]);
      const bool null = calls[i].why != kBad && outcome.status == TP_EINVAL;
      const bool forked = calls[i].why != kNoHandle && outcome.status == TP_EFORKED;
      if (!(null || forked) || !outcome.handle_is_null || !outcome.env_is_unchanged)
        return static_cast<int>(i) + 1;
    }
    return null_is_harmless() ? 0 : 255;
  });
  INFO((wrong > 0 && wrong < 255 ? calls[static_cast<std::size_t>(wrong) - 1].name : "none"));
  CHECK(wrong == 0);
}

TEST_CASE("create refuses bad options, and makes no pool") {
  static const unsigned kNoCpus[] = {100'000, UINT_MAX, support::usable_cpus().front(), 100'000};
  struct Row {
    const char* name;
    void (*spoil)(tp_pool_options_t&);
    const char* sentence;
  };
  const Row rows[] = {
      {"size 0", [](tp_pool_options_t& o) { o.size = 0; }, "options.size is 0;"},
      {"flags 65536", [](tp_pool_options_t& o) { o.flags = 65536; },
       "options.flags is 0x10000, and 0x10000 of it is not allowed here; allowed: "
       "TP_POOL_CALLER_HELPS, "},
      {"flags 65537", [](tp_pool_options_t& o) { o.flags = 65537; },
       "options.flags is 0x10001, and 0x10000 of it"},
      {"flags high", [](tp_pool_options_t& o) { o.flags = 1u << 31; },
       "options.flags is 0x80000000,"},
      {"workers 4097", [](tp_pool_options_t& o) { o.workers = 4097; },
       "options.workers is 4097; at most 4096 are allowed"},
      {"workers SIZE_MAX", [](tp_pool_options_t& o) { o.workers = SIZE_MAX; },
       "options.workers is "},
      {"cpus NULL", [](tp_pool_options_t& o) { o.n_cpus = 1; },
       "options.cpus is NULL and options.n_cpus is 1; give both"},
      {"n_cpus 0", [](tp_pool_options_t& o) { o.cpus = kNoCpus; },
       "options.cpus is not NULL and options.n_cpus is 0;"},
      {"cpus of no machine", [](tp_pool_options_t& o) { o.cpus = kNoCpus, o.n_cpus = 1; },
       "options.cpus names 1 CPUs; this process may not use all"},
      {"cpus of a huge number", [](tp_pool_options_t& o) { o.cpus = kNoCpus + 1, o.n_cpus = 1; },
       "options.cpus names 1 CPUs;"},
      {"one of the cpus", [](tp_pool_options_t& o) { o.cpus = kNoCpus + 2, o.n_cpus = 2; },
       "options.cpus names 2 CPUs;"},
      {"nice -21", [](tp_pool_options_t& o) { o.nice = -21; },
       "options.nice is -21; -20 to 19 are allowed"},
      {"nice 20", [](tp_pool_options_t& o) { o.nice = 20; }, "options.nice is 20;"},
      {"min_workers above workers",
       [](tp_pool_options_t& o) { o.workers = 1, o.min_workers = 2, o.idle_timeout = 1; },
       "options.min_workers is 2; at most options.workers, 1, are allowed"},
      {"min_workers above the CPUs",
       [](tp_pool_options_t& o) { o.workers = 0, o.min_workers = SIZE_MAX, o.idle_timeout = 1; },
       "options.min_workers is "},
      {"min_workers without idle_timeout",
       [](tp_pool_options_t& o) { o.workers = 2, o.min_workers = 1; },
       "options.min_workers is 1 without options.idle_timeout;"},
      {"idle_timeout -1", [](tp_pool_options_t& o) { o.idle_timeout = -1; },
       "options.idle_timeout is -1; seconds are allowed, or 0"},
      {"idle_timeout NaN", [](tp_pool_options_t& o) { o.idle_timeout = NAN; },
       "options.idle_timeout is nan;"},
      {"idle_timeout of no threads",
       [](tp_pool_options_t& o) { o.idle_timeout = 1, o.flags = TP_POOL_NO_THREADS; },
       "options.idle_timeout is 1 with TP_POOL_NO_THREADS;"},
      {"stack_size 1", [](tp_pool_options_t& o) { o.stack_size = 1; },
       "options.stack_size is 1 bytes; 0, or at least "},
      {"stack_size too small", [](tp_pool_options_t& o) { o.stack_size = 1000; },
       "options.stack_size is 1000 bytes; 0, or at least "},
      {"nice of no threads", [](tp_pool_options_t& o) { o.nice = 1, o.flags = TP_POOL_NO_THREADS; },
       "options.nice is set with TP_POOL_NO_THREADS;"},
      {"cpus of no threads",
       [](tp_pool_options_t& o) {
         o.cpus = kNoCpus + 2, o.n_cpus = 1, o.flags = TP_POOL_NO_THREADS;
       },
       "options.cpus is set with TP_POOL_NO_THREADS;"},
  };
  const auto dropped = [](void*) { ++Env::hooks(); };
  const int hooks = Env::hooks();
  int any = 0;
  for (const Row& row : rows) {
    INFO(row.name);
    tp_pool_options_t options = support::pool_options(1);
    options.arg_drop = dropped;
    row.spoil(options);
    auto* pool = reinterpret_cast<tp_pool_t*>(&any);
    CHECK(tp_pool_create(&options, &pool) == TP_EINVAL);
    CHECK(pool == nullptr);
    CHECK(std::string(tp_error_message(tp_last_error())).find(row.sentence) == 0);
  }
  const Larger<tp_pool_options_t> newer(support::pool_options(1), 1);
  auto* pool = reinterpret_cast<tp_pool_t*>(&any);
  CHECK(tp_pool_create(&newer.base, &pool) == TP_EINVAL);
  CHECK(pool == nullptr);
  const tp_pool_options_t good = support::pool_options(1);
  CHECK(tp_pool_create(&good, nullptr) == TP_EINVAL);
  CHECK(tp_pool_create(nullptr, nullptr) == TP_EINVAL);
  CHECK(Env::hooks() == hooks);
}
