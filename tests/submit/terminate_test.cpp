// SPDX-License-Identifier: MIT
// When terminate has returned, what had not started is over, and its hooks have run on its thread.
#include "support/test.hpp"

using namespace support;

namespace {

// What becomes of one job: whether anything of it ran, and where and when its hook was called.
struct Fate {
  std::atomic<bool> started{false};
  std::atomic<int> dropped{0};
  std::atomic<bool> elsewhere{false};  // the hook, on another thread than that of terminate
  std::atomic<bool> late{false};       // after it had returned
  struct Round* round = nullptr;
};

struct Round {
  pthread_t terminator = pthread_self();
  std::atomic<bool> returned{false};
};

int start(void* fate, const void*, void*) {
  static_cast<Fate*>(fate)->started = true;
  return 0;
}
int start_range(void* fate, std::size_t, std::size_t) { return start(fate, nullptr, nullptr); }

void drop(void* arg) {
  auto& fate = *static_cast<Fate*>(arg);
  ++fate.dropped;
  if (!pthread_equal(pthread_self(), fate.round->terminator)) fate.elsewhere = true;
  if (fate.round->returned) fate.late = true;
}

enum class Call { apply, map, loop, stream };

// Submits a job of a kind whose hook tells its fate.
void submit(tp_pool_t* pool, Call call, Fate& fate, tp_result_t** result) {
  static const int items[4] = {};
  tp_task_t task{};
  task.size = sizeof task;
  task.fn = start;
  task.ctx = &fate;
  task.item_size = sizeof(int);
  Job options;
  if (call == Call::stream) {
    options.source_drop = drop;
    const auto pull = [](void* arg, void*) { return start(arg, nullptr, nullptr), 1; };
    REQUIRE(tp_pool_imap(pool, &task, pull, &fate, &options, result) == TP_OK);
    return;
  }
  if (call == Call::loop) {
    options.ctx_drop = drop;
    REQUIRE(tp_pool_for_async(pool, start_range, &fate, 4, &options, result) == TP_OK);
    return;
  }
  task.ctx_drop = drop;
  if (call == Call::apply)
    REQUIRE(tp_pool_apply_async(pool, &task, items, nullptr, result) == TP_OK);
  else
    REQUIRE(tp_pool_map_async(pool, &task, items, 4, nullptr, result) == TP_OK);
}

std::vector<std::unique_ptr<Fate>> fates(Round& round, int count) {
  std::vector<std::unique_ptr<Fate>> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(std::make_unique<Fate>());
    all.back()->round = &round;
  }
  return all;
}

// Of how many jobs that have not started the hook has run late, or elsewhere.
struct Wrong {
  int late = 0, elsewhere = 0, undropped = 0;

  void add(const Fate& fate) {
    undropped += fate.dropped != 1;
    if (fate.started) return;
    late += fate.late;
    elsewhere += fate.elsewhere;
  }
  void check() const {
    CHECK(late == 0);
    CHECK(elsewhere == 0);
    CHECK(undropped == 0);
  }
};

}  // namespace

TEST_CASE("When a paused pool is terminated, all hooks have run on that thread by its return") {
  const Call call = GENERATE(Call::apply, Call::map, Call::loop, Call::stream);
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4, 8);
  Wrong wrong;
  for (int i = 0; i < 100; ++i) {
    Round round;
    const auto all = fates(round, 10);
    Pool pool(workers);
    REQUIRE(tp_pool_pause(pool) == TP_OK);
    for (const auto& fate : all) submit(pool, call, *fate, nullptr);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    for (const auto& fate : all) {
      wrong.undropped += fate->dropped != 1;
      wrong.late += fate->started;  // nothing may start in a pause
    }
    round.returned = true;
    pool.destroy();
    for (const auto& fate : all) wrong.add(*fate);
  }
  wrong.check();
}

TEST_CASE(
    "When a pool is terminated while workers claim, what has not started ends there by then") {
  const Call call = GENERATE(Call::apply, Call::map, Call::loop, Call::stream);
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4, 8);
  const bool has_urgent = GENERATE(false, true);
  Wrong wrong;
  for (int i = 0; i < 100; ++i) {
    Round round;
    const auto all = fates(round, 60);
    Pool pool(workers);
    if (has_urgent) {
      Job urgent(TP_JOB_URGENT);
      REQUIRE(tp_pool_for_async(pool, empty_range, nullptr, 1, &urgent, nullptr) == TP_OK);
    }
    for (const auto& fate : all) submit(pool, call, *fate, nullptr);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    round.returned = true;
    pool.destroy();
    for (const auto& fate : all) wrong.add(*fate);
  }
  wrong.check();
}

TEST_CASE("When a pool without threads is terminated, all hooks have run on that thread") {
  const Call call = GENERATE(Call::apply, Call::map, Call::loop, Call::stream);
  Round round;
  const auto all = fates(round, 10);
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  for (const auto& fate : all) submit(pool, call, *fate, nullptr);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  round.returned = true;
  Wrong wrong;
  for (const auto& fate : all) wrong.add(*fate);
  wrong.check();
}

TEST_CASE("terminate by several threads, a task, a hook and a callback: all return, and all ends") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 8);
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> ended{0};
    tp_pool_t* handle = nullptr;
    Step terminating([&] { tp_pool_terminate(handle); });
    Task<void, void> hooked([](const void*, void*) { return 0; });
    hooked.ctx = &handle;
    hooked.ctx_drop = [](void* pool) { tp_pool_terminate(*static_cast<tp_pool_t**>(pool)); };
    hooked.fn = [](void*, const void*, void*) { return 0; };
    Listening job([&](tp_result_t*) {
      tp_pool_terminate(handle);
      ++ended;
    });
    Pool pool(workers);
    handle = pool;
    std::vector<Result> results(20);
    int accepted = 0;
    for (Result& result : results) {
      tp_task_t* const task = &result == &results[10] ? static_cast<tp_task_t*>(&terminating)
                                                      : static_cast<tp_task_t*>(&hooked);
      accepted += tp_pool_apply_async(pool, task, nullptr, &job, result.out()) == TP_OK;
    }
    std::thread other([&] { tp_pool_terminate(pool); });
    tp_pool_terminate(pool);
    CHECK(stats_of(pool).state == 2);
    Odd odd;
    const int item = 1;
    CHECK(tp_pool_apply_async(pool, &odd, &item, nullptr, nullptr) == TP_ECLOSED);
    other.join();
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    CHECK(ended == accepted);
  }
}
