// SPDX-License-Identifier: MIT
// Spawn and sync: what runs where, and what each call answers.
#include "submit/spawned.hpp"

using namespace support;
using namespace spawned;

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
  std::atomic<bool> refused{false};
  CHECK(run(pool, [&] { return Endless::run(&refused); }) == TP_OK);
  CHECK(refused);
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

TEST_CASE("A second sync is refused wherever the call ran") {
  const bool elsewhere = GENERATE(false, true);
  Pool pool(2);
  CHECK(run(pool, [&] {
          Arrivals started;
          Part part(
              [&] { return started.arrive(), tp_task_set_error("once", nullptr, nullptr), 3; });
          part.spawn();
          if (elsewhere) started.wait(1);
          if (part.sync() != TP_ETASK) return 1;
          return part.sync() == TP_EINVAL && part.sync() == TP_EINVAL ? 0 : 2;
        }) == TP_OK);
  Part outside([] { return 4; });
  outside.spawn();
  CHECK(outside.sync() == TP_ETASK);
  CHECK(outside.sync() == TP_EINVAL);
  tp_clear_error();
}

TEST_CASE("A sync out of order is refused although the call is over") {
  Pool pool(2);
  CHECK(run(pool, [] {
          Arrivals started;
          Gate gate;
          Part first([&] { return started.arrive(), 0; });
          Part second([&] { return started.arrive(), gate.wait(), 0; });
          Part third([&] { return 0; });
          first.spawn();
          started.wait(1);
          second.spawn();
          started.wait(2);  // so the first is over
          third.spawn();
          const int wrong = first.sync();
          gate.open();
          if (third.sync() != TP_OK || second.sync() != TP_OK || first.sync() != TP_OK) return 1;
          return wrong == TP_EINVAL ? 0 : 2;
        }) == TP_OK);
  tp_clear_error();
}

TEST_CASE("A sync on another thread is refused") {
  Pool pool(2);
  CHECK(run(pool, [] {
          Arrivals started;
          Gate gate;
          Part part([&] { return started.arrive(), gate.wait(), 0; });
          part.spawn();
          started.wait(1);
          int status = 0;
          std::thread([&] { status = part.sync(), tp_clear_error(); }).join();
          gate.open();
          return part.sync() == TP_OK && status == TP_EINVAL ? 0 : 1;
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
