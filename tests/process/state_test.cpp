// SPDX-License-Identifier: MIT
// What a task changes on its thread is not what the next one finds, and errno stays the caller's.
#include <locale.h>

#include <cfenv>

#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kChecks = 1000;

locale_t other_locale() {
  static const locale_t locale = newlocale(LC_ALL_MASK, "C", nullptr);
  return locale;
}

// Leaves rounding and locale other than they were.
void make_a_mess() {
  std::fesetround(FE_UPWARD);
  uselocale(other_locale());
}

bool is_clean() {
  const volatile double three = 3;
  const bool rounds_up = 1 / three > 0.33333333333333332;
  return std::fegetround() == FE_TONEAREST && !rounds_up && uselocale(nullptr) == LC_GLOBAL_LOCALE;
}

// A mess, and then what looks for it, on the one worker.
struct Mess {
  std::atomic<int> dirty{0}, looked{0};
  Step mess{[] { make_a_mess(); }};
  Step look{[this] {
    dirty += !is_clean();
    ++looked;
  }};
  Pool pool{1};

  void check(int wanted = kChecks) {
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(looked == wanted);
    CHECK(dirty == 0);
  }
};

}  // namespace

TEST_CASE("rounding and locale that a forgotten task changes are put back") {
  Mess mess;
  for (int i = 0; i < kChecks; ++i) {
    forget(mess.pool, mess.mess);
    REQUIRE(tp_pool_wait_idle(mess.pool, kLong) == TP_OK);  // quick tasks are run in numbers
    forget(mess.pool, mess.look);
    REQUIRE(tp_pool_wait_idle(mess.pool, kLong) == TP_OK);
  }
  mess.check();
}

TEST_CASE("rounding and locale that a task leaves changed are not seen by those claimed with it") {
  Mess mess;
  Step quick([] {});
  const auto submit = [&](const tp_task_t& task, int count) {
    apply_times(mess.pool, task, count);
  };
  Busy busy(mess.pool, 1);
  submit(quick, 300);  // claims grow
  for (int i = 0; i < kChecks; ++i) {
    submit(mess.mess, 1);
    submit(mess.look, 1);
  }
  busy.end();
  mess.check();
}

TEST_CASE("rounding that a task leaves changed is not seen by the same task behind it") {
  const bool with_handles = GENERATE(false, true);
  std::atomic<int> dirty{0};
  Task<int, void> task([&](const int*, void*) {
    dirty += std::fegetround() != FE_TONEAREST;
    return std::fesetround(FE_UPWARD);
  });
  Pool pool(1);
  {
    Busy busy(pool, 1);
    std::vector<Result> results(with_handles ? kChecks : 0);
    for (int i = 0; i < kChecks; ++i)
      REQUIRE(tp_pool_apply_async(pool, &task, &i, nullptr,
                                  with_handles ? results[std::size_t(i)].out() : nullptr) == TP_OK);
  }
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(dirty == 0);
}

TEST_CASE("rounding and locale that a long item changes are not seen by the items behind it") {
  const bool stream = GENERATE(false, true);
  std::atomic<int> dirty{0};
  Task<int, void> task([&](const int*, void*) {
    dirty += std::fegetround() != FE_TONEAREST;
    dirty += !stream && uselocale(nullptr) != LC_GLOBAL_LOCALE;
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
    while (std::chrono::steady_clock::now() < until) {
    }
    make_a_mess();
    return 0;
  });
  const std::vector<int> items(100);
  Numbers numbers(100);
  Pool pool(1);
  Result result;
  if (stream)
    REQUIRE(tp_pool_imap(pool, &task, Numbers::pull, &numbers, nullptr, result.out()) == TP_OK);
  else
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), items.size(), nullptr, result.out()) ==
            TP_OK);
  CHECK(result.wait() == TP_OK);
  CHECK(dirty == 0);
}

TEST_CASE("rounding and locale that a job changes are put back") {
  Mess mess;
  Task<int, void> items([](const int*, void*) { return make_a_mess(), 0; });
  Numbers source(10);
  const int numbers[10] = {};
  Listening job([](tp_result_t*) { make_a_mess(); });
  for (int i = 0; i < kChecks / 4; ++i) {
    Result result;
    REQUIRE(tp_pool_apply(mess.pool, &mess.mess, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply(mess.pool, &mess.look, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_map(mess.pool, &items, numbers, nullptr, 10, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply(mess.pool, &mess.look, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply_async(mess.pool, &mess.mess, nullptr, &job, result.out()) == TP_OK);
    REQUIRE(result.wait() == TP_OK);
    REQUIRE(tp_pool_apply(mess.pool, &mess.look, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_imap(mess.pool, &items, Numbers::pull, &source, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_wait_idle(mess.pool, kLong) == TP_OK);
    REQUIRE(tp_pool_apply(mess.pool, &mess.look, nullptr, nullptr) == TP_OK);
  }
  mess.check();
}

TEST_CASE("rounding and locale that an initializer sets are what tasks find") {
  tp_pool_options_t options = pool_options(2);
  options.initializer = [](void*) { return make_a_mess(), 0; };
  std::atomic<int> lost{0};
  Step look(
      [&] { lost += std::fegetround() != FE_UPWARD || uselocale(nullptr) != other_locale(); });
  Step tidy([] {
    std::fesetround(FE_TONEAREST);
    uselocale(LC_GLOBAL_LOCALE);
  });
  Pool pool(options);
  for (int i = 0; i < kChecks; ++i) {
    REQUIRE(tp_pool_apply(pool, &tidy, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply(pool, &look, nullptr, nullptr) == TP_OK);
  }
  CHECK(lost == 0);
}

TEST_CASE("signals that a task lets in are kept out again from when its worker has rested") {
  std::atomic<pid_t> thread{0};
  std::atomic<int> open{0};
  Step let_in([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    thread = gettid();
  });
  Step look([&] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    open += !sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGSEGV);
  });
  Pool pool(1);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(tp_pool_apply(pool, &let_in, nullptr, nullptr) == TP_OK);
    await_sleep(thread);
    REQUIRE(tp_pool_apply(pool, &look, nullptr, nullptr) == TP_OK);
  }
  CHECK(open == 0);
}

// What the caller's own code sets, user code of a task included, is not the library's to guard.
TEST_CASE("calls that succeed leave the caller's errno alone") {
  Odd odd;
  Numbers source(3);
  int item = 1, value = 0, fd = -1;
  std::size_t number = 0;
  std::string changed;
  const auto keeps = [&](const char* call, int status) {
    if (status < 0 || errno != 4321) changed = call;
    errno = 4321;
  };
  errno = 4321;
  for (int round = 0; round < 100; ++round) {
    const tp_pool_options_t options = pool_options(2, TP_POOL_MANUAL_CALLBACKS);
    tp_pool_t* pool = nullptr;
    tp_result_t *single = nullptr, *stream = nullptr;
    Listening job;
    keeps("tp_pool_create", tp_pool_create(&options, &pool));
    keeps("tp_pool_fd", tp_pool_fd(pool, &fd));
    keeps("tp_pool_apply", tp_pool_apply(pool, &odd, &item, &value));
    keeps("tp_pool_map", tp_pool_map(pool, &odd, &item, &value, 1, nullptr));
    keeps("tp_pool_apply_async", tp_pool_apply_async(pool, &odd, &item, &job, &single));
    keeps("tp_pool_run_callbacks", tp_pool_run_callbacks(pool, kLong, &number));
    keeps("tp_result_get", tp_result_get(single, kLong, nullptr));
    keeps("tp_pool_imap", tp_pool_imap(pool, &odd, Numbers::pull, &source, nullptr, &stream));
    keeps("tp_result_next", tp_result_next(stream, kLong, nullptr));
    keeps("tp_wait_any", tp_wait_any(&single, 1, kLong, &number));
    keeps("tp_wait_all", tp_wait_all(&single, 1, kLong));
    keeps("tp_pool_wait_idle", tp_pool_wait_idle(pool, kLong));
    keeps("tp_pool_close", tp_pool_close(pool));
    keeps("tp_pool_join", tp_pool_join(pool, kLong));
    tp_result_release(single);
    tp_result_release(stream);
    tp_pool_destroy(pool);
    keeps("release and destroy", TP_OK);
    source.pulled = 0;
  }
  CHECK(changed == "");
}

TEST_CASE("a thread that served as a worker has its rounding and locale again") {
  tp_pool_options_t options = pool_options(1, TP_POOL_NO_THREADS);
  Step mess([] { make_a_mess(); });
  Pool pool(options);
  forget(pool, mess);
  std::size_t ran = 0;
  bool clean = false;
  std::thread([&] {
    tp_worker_enter(pool, nullptr, 0, &ran);
    clean = is_clean();
  }).join();
  CHECK(ran == 1);
  CHECK(clean);
}
