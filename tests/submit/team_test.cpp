// SPDX-License-Identifier: MIT
// Teams: calls that run at once, each on a thread of its own.
#include "support/test.hpp"

using namespace support;

namespace {

// Where so many threads meet, again and again.
class Meeting {
 public:
  explicit Meeting(std::size_t threads) : threads_(threads) {}
  void meet() {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::size_t round = arrived_++ / threads_;
    changed_.notify_all();
    const auto over = [&] { return arrived_ / threads_ > round; };
    if (!changed_.wait_for(lock, kEmergency, over)) give_up("a team to meet");
  }

 private:
  const std::size_t threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t arrived_ = 0;
};

int team(tp_pool_t* pool, Body& body, std::size_t n) {
  return tp_pool_team(pool, Body::run, &body, n);
}

tp_pool_options_t elastic(std::size_t workers, double idle_timeout = TP_FOREVER) {
  tp_pool_options_t options = pool_options(workers);
  options.idle_timeout = idle_timeout;
  return options;
}

std::string sentence() { return tp_error_message(tp_last_error()); }

// Runs a team of n that meets, and checks who ran what. From a thread whose checks count.
void check_team(tp_pool_t* pool, std::size_t n, bool takes_part) {
  Meeting meeting(n);
  std::vector<pthread_t> threads(n);
  std::vector<int> ran(n, 0);
  Body body([&](std::size_t begin, std::size_t end) {
    if (end != begin + 1 || begin >= n) return 1;
    for (int round = 0; round < 3; ++round) meeting.meet();
    threads[begin] = pthread_self();
    ++ran[begin];
    return 0;
  });
  REQUIRE(team(pool, body, n) == TP_OK);
  CHECK(std::set<pthread_t>(threads.begin(), threads.end()).size() == n);
  CHECK(std::count(ran.begin(), ran.end(), 1) == static_cast<std::ptrdiff_t>(n));
  const auto is_mine = [](pthread_t thread) { return pthread_equal(thread, pthread_self()); };
  CHECK(std::any_of(threads.begin(), threads.end(), is_mine) == takes_part);
  if (takes_part) CHECK(is_mine(threads[0]));
}

}  // namespace

TEST_CASE("The calls of a team meet at a barrier") {
  const std::size_t workers = worker_counts();
  const bool helps = GENERATE(false, true);
  Pool pool(pool_options(workers, helps ? TP_POOL_CALLER_HELPS : 0));
  for (std::size_t n = 1; n <= workers + helps; n += std::max<std::size_t>(n / 2, 1))
    check_team(pool, n, helps);
  check_team(pool, workers + helps, helps);
  const tp_pool_stats_t before = stats_of(pool);
  check_team(pool, workers, helps);
  const tp_pool_stats_t after = stats_of(pool);
  CHECK(after.completed == before.completed + 1);
  CHECK(after.submitted == before.submitted + 1);
  CHECK(after.items == before.items + workers);
  CHECK(after.running == 0);
  CHECK(after.queued == 0);
}

TEST_CASE("A team of none and of one that its caller runs alone") {
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Busy busy(pool, 1);
  Body body([](std::size_t begin, std::size_t end) { return begin == 0 && end == 1 ? 0 : 1; });
  CHECK(team(pool, body, 0) == TP_OK);
  CHECK(team(pool, body, 1) == TP_OK);
  CHECK(team(pool, body, 2) == TP_EAGAIN);
}

TEST_CASE("A worker's team has the worker as its first member") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  std::atomic<int> wrong{0};
  Meeting meeting(workers);
  pthread_t caller{};
  Body body([&](std::size_t begin, std::size_t) {
    if (begin == 0) wrong += !pthread_equal(caller, pthread_self());
    meeting.meet();
    return 0;
  });
  Step task([&] {
    caller = pthread_self();
    wrong += team(pool, body, workers) != TP_OK;
  });
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(wrong == 0);
}

TEST_CASE("A team needs as many idle workers, and leaves no trace without") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 2, 4, 8);
  Pool pool(workers);
  std::atomic<int> ran{0};
  Body body([&](std::size_t, std::size_t) { return ++ran, 0; });
  Busy busy(pool, workers - 1);
  const tp_pool_stats_t before = stats_of(pool);
  CHECK(team(pool, body, 2) == TP_EAGAIN);
  await("the last worker to rest", [&] {
    return team(pool, body, 2) == TP_EAGAIN &&
           sentence() == "the team needs 2 idle workers beside this thread; 1 are idle";
  });
  CHECK(team(pool, body, workers + 1) == TP_EAGAIN);
  CHECK(team(pool, body, SIZE_MAX) == TP_EAGAIN);
  CHECK(ran == 0);
  const tp_pool_stats_t after = stats_of(pool);
  CHECK(after.submitted == before.submitted);
  CHECK(after.completed == before.completed);
  CHECK(after.queued == before.queued);
  CHECK(team(pool, body, 1) == TP_OK);
  busy.end();
  CHECK(team(pool, body, workers) == TP_OK);
  CHECK(ran == static_cast<int>(workers) + 1);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_OK);
}

TEST_CASE("A team inside a team of the same pool is refused") {
  Pool pool(4), other(4);
  std::atomic<int> inner{0}, outer{0}, others{0};
  Body nothing([](std::size_t, std::size_t) { return 0; });
  Body body([&](std::size_t, std::size_t) {
    outer += team(pool, nothing, 1) == TP_EDEADLK;
    inner += team(pool, nothing, 0) == TP_EDEADLK;
    const int status = team(other, nothing, 1);
    others += status == TP_OK || status == TP_EAGAIN;
    return 0;
  });
  CHECK(team(pool, body, 2) == TP_OK);
  CHECK(outer == 2);
  CHECK(inner == 2);
  CHECK(others == 2);
}

TEST_CASE("A team fails as its lowest call does, and the others run") {
  Pool pool(4);
  Meeting meeting(4);
  Body body([&](std::size_t begin, std::size_t) {
    meeting.meet();
    return begin == 1 || begin == 3 ? static_cast<int>(10 + begin) : 0;
  });
  CHECK(team(pool, body, 4) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 1);
  CHECK(tp_error_code(tp_last_error()) == 11);
  CHECK(stats_of(pool).failed == 1);
  Body throws([&](std::size_t begin, std::size_t) -> int {
    meeting.meet();
    if (begin == 2) throw std::runtime_error("out of luck");
    return 0;
  });
  CHECK(team(pool, throws, 4) == TP_ETASK);
  CHECK(sentence() == "out of luck");
}

TEST_CASE("A member whose thread ends is lost, and the others run to their end") {
  const bool helps = GENERATE(false, true);
  const NoThreadLeft check;
  Pool pool(pool_options(4, helps ? TP_POOL_CALLER_HELPS : 0));
  std::atomic<int> ran{0};
  Meeting meeting(4);
  Body body([&](std::size_t begin, std::size_t) {
    meeting.meet();
    if (begin == 1 || begin == 2) pthread_exit(nullptr);
    return ++ran, 0;
  });
  for (int round = 1; round <= 3; ++round) {
    int status = TP_EAGAIN;  // until the lost workers have successors
    await("four workers", [&] { return (status = team(pool, body, 4)) != TP_EAGAIN; });
    CHECK(status == TP_ELOST);
    CHECK(tp_error_index(tp_last_error()) == 1);
    CHECK(ran == 2 * round);
  }
  Body quick([](std::size_t, std::size_t) { return 0; });
  await("the workers", [&] { return team(pool, quick, 4) == TP_OK; });
}

TEST_CASE("A caller whose thread ends in its own call leaves a team that ends") {
  const NoThreadLeft check;
  Pool pool(pool_options(3, TP_POOL_CALLER_HELPS));
  std::atomic<int> ran{0};
  Meeting meeting(4);
  Body body([&](std::size_t begin, std::size_t) {
    meeting.meet();
    if (begin == 0) pthread_exit(nullptr);
    return ++ran, 0;
  });
  in_thread([&] { team(pool, body, 4); });
  CHECK(ran == 3);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("A member runs nothing else before its call") {
  Pool pool(4);
  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  Body body([&](std::size_t begin, std::size_t) {
    if (begin == 0) apply_times(pool, work, 0);
    return 0;
  });
  for (int round = 0; round < 50; ++round) {
    Meeting meeting(4);
    Gate gate;
    Body meets([&](std::size_t, std::size_t) { return meeting.meet(), 0; });
    ThreadGroup submitter(1, [&] {
      for (int i = 0; i < 20; ++i) tp_pool_apply_async(pool, &work, nullptr, nullptr, nullptr);
    });
    const int status = team(pool, meets, 4);
    CHECK((status == TP_OK || status == TP_EAGAIN));
    submitter.join();
  }
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 1000);
  CHECK(team(pool, body, 4) == TP_OK);
}

TEST_CASE("What is submitted while all workers are in a team runs after it") {
  Pool pool(2);
  Gate gate;
  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  Body held([&](std::size_t, std::size_t) { return gate.wait(), 0; });
  ThreadGroup caller(1, [&] { team(pool, held, 2); });
  gate.await(2);
  const Result result = apply_async(pool, work);
  CHECK(tp_result_wait(result, kShort) == TP_ETIMEDOUT);
  gate.open();
  CHECK(result.get() == TP_OK);
  caller.join();
}

TEST_CASE("Terminate lets a team end that runs") {
  const NoThreadLeft check;
  Pool pool(4);
  Arrivals started;
  std::atomic<int> status{-100};
  Body patient([&](std::size_t, std::size_t) {
    started.arrive();
    await_stop();
    return 0;
  });
  ThreadGroup caller(1, [&] { status = team(pool, patient, 4); });
  started.wait(4);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  caller.join();
  CHECK(status == TP_OK);
  CHECK(team(pool, patient, 1) == TP_ECLOSED);
  CHECK(team(pool, patient, 0) == TP_ECLOSED);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("A paused pool starts no team but of the caller alone") {
  Pool pool(pool_options(4, TP_POOL_CALLER_HELPS));
  Body body([](std::size_t, std::size_t) { return 0; });
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  CHECK(team(pool, body, 2) == TP_EAGAIN);
  CHECK(sentence() == "the pool is paused; a team starts when its workers may");
  CHECK(team(pool, body, 1) == TP_OK);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(team(pool, body, 5) == TP_OK);
}

TEST_CASE("Two teams at once have what they need or are refused") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 2, 4, 8);
  const bool comes_and_goes = GENERATE(false, true);
  const NoThreadLeft check;
  Pool pool(comes_and_goes ? elastic(workers, 1e-4) : pool_options(workers));
  std::atomic<int> accepted{0}, wrong{0}, ran{0};
  in_threads(3, [&](std::size_t thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    for (int i = 0; i < 60; ++i) {
      const std::size_t n = 1 + random() % workers;
      Meeting meeting(n);
      Body body([&](std::size_t, std::size_t) { return meeting.meet(), ++ran, 0; });
      const int status = team(pool, body, n);
      if (status == TP_OK) accepted += static_cast<int>(n);
      wrong += status != TP_OK && status != TP_EAGAIN;
    }
  });
  CHECK(wrong == 0);
  CHECK(ran == accepted);
  CHECK(accepted > 0);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("Threads that are missing are started for a team") {
  const std::size_t workers = worker_counts();
  const NoThreadLeft check;
  std::atomic<int> initialized{0}, early{0};
  const PoolHooks options(elastic(workers), [&] { return ++initialized, 0; });
  Pool pool(options);
  Body body([&](std::size_t, std::size_t) {
    early += initialized < static_cast<int>(workers);
    return 0;
  });
  CHECK(team(pool, body, workers) == TP_OK);
  CHECK(early == 0);
  check_team(pool, workers, false);
  CHECK(initialized == static_cast<int>(workers));
  CHECK(stats_of(pool).workers == workers);
  CHECK(team(pool, body, workers + 1) == TP_EAGAIN);
}

TEST_CASE("An initializer that fails ends the team whose thread it is on") {
  const NoThreadLeft check;
  std::atomic<int> ran{0}, initialized{0};
  const bool ends_thread = GENERATE(false, true);
  const PoolHooks options(elastic(4), [&] {
    if (++initialized != 3) return 0;
    if (ends_thread) pthread_exit(nullptr);
    return 5;
  });
  Pool pool(options);
  Body body([&](std::size_t, std::size_t) { return ++ran, 0; });
  CHECK(team(pool, body, 4) == TP_EINIT);
  CHECK(ran == 0);
  CHECK(team(pool, body, 1) == TP_EINIT);
}

TEST_CASE("A team in a bounded pool takes room as one job") {
  tp_pool_options_t options = pool_options(4);
  options.max_pending = 2;
  Pool pool(options);
  Body body([](std::size_t, std::size_t) { return 0; });
  for (int round = 0; round < 5; ++round) CHECK(team(pool, body, 4) == TP_OK);
  Busy busy(pool, 1);
  for (int round = 0; round < 5; ++round) CHECK(team(pool, body, 4) == TP_EAGAIN);
  for (int round = 0; round < 5; ++round) CHECK(team(pool, body, 3) == TP_OK);
}

TEST_CASE("Threads that serve a pool of the host join a team") {
  Pool pool(pool_options(3, TP_POOL_NO_THREADS));
  Body body([](std::size_t, std::size_t) { return 0; });
  CHECK(team(pool, body, 1) == TP_EAGAIN);
  ThreadGroup hosts(3, [&] { tp_worker_enter(pool, nullptr, kLong, nullptr); });
  await("the threads", [&] { return stats_of(pool).workers == 3; });
  await("the team", [&] { return team(pool, body, 3) == TP_OK; });
  check_team(pool, 3, false);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  hosts.join();
}
