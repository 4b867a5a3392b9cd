// SPDX-License-Identifier: MIT
// Workers: how many, their names and numbers, their initializer and finalizer.
#include <sys/resource.h>

#include "support/test.hpp"

using namespace support;

static std::string thread_name() {
  char name[32] = "";
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return name;
}

TEST_CASE("A pool has as many workers as were asked for, each with a number of its own") {
  const std::size_t workers = worker_counts();
  std::mutex mutex;
  std::set<int> indices;
  std::set<pthread_t> threads;
  std::atomic<int> strangers{0};
  Pool pool(workers);
  std::size_t count = 0;
  CHECK(tp_pool_workers(pool, &count) == TP_OK);
  CHECK(count == workers);
  on_each_worker(pool, workers, [&] {
    std::lock_guard<std::mutex> lock(mutex);
    indices.insert(tp_worker_index());
    threads.insert(pthread_self());
    if (tp_worker_pool() != pool) ++strangers;
  });
  CHECK(indices.size() == workers);
  CHECK(*indices.begin() == 0);
  CHECK(*indices.rbegin() == static_cast<int>(workers) - 1);
  CHECK(threads.size() == workers);
  CHECK(strangers == 0);
}

TEST_CASE("Outside a pool there is no number, no pool and no stop flag") {
  Pool pool(1);
  CHECK(tp_worker_index() == -1);
  CHECK(tp_worker_pool() == nullptr);
  CHECK(tp_task_stop_requested() == 0);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_task_stop_requested() == 0);
}

TEST_CASE("By default a pool has a worker per CPU that the process may use") {
  cpu_set_t before, one;
  REQUIRE(sched_getaffinity(0, sizeof(before), &before) == 0);
  Pool pool(0);
  std::size_t count = 0;
  CHECK(tp_pool_workers(pool, &count) == TP_OK);
  CHECK(count >= 1);
  CHECK(count <= static_cast<std::size_t>(CPU_COUNT(&before)));

  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
  tp_pool_t* small = nullptr;
  const int status = tp_pool_create(nullptr, &small);
  REQUIRE(sched_setaffinity(0, sizeof(before), &before) == 0);
  REQUIRE(status == TP_OK);
  CHECK(tp_pool_workers(small, &count) == TP_OK);
  CHECK(count == 1);
  tp_pool_destroy(small);
}

TEST_CASE("The threads' names begin with the pool's, which is copied") {
  char name[] = "disk";
  const bool named = GENERATE(true, false);
  const std::size_t workers = worker_counts();
  std::mutex mutex;
  std::vector<std::string> names;
  tp_pool_options_t options = pool_options(workers);
  options.name = named ? name : nullptr;
  Pool pool(options);
  std::memset(name, 'x', 4);
  on_each_worker(pool, workers, [&] {
    std::lock_guard<std::mutex> lock(mutex);
    names.push_back(thread_name());
  });
  for (const std::string& seen : names) CHECK(seen.rfind(named ? "disk" : "tpool", 0) == 0);
}

TEST_CASE("A name longer than the system's is cut") {
  std::string seen;
  tp_pool_options_t options = pool_options(1);
  options.name = "a-very-long-name-of-a-pool-that-no-system-takes";
  Pool pool(options);
  on_each_worker(pool, 1, [&] { seen = thread_name(); });
  CHECK(seen.size() <= 15);
  CHECK(seen.rfind("a-very", 0) == 0);
}

TEST_CASE("The initializer runs once on each worker before its first task, the finalizer last") {
  const std::size_t workers = worker_counts();
  std::mutex mutex;
  std::vector<pthread_t> initialized, finalized;
  std::vector<int> indices;
  std::atomic<int> early{0}, late{0};
  const auto is_in = [](const std::vector<pthread_t>& list) {
    return std::find(list.begin(), list.end(), pthread_self()) != list.end();
  };
  const auto begin = [&] {
    std::lock_guard<std::mutex> lock(mutex);
    initialized.push_back(pthread_self());
    indices.push_back(tp_worker_index());
    return 0;
  };
  const auto end = [&] {
    std::lock_guard<std::mutex> lock(mutex);
    finalized.push_back(pthread_self());
  };
  const PoolHooks options(pool_options(workers), begin, end);
  Step task([&] {
    std::lock_guard<std::mutex> lock(mutex);
    if (!is_in(initialized)) ++early;
    if (is_in(finalized)) ++late;
  });
  Pool pool(options);
  apply_times(pool, task, 200);
  pool.finish();
  CHECK(early == 0);
  CHECK(late == 0);
  CHECK(initialized.size() == workers);
  std::sort(initialized.begin(), initialized.end());
  std::sort(finalized.begin(), finalized.end());
  CHECK(finalized == initialized);
  std::sort(indices.begin(), indices.end());
  for (std::size_t i = 0; i < workers; ++i) CHECK(indices[i] == static_cast<int>(i));
}

TEST_CASE("create does not wait for initializers, and a worker that is ready takes tasks") {
  Gate gate;
  std::atomic<int> count{0};
  const PoolHooks options(pool_options(2), [&] {
    if (count++ == 0) gate.wait();
    return 0;
  });
  Step task([] {});
  Pool pool(options);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  gate.open();
}

TEST_CASE("Workers block the signals that others may send, and not those of their own faults") {
  sigset_t mask;
  sigemptyset(&mask);
  Pool pool(1);
  on_each_worker(pool, 1, [&] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); });
  for (const int number :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM, SIGPIPE, SIGWINCH}) {
    CAPTURE(number);
    CHECK(sigismember(&mask, number) == 1);
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    CAPTURE(number);
    CHECK(sigismember(&mask, number) == 0);
  }
}

TEST_CASE("create leaves the caller's signal mask as it was") {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Pool pool(2);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int number = 1; number < 32; ++number)
    CHECK(sigismember(&before, number) == sigismember(&after, number));
}

TEST_CASE("A cancelled worker thread runs on: cancellation is disabled") {
  std::vector<pthread_t> threads(2);
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(2);
  on_each_worker(pool, 2,
                 [&] { threads[static_cast<std::size_t>(tp_worker_index())] = pthread_self(); });
  for (const pthread_t thread : threads) REQUIRE(pthread_cancel(thread) == 0);
  for (int i = 0; i < 100; ++i) REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(ran == 100);
}

TEST_CASE("A system that refuses a thread refuses the pool, and the threads before it are gone") {
  if (kSanitized || kEmulated) {
    WARN("not tried: the address space has no limit");
    return;
  }
  const int failed = in_child([] {
    std::atomic<int> drops{0};
    tp_pool_options_t options = pool_options(1024);
    options.arg = &drops;
    options.arg_drop = count_drop;
    rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = rlim_t{512} << 20;  // room for some stacks
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
    int any = 0;
    auto* pool = reinterpret_cast<tp_pool_t*>(&any);
    if (tp_pool_create(&options, &pool) != TP_EAGAIN) return 2;
    if (pool != nullptr || drops != 0) return 3;
    await("threads to end", [] { return worker_threads() == 0; });
    options.workers = 2;
    if (tp_pool_create(&options, &pool) != TP_OK) return 4;
    tp_pool_destroy(pool);
    return drops == 1 ? 0 : 5;
  });
  CHECK(failed == 0);
}

TEST_CASE("A pool that can't be made leaves nothing behind") {
  NoThreadLeft check;
  std::atomic<int> drops{0};
  tp_pool_options_t options = pool_options(GENERATE(as<std::size_t>{}, 4097, SIZE_MAX));
  options.arg = &drops;
  options.arg_drop = count_drop;
  int any = 0;
  auto* pool = reinterpret_cast<tp_pool_t*>(&any);
  CHECK(tp_pool_create(&options, &pool) == TP_EINVAL);
  CHECK(pool == nullptr);
  CHECK(drops == 0);
}
