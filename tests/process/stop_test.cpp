// SPDX-License-Identifier: MIT
// A process that is stopped and continued loses no task, and its timeouts are kept.
#include "stress/race.hpp"

using namespace support;

constexpr int kStops = 5;
constexpr int kTasks = 100'000;

// Of the calling thread, which does not go on before all have stopped.
static int stop_this_process() { return raise(SIGSTOP); }

// Continues a child each time that it has stopped itself, after a while: how often it did. Time
// itself is what is tested, so it has to pass.
static int continue_to_the_end(pid_t child, int milliseconds) {
  int stops = 0, status = 0;
  while (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
    ++stops;
    poll(nullptr, 0, milliseconds);
    kill(child, SIGCONT);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? stops : -1;
}

// Stops in the middle of tasks, wherever the other threads are then. 0 when all have run.
static int run_tasks() {
  std::atomic<int> ran{0};
  Step task([&] {
    if (++ran % (kTasks / kStops) == kTasks / kStops / 2) stop_this_process();
  });
  const tp_pool_options_t options = pool_options(2);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return __LINE__;
  tp_result_t* last = nullptr;
  for (int i = 1; i < kTasks; ++i)
    if (tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) != TP_OK) return __LINE__;
  if (tp_pool_apply_async(pool, &task, nullptr, nullptr, &last) != TP_OK) return __LINE__;
  if (tp_result_get(last, kLong, nullptr) != TP_OK) return __LINE__;
  if (tp_pool_wait_idle(pool, kLong) != TP_OK) return __LINE__;
  tp_result_release(last);
  tp_pool_destroy(pool);
  return ran == kTasks ? 0 : __LINE__;
}

// Waits for what can't come, with timeouts that end while the process is stopped.
static int run_out_of_time() {
  using Clock = std::chrono::steady_clock;
  Gate gate;
  Step hold([&] { gate.wait(); });
  Step stop([] { stop_this_process(); });
  const tp_pool_options_t options = pool_options(2);
  tp_pool_t* pool = nullptr;
  tp_result_t* held = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return __LINE__;
  if (tp_pool_apply_async(pool, &hold, nullptr, nullptr, &held) != TP_OK) return __LINE__;
  for (int i = 0; i < kStops; ++i) {
    const auto before = Clock::now();
    if (tp_pool_apply_async(pool, &stop, nullptr, nullptr, nullptr) != TP_OK) return __LINE__;
    if (tp_result_wait(held, 0.05) != TP_ETIMEDOUT) return __LINE__;
    if (Clock::now() - before < std::chrono::milliseconds(50)) return __LINE__;
  }
  if (tp_result_wait(held, 0.3) != TP_ETIMEDOUT) return __LINE__;  // the last stop is over
  gate.open();
  if (tp_result_wait(held, kLong) != TP_OK) return __LINE__;
  tp_result_release(held);
  tp_pool_destroy(pool);
  return 0;
}

TEST_CASE("a process that is stopped in the middle of 100000 tasks runs them all") {
  CHECK(continue_to_the_end(start_child(run_tasks), 50) == kStops);
}

TEST_CASE("a timeout that passes while the process is stopped is kept") {
  CHECK(continue_to_the_end(start_child(run_out_of_time), 100) == kStops);
}
