// SPDX-License-Identifier: MIT
// Traces that start and stop while the pool works and while it ends.
#include <fcntl.h>

#include "trace/traced.hpp"

using namespace support;
using traced::File;
using traced::Path;

TEST_CASE("The end of a pool writes its trace") {
  const Path joined, destroyed, terminated;
  Step task([] {});
  {
    Pool pool(2);
    traced::start(pool, joined);
    REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
    pool.finish();
    CHECK(File(joined).count("task") == 1);
    CHECK(tp_pool_trace_stop(pool) == TP_OK);
  }
  {
    Pool pool(2);
    traced::start(pool, destroyed);
    REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  }
  CHECK(File(destroyed).count("task") == 1);
  {
    Pool pool(2);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    traced::start(pool, terminated);
  }
  CHECK(File(terminated).count("task") == 0);
}

TEST_CASE("A pool that its own worker destroys writes its trace") {
  const Path path;
  Gone gone;
  tp_pool_options_t options = pool_options(2);
  gone.watch(options);
  Pool pool(options);
  traced::start(pool, path);
  Step destroy([] { tp_pool_destroy(tp_worker_pool()); });
  forget(pool.give_away(), destroy);
  gone.wait();
  CHECK(File(path).count("task") == 1);
}

TEST_CASE("A host's pool is traced by the places of its threads") {
  const Path path;
  Step task([] {});
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  traced::start(pool, path);
  for (int i = 0; i < 3; ++i) {
    Result result = apply_async(pool, task);
    std::thread([&] { CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK); }).join();
  }
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("task") == 3);
  for (const traced::Event& event : file.of("task")) CHECK(event.lane == 1);
}

TEST_CASE("What began in one trace is not in the next") {
  const Path path, next;
  Pool pool(1);
  traced::start(pool, path);
  Busy busy(pool, 1);
  CHECK(traced::stop(pool, path).count("task") == 0);
  traced::start(pool, next);
  busy.end();
  const File file = traced::stop(pool, next);
  CHECK(file.count("task") == 0);
  CHECK(file.count("job") == 0);
}

TEST_CASE("Two pools have traces of their own") {
  const Path path, other;
  Odd odd;
  const std::vector<int> items(100);
  std::vector<int> values(100);
  Pool one(2), two(2);
  std::atomic<int> refused{0};
  Step into([&] {
    refused += tp_pool_map(two, &odd, items.data(), values.data(), 100, nullptr) != TP_OK;
  });
  traced::start(one, path);
  traced::start(two, other);
  Step nothing([] {});
  for (int i = 0; i < 20; ++i) {
    REQUIRE(tp_pool_apply(one, &into, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply(two, &nothing, nullptr, nullptr) == TP_OK);
  }
  CHECK(refused == 0);
  const File of_one = traced::stop(one, path), of_two = traced::stop(two, other);
  CHECK(of_one.count("task") == 20);
  CHECK(of_one.count("chunk") == 0);
  CHECK(of_two.count("task") == 20);
  CHECK(of_one.count("job", "b") == 20);
  CHECK(of_two.count("job", "b") == 40);
  std::size_t chunked = 0;
  for (const traced::Event& event : of_two.of("chunk"))
    chunked += static_cast<std::size_t>(event.arg("last") - event.arg("first"));
  CHECK(chunked == 2000);
}

TEST_CASE("Traces start and stop while many threads submit and help") {
  constexpr int kSubmitters = 3;
  const int rounds = kThreadSanitizer ? 30 : 100;
  Odd odd;
  Step nothing([] {});
  const int item = 1;
  const std::vector<int> items(100);
  std::atomic<bool> over{false};
  Pool pool(pool_options(3, TP_POOL_CALLER_HELPS));
  ThreadGroup threads(kSubmitters, [&](std::size_t t) {
    Listening job;
    job.name = t ? "named" : nullptr;
    while (!over) {
      Result one, map, stream;
      Numbers numbers(50);
      std::vector<int> values(100);
      Job plain;
      plain.name = job.name;
      tp_pool_apply_async(pool, &nothing, nullptr, &plain, nullptr);
      tp_pool_apply_async(pool, &odd, &item, &job, one.out());
      tp_pool_map_async(pool, &odd, items.data(), 100, &job, map.out());
      tp_pool_imap(pool, &odd, numbers.pull, &numbers, &plain, stream.out());
      tp_pool_map(pool, &odd, items.data(), values.data(), 100, &plain);
      while (tp_result_next(stream, kLong, nullptr) == TP_OK) {
      }
      one.wait();
      map.wait();
    }
  });
  // two threads that stop and start, so that they meet, too
  const Path theirs;
  std::thread other([&] {
    while (!over) {
      tp_pool_trace_start(pool, theirs);
      tp_pool_trace_stop(pool);
    }
  });
  int whole = 0, value = 0;
  for (int i = 0; i < rounds; ++i) {
    const Path mine;
    const bool started = tp_pool_trace_start(pool, mine) == TP_OK;
    REQUIRE(tp_pool_apply(pool, &odd, &item, &value) == TP_OK);
    const int stopped = tp_pool_trace_stop(pool);
    CHECK(stopped == TP_OK);
    if (!started) continue;
    const File file(mine);
    CHECK(file.lost() == 0);
    for (const traced::Event& event : file.events())  // none of an earlier trace, before this began
      REQUIRE(event.all["ts"].amount < 1e9);
    ++whole;
  }
  over = true;
  threads.join();
  other.join();
  CHECK(whole >= 1);
}

TEST_CASE("A trace to a pipe that nobody reads is an error and no signal") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  Step task([] {});
  Pool pool(1);
  REQUIRE(tp_pool_trace_start(pool, ("/proc/self/fd/" + std::to_string(ends[1])).c_str()) == TP_OK);
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  close(ends[0]);
  close(ends[1]);
  errno = 0;
  CHECK(tp_pool_trace_stop(pool) == TP_EAGAIN);
  CHECK(errno == EPIPE);
  sigset_t pending;
  REQUIRE(sigpending(&pending) == 0);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}
