// SPDX-License-Identifier: MIT
// Ranks that die, stop or leave. The program says "all is well" when rank 0 has seen what it should.
#include "rank.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace rank;

namespace {

tp_cluster_options_t impatient() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.lost_after = 2;
  return options;
}

int signal_of_rank_1(void* signal, const void*, void* value) {
  if (number() == 1) raise(*static_cast<const int*>(signal));
  usleep(2000);
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}
const int kKill = SIGKILL, kStop = SIGSTOP;

int where(void*, const void*, void* value) {
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}

// Rank 1 is gone in the middle of a job: its items are lost, all others are done, and the pool goes on.
bool has_seen_it = false;
void lose_rank_1(tp_pool_t* pool, const int& signal) {
  has_seen_it = true;
  tp_task_t task = TP_TASK(signal_of_rank_1, const_cast<int*>(&signal), char, int);
  std::vector<char> items(100);
  tp_job_options_t keep = sized<tp_job_options_t>();
  keep.flags = TP_JOB_KEEP_ERRORS;
  tp_result_t* result = nullptr;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &keep, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
  int lost = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int status = tp_result_item_status(result, i);
    CHECK(status == TP_OK || status == TP_ELOST);
    if (status != TP_ELOST) continue;
    ++lost;
    CHECK(std::strstr(tp_error_message(tp_result_item_error(result, i)), "rank 1 was lost"));
  }
  CHECK(lost >= 1 && lost < 50);
  tp_result_release(result);
  task = TP_TASK(where, nullptr, char, int);
  std::vector<int> at(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), at.data(), items.size(), nullptr) == TP_OK);
  for (const int rank : at) CHECK(rank != 1);
  std::size_t workers = 0;
  CHECK(tp_pool_workers(pool, &workers) == TP_OK && workers >= count() - 1);
}
void killed(tp_pool_t* pool) { lose_rank_1(pool, kKill); }
void stopped(tp_pool_t* pool) { lose_rank_1(pool, kStop); }

// Rank 0 leads alone; when no rank is left it runs the items.
void alone(tp_pool_t* pool) { lose_rank_1(pool, kKill); }
tp_cluster_options_t impatient_leader() {
  tp_cluster_options_t options = impatient();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}

// Rank 0 goes without a word; the others are told that it is lost.
void leader_exits(tp_pool_t*) { _exit(0); }
void leader_killed(tp_pool_t*) { raise(SIGKILL); }

// Rank 1 stops when it has nothing to do any more: who ends the pool within a time does not wait for it.
int stop_soon(void*, const void*, void*) {
  usleep(2000);
  static std::atomic<bool> once{false};
  if (number() == 1 && !once.exchange(true))
    std::thread([] {
      usleep(200000);
      raise(SIGSTOP);
    }).detach();
  return 0;
}
void destroyed_within(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(stop_soon, nullptr, char, char);
  std::vector<char> items(100), values(100);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  usleep(600000);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(tp_pool_destroy_within(pool, 0.2) == TP_ETIMEDOUT);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
  if (!failures) std::puts("all is well");
  std::fflush(stdout);
  _exit(0);
}

constexpr Case kCases[] = {{"killed", killed, impatient},
                           {"stopped", stopped, impatient},
                           {"alone", alone, impatient_leader},
                           {"destroyed_within", destroyed_within},
                           {"leader_exits", leader_exits, impatient},
                           {"leader_killed", leader_killed, impatient}};

}  // namespace

int main(int argc, char** argv) {
  const bool loses_leader = argc > 1 && !std::strncmp(argv[1], "leader", 6);
  const int status = run(argc, argv, kCases);
  if (loses_leader && status == 2 && says("rank 0 gave no sign of life"))
    std::puts("all is well: rank 0 is lost");
  if (has_seen_it && status == 0) std::puts("all is well");
  std::fflush(stdout);
  // nobody waits in an exit handler for a rank that is gone
  _exit(status);
}
