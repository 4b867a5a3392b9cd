// SPDX-License-Identifier: MIT
// What rank 0's handle keeps of a pool of threads: its options, and the errors of tasks.
#include <tpool/host.h>

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

tp_pool_options_t of_pool = sized<tp_pool_options_t>();
tp_cluster_options_t with_pool() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.pool = &of_pool;
  return options;
}

// A failure that nobody looks at is told in rank 0, with rank 0's argument.
struct Untold {
  std::atomic<int> count{0}, wrong{0};
} untold;
tp_cluster_options_t with_unobserved() {
  of_pool.arg = &untold;
  of_pool.unobserved = [](void* arg, const tp_error_t* error) {
    Untold& told = *static_cast<Untold*>(arg);
    told.wrong += number() != 0 || tp_error_code(error) != 6;
    ++told.count;
  };
  return with_pool();
}
int fails_with_6(void*, const void*, void*) {
  usleep(1000);
  return 6;
}
void unobserved(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(fails_with_6, nullptr, char, char);
  const int jobs = static_cast<int>(20 * count());
  for (int i = 0; i < jobs; ++i)
    CHECK(tp_pool_apply_async(pool, &task, "", nullptr, nullptr) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(untold.count == jobs && untold.wrong == 0);
}

// Whether workers of each rank block SIGUSR1.
int blocks_signal(void*, const void*, void* value) {
  usleep(1000);
  sigset_t mask;
  *static_cast<int*>(value) =
      pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0 && sigismember(&mask, SIGUSR1);
  return 0;
}
void check_signals(tp_pool_t* pool, int expected) {
  const tp_task_t task = TP_TASK(blocks_signal, nullptr, char, int);
  const std::vector<char> items(40 * count());
  std::vector<int> blocks(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), blocks.data(), items.size(), nullptr) == TP_OK);
  for (const int each : blocks) CHECK(each == expected);
}
void signals_blocked(tp_pool_t* pool) { check_signals(pool, 1); }
void signals_kept(tp_pool_t* pool) { check_signals(pool, 0); }
tp_cluster_options_t keeping_signals() {
  of_pool.flags = TP_POOL_KEEP_SIGNALS;
  return with_pool();
}

// The end of the pool waits for what was accepted; main looks whether it has.
tp_result_t* drained = nullptr;
tp_cluster_options_t draining() {
  of_pool.flags = TP_POOL_DRAIN;
  return with_pool();
}
int brief(void*, const void*, void*) {
  usleep(1000);
  return 0;
}
void drain(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(brief, nullptr, char, char);
  const std::vector<char> items(100 * count());
  for (const char item : items) {
    tp_result_release(drained);  // the last one is kept
    CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, &drained) == TP_OK);
  }
}

// A full pool takes no more until a job has ended.
tp_cluster_options_t of_three() {
  of_pool.max_pending = 3;
  return with_pool();
}
int patient(void*, const void*, void*) {
  while (!tp_task_stop_requested()) usleep(500);
  return 0;
}
void max_pending(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(patient, nullptr, char, char);
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_TRY;
  tp_result_t *results[3] = {}, *fourth = nullptr;
  for (tp_result_t*& each : results)
    CHECK(tp_pool_apply_async(pool, &task, "", &options, &each) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, "", &options, &fourth) == TP_EAGAIN && !fourth);
  CHECK(tp_result_cancel(results[0]) == TP_OK);
  CHECK(tp_result_wait(results[0], kLong) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, "", &options, &fourth) == TP_OK);
  CHECK(tp_pool_cancel(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  for (tp_result_t* const each : results) tp_result_release(each);
  tp_result_release(fourth);
}

// A success that the task has not confirmed is none.
int confirms_even(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  *static_cast<int*>(value) = x;
  return x % 2 == 0 ? (tp_task_confirm(), 0) : 0;
}
void confirm(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(confirms_even, nullptr, int, int);
  task.flags = TP_TASK_CONFIRM;
  const std::vector<int> items = range(static_cast<int>(40 * count()));
  tp_result_t* const result = map_keeping_errors(pool, task, items.data(), items.size());
  for (const int i : items) {
    CHECK(tp_result_item_status(result, std::size_t(i)) == (i % 2 ? TP_ETASK : TP_OK));
    if (i % 2)
      CHECK(std::strstr(tp_error_message(tp_result_item_error(result, std::size_t(i))),
                        "tp_task_confirm"));
  }
  tp_result_release(result);
}

// What a failure carries stays in its rank, and is dropped there.
std::atomic<int> carried{0}, dropped{0};
int carry(void*, const void*, void*) {
  usleep(1000);
  ++carried;
  tp_task_set_error("with a payload", &carried, [](void*) { ++dropped; });
  return 3;
}
void payloads(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(carry, nullptr, char, char);
  const std::vector<char> items(40 * count());
  tp_result_t* const result = map_keeping_errors(pool, task, items.data(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const tp_error_t* const error = tp_result_item_error(result, i);
    CHECK(error && tp_error_code(error) == 3);
    CHECK(error && !std::strcmp(tp_error_message(error), "with a payload"));
    if (count() > 1) CHECK(error && !tp_error_payload(error));
  }
  tp_result_release(result);
}

constexpr Case kCases[] = {{"unobserved", unobserved, with_unobserved},
                           {"signals_blocked", signals_blocked},
                           {"signals_kept", signals_kept, keeping_signals},
                           {"drain", drain, draining},
                           {"max_pending", max_pending, of_three},
                           {"confirm", confirm},
                           {"payloads", payloads}};

}  // namespace

int main(int argc, char** argv) {
  int status = run(argc, argv, kCases);
  if (drained && tp_result_successful(drained) != 1) status = 1;
  tp_result_release(drained);
  if (carried == dropped) return status;
  std::fprintf(stderr, "%d payloads were set, %d dropped\n", carried.load(), dropped.load());
  return 1;
}
