// SPDX-License-Identifier: MIT
// Signals to the process reach none of the workers and end no wait.
#include <signal.h>

#include <thread>

#include "process/workers.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

using namespace support;

#if !defined(__SANITIZE_THREAD__)  // it keeps signals from a thread that sleeps in a futex
namespace {

std::atomic<int> handled{0};

void count_signal(int) { ++handled; }

// Has this thread take no such signal: the mask that it had.
sigset_t keep_out(int signal) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  return before;
}

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
  for (int i = 0; i < 2; ++i)
    REQUIRE(tp_pool_apply_async(pool, &work, nullptr, nullptr, nullptr) == TP_OK);
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
  }
}
