// SPDX-License-Identifier: MIT
// Spawn and sync: what runs where, how it ends, and what else the worker may do meanwhile.
#include "support/test.hpp"

using namespace support;

namespace {

// A callable that can be spawned.
struct Part {
  template <class F>
  explicit Part(F f) : body(std::move(f)) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  static int run(void* self) { return static_cast<Part*>(self)->body(); }
  int spawn() { return tp_spawn(&spawned, run, this); }
  int sync() { return tp_sync(&spawned); }

  std::function<int()> body;
  tp_spawn_t spawned{};
};

struct Call {
  int n;
  long value;
};

int fib(void* ctx) {
  auto& call = *static_cast<Call*>(ctx);
  if (call.n < 2) return call.value = call.n, 0;
  Call a{call.n - 1, 0}, b{call.n - 2, 0};
  tp_spawn_t spawned;
  if (tp_spawn(&spawned, fib, &a) != TP_OK) return 1;
  const int failed = fib(&b);
  if (tp_sync(&spawned) != TP_OK) return 1;
  call.value = a.value + b.value;
  return failed;
}

struct Fib : Task<int, long> {
  Fib()
      : Task([](const int* n, long* value) {
          Call call{*n, 0};
          const int failed = fib(&call);
          return *value = call.value, failed;
        }) {}
};

// Runs a body as an item on a worker.
int run(tp_pool_t* pool, std::function<int()> body) {
  Task<void, void> task([&](const void*, void*) { return body(); });
  return tp_pool_apply(pool, &task, nullptr, nullptr);
}

}  // namespace

TEST_CASE("fib by spawn and sync on any number of workers") {
  Fib task;
  Pool pool(worker_counts());
  const int n = 20;
  long value = 0;
  CHECK(tp_pool_apply(pool, &task, &n, &value) == TP_OK);
  CHECK(value == 6765);
  const std::vector<int> items(20, 12);
  std::vector<long> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  CHECK(std::all_of(values.begin(), values.end(), [](long each) { return each == 144; }));
}

TEST_CASE("What is spawned runs once, however many one function spawns") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 1, 2, 255, 256, 3000);
  Pool pool(worker_counts());
  std::atomic<std::size_t> runs{0};
  CHECK(run(pool, [&] {
          std::deque<Part> parts;
          for (std::size_t i = 0; i < count; ++i) {
            parts.emplace_back([&] { return ++runs, 0; });
            if (parts.back().spawn() != TP_OK) return 1;
          }
          for (; !parts.empty(); parts.pop_back())
            if (parts.back().sync() != TP_OK) return 1;
          return 0;
        }) == TP_OK);
  CHECK(runs == count);
}

TEST_CASE("Another worker takes what is spawned and woken for it") {
  Pool pool(2);
  CHECK(run(pool, [] {
          Arrivals started;
          int elsewhere = -1;
          Part part([&] {
            elsewhere = tp_worker_index();
            return started.arrive(), 0;
          });
          part.spawn();
          started.wait(1);
          const int status = part.sync();
          return status != TP_OK || elsewhere < 0 || elsewhere == tp_worker_index();
        }) == TP_OK);
  CHECK(stats_of(pool).steals >= 1);
}

TEST_CASE("All workers take part in one item") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  const int others = static_cast<int>(workers) - 1;
  CHECK(run(pool, [&] {
          Arrivals met;
          std::deque<Part> parts;
          for (int i = 0; i < others; ++i) {
            parts.emplace_back([&] { return met.arrive(), met.wait(others), 0; });
            parts.back().spawn();
          }
          met.wait(others);
          int failed = 0;
          for (; !parts.empty(); parts.pop_back()) failed += parts.back().sync() != TP_OK;
          return failed;
        }) == TP_OK);
}

TEST_CASE("sync tells how the call failed here and elsewhere") {
  const bool elsewhere = GENERATE(false, true);
  Pool pool(2);
  std::atomic<int> drops{0};
  CHECK(run(pool, [&] {
          Gate gate;
          Arrivals started;
          Part part([&] {
            started.arrive();
            tp_task_set_error("no luck", &drops, count_drop);
            return 42;
          });
          part.spawn();
          if (elsewhere) started.wait(1);
          if (part.sync() != TP_ETASK) return 1;
          const tp_error_t* const error = tp_last_error();
          if (tp_error_status(error) != TP_ETASK || tp_error_code(error) != 42) return 2;
          if (std::strcmp(tp_error_message(error), "no luck") != 0) return 3;
          if (tp_error_payload(error) != &drops || drops != 0) return 4;
          tp_clear_error();
          return drops == 1 ? 0 : 5;
        }) == TP_OK);
}

TEST_CASE("The error of a spawned call is not that of its item") {
  Pool pool(worker_counts());
  CHECK(run(pool, [&] {
          tp_task_set_error("of the item", nullptr, nullptr);
          Part part([] { return tp_task_set_error("of the part", nullptr, nullptr), 1; });
          part.spawn();
          part.sync();
          return 7;
        }) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_last_error())) == "of the item");
  CHECK(tp_error_code(tp_last_error()) == 7);
}

TEST_CASE("An exception out of a spawned call is its failure") {
  const bool elsewhere = GENERATE(false, true);
  Pool pool(2);
  CHECK(run(pool, [&] {
          Arrivals started;
          Part part([&]() -> int {
            started.arrive();
            throw std::runtime_error("thrown");
          });
          part.spawn();
          if (elsewhere) started.wait(1);
          if (part.sync() != TP_ETASK) return 1;
          return std::strcmp(tp_error_message(tp_last_error()), "thrown");
        }) == TP_OK);
}

TEST_CASE("A taken call that ends its thread is lost and the item goes on") {
  Pool pool(worker_counts());
  const bool may_be_taken = stats_of(pool).workers > 1;
  for (int round = 0; may_be_taken && round < 10; ++round)
    CHECK(run(pool, [&] {
            Arrivals started;
            Part part([&]() -> int {
              started.arrive();
              pthread_exit(nullptr);
            });
            part.spawn();
            started.wait(1);
            return part.sync() == TP_ELOST && tp_error_status(tp_last_error()) == TP_ELOST ? 0 : 1;
          }) == TP_OK);
  CHECK(run(pool, [] { return 0; }) == TP_OK);
}

TEST_CASE("A call that ends its thread inside sync takes its item and what was spawned with it") {
  Pool pool(2);
  for (int round = 0; round < 10; ++round) {
    Arrivals started;
    Gate gate;
    std::atomic<int> after{0}, dropped{0};
    Task<void, void> task([&](const void*, void*) {
      Part taken([&] { return started.arrive(), gate.wait(), ++after, 0; });
      Part waiting([&] { return ++dropped, 0; });
      Part exits([&]() -> int {
        gate.open();
        pthread_exit(nullptr);
      });
      taken.spawn();
      started.wait(1);
      waiting.spawn();
      exits.spawn();
      exits.sync();
      return 0;
    });
    CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ELOST);
    CHECK(after == 1);
    CHECK(dropped <= 1);  // unless a worker was quicker
  }
}

TEST_CASE("What is spawned runs although its job was cancelled and sees the stop flag") {
  Pool pool(worker_counts());
  Arrivals started;
  Gate gate;
  std::atomic<int> stopped{0};
  Task<void, void> task([&](const void*, void*) {
    started.arrive();
    gate.wait();
    Part part([&] { return stopped += tp_task_stop_requested(), 0; });
    part.spawn();
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  started.wait(1);
  SECTION("cancel") { CHECK(tp_result_cancel(result) == TP_OK); }
  SECTION("terminate") { CHECK(tp_pool_terminate(pool) == TP_OK); }
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(stopped == 1);
}

TEST_CASE("Workers take what is spawned also in a pause") {
  Pool pool(2);
  Arrivals started;
  Gate gate;
  Task<void, void> task([&](const void*, void*) {
    started.arrive();
    gate.wait();
    Arrivals taken;
    Part part([&] { return taken.arrive(), 0; });
    part.spawn();
    taken.wait(1);
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_pool_pause(pool) == TP_OK);
  gate.open();
  CHECK(result.get() == TP_OK);
}

TEST_CASE("A sync runs nothing but what came from the call it waits for") {
  Pool pool(2);
  static thread_local bool is_syncing = false;
  std::atomic<int> others{0}, during{0};
  Step other([&] {
    ++others;
    during += is_syncing;
  });
  Result queued;
  CHECK(run(pool, [&] {
          Arrivals started, helped;
          int inner = -1;
          Part nested([&] { return inner = tp_worker_index(), helped.arrive(), 0; });
          Part part([&] {
            started.arrive();
            nested.spawn();
            helped.wait(1);  // by the worker that syncs
            return nested.sync();
          });
          part.spawn();
          started.wait(1);
          tp_pool_apply_async(pool, &other, nullptr, nullptr, queued.out());
          is_syncing = true;
          const int status = part.sync();
          is_syncing = false;
          return status == TP_OK && inner == tp_worker_index() ? 0 : 1;
        }) == TP_OK);
  CHECK(queued.wait() == TP_OK);
  CHECK(others == 1);
  CHECK(during == 0);
}

TEST_CASE("A recursion of spawns is refused before the stack is used up") {
  Pool pool(worker_counts());
  struct Endless {
    static int run(void* deepest) {
      tp_spawn_t spawned;
      if (tp_spawn(&spawned, run, deepest) != TP_OK) return 1;
      const int status = tp_sync(&spawned);
      if (status == TP_EDEADLK) *static_cast<std::atomic<bool>*>(deepest) = true;
      return 0;
    }
  };
  std::atomic<bool> refused{false};
  CHECK(run(pool, [&] { return Endless::run(&refused); }) == TP_OK);
  CHECK(refused);
}

TEST_CASE("Outside of items spawn runs the call at once") {
  const auto here = std::this_thread::get_id();
  std::thread::id where;
  Part part([&] { return where = std::this_thread::get_id(), 0; });
  CHECK(part.spawn() == TP_OK);
  CHECK(where == here);
  CHECK(part.sync() == TP_OK);
  Part fails([] { return tp_task_set_error("outside", nullptr, nullptr), 5; });
  CHECK(fails.spawn() == TP_OK);
  CHECK(fails.sync() == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 5);
  CHECK(std::string(tp_error_message(tp_last_error())) == "outside");
  tp_clear_error();
}

TEST_CASE("In callbacks and initializers spawn runs the call at once") {
  std::atomic<int> at_once{0};
  const auto spawns = [&] {
    bool ran = false;
    Part inner([&] { return ran = true, 0; });
    Part outer([&] { return inner.spawn(), at_once += ran, inner.sync(); });
    outer.spawn();
    at_once += ran;
    return outer.sync();
  };
  PoolHooks hooks(pool_options(2), spawns);
  Listening job([&](tp_result_t*) { spawns(); });
  Step step([] {});
  Pool pool(hooks);
  CHECK(apply_async(pool, step, &job).wait() == TP_OK);
  pool.finish();
  CHECK(at_once == 6);
}

TEST_CASE("spawn and sync refuse what they see to be wrong") {
  tp_spawn_t spawned{};
  CHECK(tp_spawn(nullptr, Part::run, nullptr) == TP_EINVAL);
  CHECK(tp_spawn(&spawned, nullptr, nullptr) == TP_EINVAL);
  CHECK(tp_sync(nullptr) == TP_EINVAL);
  CHECK(tp_error_status(tp_last_error()) == TP_EINVAL);
  Pool pool(1);
  CHECK(run(pool, [] {
          Part first([] { return 0; }), second([] { return 0; });
          first.spawn();
          second.spawn();
          const int wrong = first.sync();
          if (second.sync() != TP_OK || first.sync() != TP_OK) return 1;
          return wrong == TP_EINVAL ? 0 : 2;
        }) == TP_OK);
  tp_clear_error();
}

TEST_CASE("A forked child of a spawning task can neither spawn nor sync") {
  Pool pool(1);
  CHECK(run(pool, [] {
          Part part([] { return 0; });
          part.spawn();
          const int code = in_child([&] {
            Part childs([] { return 0; });
            return childs.spawn() == TP_EFORKED && part.sync() == TP_EFORKED ? 0 : 1;
          });
          part.sync();
          return code;
        }) == TP_OK);
}

TEST_CASE("Spawned calls are counted as items") {
  Pool pool(worker_counts());
  Fib task;
  const int n = 10;
  long value = 0;
  CHECK(tp_pool_apply(pool, &task, &n, &value) == TP_OK);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.items == 1 + 88);  // fib(10) spawns in each call with n > 1
  CHECK(stats.completed == 1);
  CHECK(stats.running == 0);
}

TEST_CASE("A result that a spawned call waits for in vain is a deadlock that is told") {
  Pool pool(2);
  tp_result_t* own = nullptr;
  std::atomic<int> told{0};
  Gate gate;
  Task<void, void> task([&](const void*, void*) {
    gate.wait();
    Arrivals started;
    Part part([&] {
      started.arrive();
      return told = tp_result_wait(own, TP_FOREVER), 0;
    });
    part.spawn();
    started.wait(1);
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  own = result;
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(told == TP_EDEADLK);
}

TEST_CASE("A worker that syncs runs what a taken call waits for through another pool") {
  Step last([] {});
  Pool first(2), second(1);
  Task<void, void> through([&](const void*, void*) {
    return tp_pool_apply(first, &last, nullptr, nullptr) == TP_OK ? 0 : 1;
  });
  CHECK(run(first, [&] {
          Arrivals started;
          Part part([&] {
            started.arrive();
            return tp_pool_apply(second, &through, nullptr, nullptr) == TP_OK ? 0 : 1;
          });
          part.spawn();
          started.wait(1);
          return part.sync() == TP_OK ? 0 : 1;
        }) == TP_OK);
}

TEST_CASE("Items of a host's threads spawn for one another") {
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  Fib task;
  const std::vector<int> items(8, 15);
  const Result result = map_async(pool, task, items.data(), items.size());
  CHECK(tp_pool_close(pool) == TP_OK);
  const auto serve = [&] {
    std::size_t ran = 0;
    tp_worker_enter(pool, nullptr, kLong, &ran);
  };
  std::thread other(serve);
  serve();
  other.join();
  CHECK(result.values<long>()[7] == 610);
}
