// SPDX-License-Identifier: MIT
// Signals to the process reach none of the workers and end no wait.
#include <sys/time.h>

#include "process/workers.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

// Has this thread take no such signal: the mask that it had.
sigset_t keep_out(int signal) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  return before;
}

}  // namespace

#if !defined(__SANITIZE_THREAD__)  // it keeps signals from a thread that sleeps in a futex
namespace {

std::atomic<int> handled{0};

void count_signal(int) { ++handled; }

// Counts SIGUSR1 as long as it lives.
class Handler {
 public:
  Handler() {
    handled = 0;
    struct sigaction counting = {};
    counting.sa_handler = count_signal;
    sigaction(SIGUSR1, &counting, &before_);
  }
  ~Handler() { sigaction(SIGUSR1, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  struct sigaction before_ = {};
};

}  // namespace

TEST_CASE("2000 signals while a thread waits and workers run") {
  Handler handler;
  std::atomic<bool> stop{false};
  Step work([&] { await("the last signal", [&] { return stop.load(); }); });
  Pool pool(2);
  Result running[2];
  for (Result& result : running)
    REQUIRE(tp_pool_apply_async(pool, &work, nullptr, nullptr, result.out()) == TP_OK);
  std::thread sender([&] {
    keep_out(SIGUSR1);  // so that each signal comes to the thread that waits
    for (int i = 1; i <= 2000; ++i) {
      kill(getpid(), SIGUSR1);
      await("the handler", [&] { return handled >= i; });
    }
    stop = true;
  });
  CHECK(running[0].wait() == TP_OK);
  CHECK(running[1].wait() == TP_OK);
  sender.join();
  CHECK(handled == 2000);
}

// The first thread would be given them, if it took any.
TEST_CASE("1000 signals that none but the workers could take wait for another thread") {
  Handler handler;
  std::atomic<bool> stop{false};
  std::atomic<int> started{0};
  Step work([&] {
    ++started;
    await("the last signal", [&] { return stop.load(); });
  });
  Pool pool(2);
  apply_times(pool, work, 2);
  await("both workers", [&] { return started == 2; });
  const sigset_t before = keep_out(SIGUSR1);
  for (int i = 0; i < 1000; ++i) {
    kill(getpid(), SIGUSR1);
    std::this_thread::yield();
  }
  CHECK(handled == 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  await("the handler", [] { return handled == 1; });  // what was pending is one
  stop = true;
  pool.finish();
}
#endif

TEST_CASE("workers block every signal that a process may be sent") {
  tp_pool_options_t options = pool_options(3);
  options.name = "deaf";
  Pool pool(options);
  await("named workers", [] { return worker_status("deaf", "SigBlk").size() == 3; });
  for (const auto& [thread, mask] : worker_status("deaf", "SigBlk")) {
    const unsigned long long blocked = std::stoull(mask, nullptr, 16);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGUSR1, SIGUSR2, SIGPIPE})
      CHECK((blocked >> (signal - 1) & 1) == 1);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGVTALRM})
      CHECK((blocked >> (signal - 1) & 1) == 0);
  }
}

namespace {

sigset_t current_mask() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}

bool same(const sigset_t& one, const sigset_t& other) {
  for (int signal = 1; signal < 65; ++signal)
    if (sigismember(&one, signal) != sigismember(&other, signal)) return false;
  return true;
}

// What a task sees as its mask, and a child of fork in it.
struct Masks {
  sigset_t in_task;
  int in_child = -1;  // 0: the creator's, 1: another
};

Masks masks_of(tp_pool_t* pool, const sigset_t& creators) {
  Masks masks;
  Step look([&] {
    masks.in_task = current_mask();
    const pid_t child = fork();  // not support's, which lets SIGALRM in
    if (child == 0) _exit(!same(current_mask(), creators));
    masks.in_child = end_of(child);
  });
  REQUIRE(tp_pool_apply(pool, &look, nullptr, nullptr) == TP_OK);
  return masks;
}

}  // namespace

TEST_CASE("a profiler's timer is heard by a worker that runs") {
  static std::atomic<int> heard{0};
  static std::atomic<pid_t> on_worker{0};
  heard = 0;
  struct sigaction hearing = {}, before = {};
  hearing.sa_handler = [](int) {
    if (gettid() == on_worker) ++heard;
  };
  hearing.sa_flags = SA_RESTART;
  sigaction(SIGPROF, &hearing, &before);
  Step work([&] {
    on_worker = gettid();
    await("a tick", [] { return heard > 0; });
  });
  Pool pool(1);
  const itimerval tick{{0, 1000}, {0, 1000}}, none{};
  setitimer(ITIMER_PROF, &tick, nullptr);
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  setitimer(ITIMER_PROF, &none, nullptr);
  sigaction(SIGPROF, &before, nullptr);
  CHECK(heard > 0);
}

TEST_CASE("a child of fork in a task hears what the creator of the pool hears") {
  const sigset_t before = keep_out(SIGUSR2);
  const sigset_t creators = current_mask();
  Pool pool(1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (int lost = 0; lost < 2; ++lost) {
    const Masks masks = masks_of(pool, creators);
    CHECK(sigismember(&masks.in_task, SIGTERM) == 1);
    CHECK(masks.in_child == 0);
    Step end_thread([] { pthread_exit(nullptr); });
    CHECK(tp_pool_apply(pool, &end_thread, nullptr, nullptr) == TP_ELOST);
  }
}

TEST_CASE("a child of fork keeps the mask that its task has made for it") {
  Pool pool(1);
  int code = -1;
  Step look([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    const sigset_t own = current_mask();
    const pid_t child = fork();
    if (child == 0) _exit(!same(current_mask(), own));
    code = end_of(child);
  });
  CHECK(tp_pool_apply(pool, &look, nullptr, nullptr) == TP_OK);
  CHECK(code == 0);
}

TEST_CASE("workers that keep signals have the creator's mask, those that come later, too") {
  const sigset_t before = keep_out(SIGUSR2);
  const sigset_t creators = current_mask();
  Pool pool(pool_options(1, TP_POOL_KEEP_SIGNALS));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (int lost = 0; lost < 2; ++lost) {
    const Masks masks = masks_of(pool, creators);
    CHECK(same(masks.in_task, creators));
    CHECK(masks.in_child == 0);
    Step end_thread([] { pthread_exit(nullptr); });
    CHECK(tp_pool_apply(pool, &end_thread, nullptr, nullptr) == TP_ELOST);
  }
  const sigset_t resizer = keep_out(SIGUSR1);
  REQUIRE(tp_pool_resize(pool, 2) == TP_OK);
  pthread_sigmask(SIG_SETMASK, &resizer, nullptr);
  Busy busy(pool, 1);
  CHECK(same(masks_of(pool, creators).in_task, creators));
  busy.end();
}
