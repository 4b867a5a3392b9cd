// SPDX-License-Identifier: MIT
// Signals to the process reach none of the workers and end no wait.
#include <signal.h>

#include <thread>

#include "process/workers.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

using namespace support;

namespace {

std::atomic<int> handled{0};
std::atomic<int> on_workers{0};

void count_signal(int) {
  ++handled;
  if (tp_worker_index() >= 0) ++on_workers;
}

// Counts SIGUSR1 as long as it lives.
class Handler {
 public:
  Handler() {
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

#if !defined(__SANITIZE_THREAD__)  // it keeps signals from a thread that sleeps in a futex
TEST_CASE("2000 signals while a thread waits and workers run") {
  Handler handler;
  std::atomic<bool> stop{false};
  Step work([&] { await("the last signal", [&] { return stop.load(); }); });
  Pool pool(2);
  Result running[2];
  for (Result& result : running)
    REQUIRE(tp_pool_apply_async(pool, &work, nullptr, nullptr, result.out()) == TP_OK);
  std::thread sender([&] {
    sigset_t own;  // so that each signal comes to the thread that waits
    sigemptyset(&own);
    sigaddset(&own, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &own, nullptr);
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
  CHECK(on_workers == 0);
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
