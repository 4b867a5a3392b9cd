// SPDX-License-Identifier: MIT
// Groups share the pool fairly: in turn, and with what has no group.
#include "support/test.hpp"

using namespace support;

namespace {

// Writes down what starts, in a pool of one worker.
struct Log : Task<char, void> {
  Log() : Task([this](const char* name, void*) { return text += *name, 0; }) {}
  std::string text;
};

struct Bench {
  Bench() : pool(1), busy(pool, 1) {}
  void submit(char name, int n, tp_group_t* group = nullptr, std::uint32_t priority = 0) {
    InGroup job(group, priority);
    for (int i = 0; i < n; ++i) forget_item(pool, log, name, &job);
  }
  // Runs what was submitted; leaves the pool open.
  const std::string& run() {
    busy.end();
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    return log.text;
  }

  Log log;
  Pool pool;
  Busy busy;
};

}  // namespace

TEST_CASE("Groups take turns, and each of them is first in, first out") {
  Bench bench;
  const Group a(bench.pool), b(bench.pool), c(bench.pool);
  bench.submit('a', 4, a);
  bench.submit('b', 2, b);
  bench.submit('c', 3, c);
  CHECK(bench.run() == "abcabcaca");
}

TEST_CASE("A long queue holds up the first job of another group by one round at most") {
  Bench bench;
  const Group a(bench.pool), b(bench.pool), c(bench.pool);
  const std::uint32_t priority = GENERATE(0u, TP_JOB_URGENT, TP_JOB_BACKGROUND);
  bench.submit('a', 1000, a, priority);
  bench.submit('b', 1000, b, priority);
  bench.submit('c', 1, c, priority);
  CHECK(bench.run().find('c') <= 2);
}

TEST_CASE("Jobs without a group are one group more") {
  Bench bench;
  const Group a(bench.pool), b(bench.pool);
  bench.submit('-', 1000);
  bench.submit('a', 1000, a);
  bench.submit('b', 1, b);
  const std::string& text = bench.run();
  CHECK(text.find('a') <= 2);
  CHECK(text.find('b') <= 3);
  for (std::size_t at = 4; at + 2 < 1000; at += 2)
    REQUIRE((text[at] == '-') + (text[at + 1] == '-') == 1);
}

TEST_CASE("Jobs without a group start behind a round over the groups") {
  Bench bench;
  std::vector<Group> groups;
  for (char name = 'a'; name < 'k'; ++name) {
    groups.emplace_back(bench.pool);
    bench.submit(name, 100, groups.back());
  }
  const std::uint32_t priority = 0;
  bench.submit('-', 1, nullptr, priority);
  CHECK(bench.run().find('-') <= 10);
}

TEST_CASE("Priorities come before turns") {
  Bench bench;
  const Group a(bench.pool), b(bench.pool);
  bench.submit('1', 3, a, TP_JOB_BACKGROUND);
  bench.submit('2', 3, b);
  bench.submit('3', 2, a, TP_JOB_URGENT);
  bench.submit('4', 1);
  bench.submit('5', 1, b, TP_JOB_URGENT);
  std::string text = bench.run();
  CHECK(text.substr(0, 3) == "353");
  CHECK(text.substr(7) == "111");
}

TEST_CASE("Serial queues take turns, too") {
  Bench bench;
  const Group a(bench.pool, GroupOptions().running(1)), b(bench.pool, GroupOptions().running(1));
  bench.submit('a', 3, a);
  bench.submit('b', 3, b);
  CHECK(bench.run() == "ababab");
}

TEST_CASE("A group that has nothing to start any more loses its turn, and gets it again") {
  Bench bench;
  const Group a(bench.pool), b(bench.pool);
  bench.submit('a', 5, a);
  bench.submit('b', 2, b);
  CHECK(tp_group_cancel(a) == TP_OK);
  bench.submit('a', 2, a);
  CHECK(tp_group_pause(b) == TP_OK);
  bench.busy.end();
  CHECK(a.wait() == TP_OK);
  CHECK(bench.log.text == "aa");
  CHECK(tp_group_resume(b) == TP_OK);
  CHECK(bench.run() == "aabb");
}

TEST_CASE("A group may go while it has a turn and nothing to start") {
  Bench bench;
  const Group stays(bench.pool);
  std::optional<Group> first(std::in_place, bench.pool), second(std::in_place, bench.pool);
  bench.submit('x', 2, *first);
  bench.submit('a', 2, stays);
  bench.submit('y', 2, *second);
  for (std::optional<Group>* going : {&first, &second}) {
    CHECK(tp_group_cancel(**going) == TP_OK);
    going->reset();
  }
  bench.submit('b', 1, Group(bench.pool));
  CHECK(bench.run() == "aba");
}

TEST_CASE("500 serial queues on all workers lose no job and no order") {
  constexpr int kQueues = 500, kJobs = 40;
  struct Key {
    int key, number;
  };
  std::vector<int> next(kQueues);
  std::atomic<int> wrong{0};
  Task<Key, void> task([&](const Key* key, void*) {
    if (next[static_cast<std::size_t>(key->key)]++ != key->number) ++wrong;
    return 0;
  });
  Pool pool(worker_counts());
  std::vector<Group> queues;
  for (int i = 0; i < kQueues; ++i) queues.emplace_back(pool, GroupOptions().running(1));
  InGroup job(nullptr);
  for (int n = 0; n < kJobs; ++n)
    for (int i = 0; i < kQueues; ++i) {
      job.group = queues[static_cast<std::size_t>(i)];
      forget_item(pool, task, Key{i, n}, &job);
    }
  for (const Group& queue : queues) REQUIRE(queue.wait() == TP_OK);
  CHECK(wrong == 0);
  CHECK(next == std::vector<int>(kQueues, kJobs));
}
