// SPDX-License-Identifier: MIT
// The doors that the library has for other languages, as one that has libffi alone goes through
// them: closures on foreign threads and on its own, native functions, completions by a descriptor.
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "foreign.hpp"
#include "support/gate.hpp"

namespace {

using namespace foreign;

TEST_CASE("the version, and an error with its text") {
  CHECK(std::string(version()) == "1.2.0");
  const tp_task_t task = make_task(square);
  CHECK(pool_map(nullptr, &task, nullptr, nullptr, 0, nullptr) == TP_EINVAL);
  CHECK(message() == "pool is NULL; this call needs one");
  CHECK(std::string(foreign::strerror(TP_EINVAL)) == "Invalid argument");
}

TEST_CASE("map calls a closure on the pool's threads, between the hooks that are closures too") {
  std::mutex mutex;
  std::set<std::thread::id> entered, left, used;
  const auto note = [&](std::set<std::thread::id>& threads) {
    std::lock_guard<std::mutex> lock(mutex);
    threads.insert(std::this_thread::get_id());
  };
  const host::Closure<int(void*)> initializer([&](void*) { return note(entered), 0; });
  const host::Closure<void(void*)> finalizer([&](void*) { note(left); });
  const TaskClosure closure([&](void* ctx, const void* item, void* value) {
    note(used);
    return square(ctx, item, value);
  });
  tp_pool_options_t options = {};
  options.initializer = initializer;
  options.finalizer = finalizer;
  Numbers numbers(10000);
  {
    const Pool pool = make_pool(options);
    CHECK(numbers.map(pool, make_task(closure)) == TP_OK);
  }
  CHECK(numbers.values == numbers.squares);
  CHECK(entered == left);
  CHECK(std::includes(entered.begin(), entered.end(), used.begin(), used.end()));
  CHECK(used.count(std::this_thread::get_id()) == 0);
}

TEST_CASE("a closure may be freed by the drop hook of its job") {
  support::Arrivals dropped;
  const host::Closure<void(void*)> drop([&](void* ctx) {
    delete static_cast<TaskClosure*>(ctx);
    dropped.arrive();
  });
  const Pool pool = make_pool();
  for (int i = 0; i < 100; ++i) {
    auto closure = std::make_unique<TaskClosure>(square);
    tp_task_t task = make_task(*closure);
    task.ctx_drop = drop;
    task.ctx = closure.get();
    apply(pool, task, i);
    closure.release();
  }
  REQUIRE(pool_close(pool.get()) == TP_OK);
  REQUIRE(pool_join(pool.get(), TP_FOREVER) == TP_OK);
  CHECK(dropped.count() == 100);
}

TEST_CASE("what a closure throws does not pass for success where it has to confirm") {
  const TaskClosure throws([](void*, const void* item, void*) {
    if (*static_cast<const int*>(item) == 7) throw std::runtime_error("swallowed");
    return task_confirm();
  });
  const TaskClosure says_why(
      [](void*, const void*, void*) { return task_set_error("why", nullptr, nullptr), 42; });
  const Pool pool = make_pool();
  Numbers numbers(10);
  CHECK(numbers.map(pool, make_task(throws)) == TP_OK);
  CHECK(numbers.map(pool, make_task(throws, TP_TASK_CONFIRM)) == TP_ETASK);
  CHECK(error_index(last_error()) == 7);
  CHECK(message().find("tp_task_confirm") != std::string::npos);
  CHECK(numbers.map(pool, make_task(says_why)) == TP_ETASK);
  CHECK(message() == "why");
}

TEST_CASE("imap pulls from a closure") {
  int last = 0;
  const host::Closure<int(void*, void*)> source([&](void*, void* item) {
    *static_cast<int*>(item) = ++last;
    return last <= 100 ? 1 : 0;
  });
  const TaskClosure closure(square);
  const Pool pool = make_pool();
  const tp_task_t task = make_task(closure);
  tp_result_t* stream = nullptr;
  REQUIRE(pool_imap(pool.get(), &task, source, nullptr, nullptr, &stream) == TP_OK);
  const Result result(stream);
  int value = 0, expected = 0;
  while (result_next(stream, TP_FOREVER, &value) == TP_OK) {
    ++expected;
    REQUIRE(value == expected * expected);
  }
  CHECK(expected == 100);
}

Call make_call(void* function, const char* signature) {
  tp_call_t* call = nullptr;
  REQUIRE(call_create(reinterpret_cast<void (*)()>(function), signature, &call) == TP_OK);
  return Call(call);
}

TEST_CASE("starmap calls functions of other libraries") {
  const Pool pool = make_pool();
  struct Row {
    unsigned long crc;
    const void* data;
    unsigned length;
  };
  using Crc32 = unsigned long(unsigned long, const void*, unsigned);
  void* const function = host::find(host::open("libz.so.1"), "crc32");
  const auto crc32 = reinterpret_cast<Crc32*>(function);
  std::vector<std::string> buffers;
  std::vector<Row> rows;
  std::vector<unsigned long> sums(100), serial;
  for (int i = 0; i < 100; ++i) buffers.emplace_back(65536, static_cast<char>(i));
  for (const std::string& b : buffers) {
    rows.push_back({0, b.data(), 65536});
    serial.push_back(crc32(0, b.data(), 65536));
  }
  const Call crc = make_call(function, "ulong(ulong, pointer, uint)");
  CHECK(pool_starmap(pool.get(), crc.get(), rows.data(), sums.data(), 100, nullptr) == TP_OK);
  CHECK(sums == serial);

  const Call pow = make_call(host::find(host::open("libm.so.6"), "pow"), "double(double, double)");
  std::vector<double> pairs, powers(1000), expected;
  for (int i = 0; i < 1000; ++i) {
    pairs.insert(pairs.end(), {i / 8.0, 2.5});
    expected.push_back(std::pow(i / 8.0, 2.5));
  }
  CHECK(pool_starmap(pool.get(), pow.get(), pairs.data(), powers.data(), 1000, nullptr) == TP_OK);
  CHECK(powers == expected);
}

TEST_CASE("a timeout harms nothing, and terminate ends what has not started") {
  support::Gate gate;
  const TaskClosure held([&](void* ctx, const void* item, void* value) {
    return gate.wait(), square(ctx, item, value);
  });
  tp_pool_options_t one = {};
  one.workers = 1;
  const Pool pool = make_pool(one);
  const Result first = apply(pool, make_task(held), 5);
  const Result second = apply(pool, make_task(held), 6);
  CHECK(result_get(first.get(), 0.01, nullptr) == TP_ETIMEDOUT);
  CHECK(pool_terminate(pool.get()) == TP_OK);
  CHECK(result_get(second.get(), TP_FOREVER, nullptr) == TP_ETERMINATED);
  gate.open();
  CHECK(pool_join(pool.get(), TP_FOREVER) == TP_OK);
}

TEST_CASE("entered threads each run tasks by a closure of their own") {
  const Pool pool = make_pool(with(TP_POOL_NO_THREADS));
  support::Arrivals met;
  const auto serve = [&] {
    const auto self = std::this_thread::get_id();
    const TaskClosure dispatch([&, self](void* ctx, const void* item, void* value) {
      if (std::this_thread::get_id() != self) return 1;
      met.arrive();
      met.wait(2);  // so that both serve
      return square(ctx, item, value);
    });
    return worker_enter(pool.get(), dispatch, TP_FOREVER, nullptr);
  };
  int ends[2];
  std::thread servers[] = {std::thread([&] { ends[0] = serve(); }),
                           std::thread([&] { ends[1] = serve(); })};
  Numbers numbers(1000);
  tp_task_t task = make_task(nullptr);
  tp_job_options_t job = {};
  job.size = sizeof job;
  job.chunksize = 1;
  CHECK(pool_map(pool.get(), &task, numbers.items.data(), numbers.values.data(), 1000, &job) ==
        TP_OK);
  CHECK(numbers.values == numbers.squares);
  CHECK(pool_close(pool.get()) == TP_OK);
  for (std::thread& server : servers) server.join();
  CHECK(ends[0] == TP_END);
  CHECK(ends[1] == TP_END);
}

TEST_CASE("completions come to the thread that polls the descriptor") {
  int sum = 0, elsewhere = 0, arrived = 0;
  const auto self = std::this_thread::get_id();
  const host::Closure<void(void*, tp_result_t*)> done([&](void*, tp_result_t* result) {
    void* value = nullptr;
    if (result_get(result, 0, &value) == TP_OK) sum += *static_cast<int*>(value);
    elsewhere += std::this_thread::get_id() != self;
    ++arrived;
  });
  tp_job_options_t job = {};
  job.size = sizeof job;
  job.callback = done;
  const TaskClosure closure(square);
  const Pool pool = make_pool(with(TP_POOL_MANUAL_CALLBACKS));
  pollfd door = {-1, POLLIN, 0};
  REQUIRE(pool_fd(pool.get(), &door.fd) == TP_OK);
  for (int i = 0; i < 10; ++i) apply(pool, make_task(closure), i, &job);
  while (arrived < 10) {
    REQUIRE(poll(&door, 1, 60000) == 1);
    REQUIRE(pool_run_callbacks(pool.get(), 0, nullptr) == TP_OK);
  }
  CHECK(sum == 285);
  CHECK(elsewhere == 0);
}

}  // namespace
