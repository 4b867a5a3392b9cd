// SPDX-License-Identifier: MIT
// Workers on chosen CPUs, and with a priority of their own.
#include <sys/resource.h>

#include "support/test.hpp"

using namespace support;

namespace {

int own_nice() { return getpriority(PRIO_PROCESS, 0); }

// What a function says on each of a pool's workers.
template <class Value>
std::vector<Value> ask_each_worker(tp_pool_t* pool, std::size_t count,
                                   const std::function<Value()>& ask) {
  std::vector<Value> all(count);
  on_each_worker(pool, count, [&] { all[static_cast<std::size_t>(tp_worker_index())] = ask(); });
  return all;
}

using Cpus = std::vector<unsigned>;

tp_pool_options_t placed(std::size_t workers, const Cpus& cpus) {
  tp_pool_options_t options = pool_options(workers);
  options.cpus = cpus.data();
  options.n_cpus = cpus.size();
  return options;
}

// Whether each worker has but the CPU that is its own.
bool are_placed(tp_pool_t* pool, std::size_t count, const Cpus& cpus) {
  const std::vector<Cpus> found = ask_each_worker<Cpus>(pool, count, usable_cpus);
  for (std::size_t i = 0; i < count; ++i)
    if (found[i] != Cpus{cpus[i % cpus.size()]}) return false;
  return true;
}

}  // namespace

TEST_CASE("Each worker runs on the CPU that it was given and those that come later as well") {
  const Cpus usable = usable_cpus();
  Cpus cpus{usable.back(), usable.front(), usable.back()};
  const Cpus wanted = cpus;
  const tp_pool_options_t options = placed(2, cpus);
  Step leaves([] { pthread_exit(nullptr); });
  Pool pool(options);
  cpus.assign(cpus.size(), 0);  // was copied
  CHECK(usable_cpus() == usable);
  CHECK(are_placed(pool, 2, wanted));
  REQUIRE(tp_pool_resize(pool, 5) == TP_OK);
  CHECK(are_placed(pool, 5, wanted));
  for (int i = 0; i < 5; ++i) {
    Result result = apply_async(pool, leaves);
    CHECK(result.get() == TP_ELOST);
  }
  CHECK(are_placed(pool, 5, wanted));
}

TEST_CASE("Workers have the stack that the pool was given, and those that come later as well") {
  constexpr std::size_t kBytes = std::size_t{32} << 20;  // more than the system's
  const auto is_large = [] {
    pthread_attr_t attr;
    std::size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return 0;
    pthread_attr_getstacksize(&attr, &bytes);
    pthread_attr_destroy(&attr);
    return bytes >= kBytes ? 1 : 0;
  };
  const Cpus cpus = usable_cpus();
  const bool has_cpus = GENERATE(false, true);
  tp_pool_options_t options = has_cpus ? placed(2, cpus) : pool_options(2);
  options.stack_size = kBytes;
  Pool pool(options);
  CHECK(ask_each_worker<int>(pool, 2, is_large) == std::vector<int>(2, 1));
  REQUIRE(tp_pool_resize(pool, 3) == TP_OK);
  CHECK(ask_each_worker<int>(pool, 3, is_large) == std::vector<int>(3, 1));
}

TEST_CASE("The smallest stack of the system is enough for the library") {
  if (kSanitized) return;  // they need more
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Odd odd;
  Numbers source(100);
  Listening job;
  tp_pool_options_t options = pool_options(worker_counts());
  options.stack_size = static_cast<std::size_t>(sysconf(_SC_THREAD_STACK_MIN));
  Pool pool(options);
  apply_times(pool, task, 100, &job);
  CHECK(values_of(imap(pool, odd, source)).size() == 100);
  pool.finish();
  CHECK(ran == 100);
  CHECK(job.successes == 100);
}

TEST_CASE(
    "A stack that is too small is refused with a sentence, one beyond all memory for a while") {
  tp_pool_options_t options = pool_options(1);
  tp_pool_t* pool = nullptr;
  options.stack_size = 1;
  tp_clear_error();
  CHECK(tp_pool_create(&options, &pool) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("options.stack_size is 1 ") == 0);
  options.stack_size = SIZE_MAX / 2;
  CHECK(tp_pool_create(&options, &pool) == TP_EAGAIN);
  CHECK(pool == nullptr);
}

TEST_CASE("A pool on a CPU that there is not leaves nothing behind") {
  const NoThreadLeft check;
  const Cpus usable = usable_cpus();
  for (const unsigned none : {100'000u, 1u << 30}) {
    const Cpus cpus{usable.front(), none};
    const tp_pool_options_t options = placed(1, cpus);
    tp_pool_t* pool = reinterpret_cast<tp_pool_t*>(1);
    CHECK(tp_pool_create(&options, &pool) == TP_EINVAL);
    CHECK(pool == nullptr);
    CHECK(usable_cpus() == usable);
  }
}

TEST_CASE("Workers have the priority that was asked for and those that come later as well") {
  const int own = own_nice();
  for (const int more : {0, 3, 19}) {
    const int wanted = std::min(own + more, 19);
    tp_pool_options_t options = pool_options(2);
    options.nice = more;
    Step leaves([] { pthread_exit(nullptr); });
    Pool pool(options);
    CHECK(own_nice() == own);
    CHECK(ask_each_worker<int>(pool, 2, own_nice) == std::vector<int>(2, wanted));
    REQUIRE(tp_pool_resize(pool, 4) == TP_OK);
    Result result = apply_async(pool, leaves);
    CHECK(result.get() == TP_ELOST);
    CHECK(ask_each_worker<int>(pool, 4, own_nice) == std::vector<int>(4, wanted));
  }
}

TEST_CASE("A priority above the own one is had or refused and the caller's stays") {
  const int own = own_nice();
  const bool permitted = setpriority(PRIO_PROCESS, 0, own - 1) == 0;
  setpriority(PRIO_PROCESS, 0, own);
  tp_pool_options_t options = pool_options(2);
  options.nice = -1;
  tp_pool_t* handle = nullptr;
  CHECK(tp_pool_create(&options, &handle) == (permitted ? TP_OK : TP_EAGAIN));
  CHECK(own_nice() == own);
  if (handle) CHECK(ask_each_worker<int>(handle, 2, own_nice) == std::vector<int>(2, own - 1));
  tp_pool_destroy(handle);
}

TEST_CASE("A process without the right gets no priority above its own") {
  const NoThreadLeft check;
  const int answer = in_child([] {
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_NICE, &none) != 0) return 100;
    if (geteuid() == 0 && setuid(65534) != 0) return 101;
    tp_pool_options_t options = pool_options(2);
    options.nice = -1;
    tp_pool_t* pool = nullptr;
    const int status = tp_pool_create(&options, &pool);
    return pool ? 102 : -status;
  });
  CHECK(answer == -TP_EAGAIN);
}

TEST_CASE("Workers that another thread starts have the CPUs of the one that made the pool") {
  const Cpus usable = usable_cpus();
  const Cpus last{usable.back()};
  Pool pinned(placed(1, last)), pool(1);
  Step grows([&] { tp_pool_resize(pool, 3); });
  REQUIRE(tp_pool_apply(pinned, &grows, nullptr, nullptr) == TP_OK);
  CHECK(ask_each_worker<Cpus>(pool, 3, usable_cpus) == std::vector<Cpus>(3, usable));
}

TEST_CASE(
    "Workers that a thread of another priority starts have that of the one that made the pool") {
  tp_pool_options_t options = pool_options(1);
  options.nice = 7;
  Pool nice(options), pool(1);
  const int own = own_nice();
  bool may_rise = false;
  Step grows([&] {
    may_rise = setpriority(PRIO_PROCESS, 0, own) == 0;
    setpriority(PRIO_PROCESS, 0, own + 7);
    tp_pool_resize(pool, 3);
  });
  REQUIRE(tp_pool_apply(nice, &grows, nullptr, nullptr) == TP_OK);
  const std::vector<int> found = ask_each_worker<int>(pool, 3, own_nice);
  CHECK(found[0] == own);
  CHECK(found[2] == (may_rise ? own : std::min(own + 7, 19)));
}
