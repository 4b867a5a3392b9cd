// SPDX-License-Identifier: MIT
// Ranks that die, stop or leave. The program says "all is well" when rank 0 has seen what it should.
#include "rank.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

using namespace rank;

namespace {

tp_cluster_options_t impatient() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.lost_after = 2;
  return options;
}

// How rank 1 goes: by a signal, or by a call.
const int kKill = SIGKILL, kStop = SIGSTOP, kExit = -1, kExitAtOnce = -2;
int rank_1_goes(void* ctx, const void*, void* value) {
  const int how = *static_cast<const int*>(ctx);
  if (number() == 1) {
    if (how == kExit) std::exit(0);
    if (how == kExitAtOnce) _exit(0);
    raise(how);
  }
  usleep(2000);
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}

int where(void*, const void*, void* value) {
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}

// Rank 1 is gone in the middle of a job: its items are lost, all others are done, and the pool goes on.
bool has_seen_it = false;
void lose_rank_1(tp_pool_t* pool, const int& how) {
  has_seen_it = true;
  tp_task_t task = TP_TASK(rank_1_goes, const_cast<int*>(&how), char, int);
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
void exits(tp_pool_t* pool) { lose_rank_1(pool, kExit); }
void exits_at_once(tp_pool_t* pool) { lose_rank_1(pool, kExitAtOnce); }

// Rank 1 was given up while it was stopped, and goes on. It ends, because it is told so, or looks at its clock before.
// Rank 0 does not hear it any more.
int process_of_rank(void*, const void*, void* value) {
  usleep(2000);
  pid_t* const found = static_cast<pid_t*>(value);
  found[0] = static_cast<pid_t>(number());
  found[1] = getpid();
  return 0;
}
pid_t process_of_rank_1(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(process_of_rank, nullptr, char, pid_t[2]);
  std::vector<char> items(100);
  std::vector<pid_t> found(2 * items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), found.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < found.size(); i += 2)
    if (found[i] == 1) return found[i + 1];
  CHECK(false);
  return getpid();
}
// A file of which both ranks know the name: the launcher is their parent.
std::string told_file() { return "/tmp/libtpool-told." + std::to_string(getppid()); }
void comes_back(tp_pool_t* pool) {
  unlink(told_file().c_str());
  const pid_t rank_1 = process_of_rank_1(pool);
  lose_rank_1(pool, kStop);
  CHECK(kill(rank_1, SIGCONT) == 0);
  const tp_task_t task = TP_TASK(where, nullptr, char, int);
  std::vector<char> items(100);
  std::vector<int> at(items.size());
  const auto begin = std::chrono::steady_clock::now();
  do {
    CHECK(tp_pool_map(pool, &task, items.data(), at.data(), items.size(), nullptr) == TP_OK);
    for (const int rank : at) CHECK(rank != 1);
  } while (access(told_file().c_str(), F_OK) != 0 &&
           std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  CHECK(unlink(told_file().c_str()) == 0);
}
[[noreturn]] void stay() {
  for (;;) pause();
}
// Rank 1 writes the file, and stays: a launcher may end all ranks when one leaves.
[[noreturn]] void stay_given_up() {
  std::fclose(std::fopen(told_file().c_str(), "w"));
  stay();
}

// Rank 0 leads alone; when no rank is left it runs the items.
void alone(tp_pool_t* pool) { lose_rank_1(pool, kKill); }
tp_cluster_options_t impatient_leader() {
  tp_cluster_options_t options = impatient();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}

// Rank 0 goes without a word; the others are told that it is lost.
void leader_exits(tp_pool_t*) { _exit(0); }
void leader_calls_exit(tp_pool_t*) { std::exit(0); }
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

// All ranks are suspended for longer than lost_after, as by Ctrl-Z or a batch system, and then go on: none is lost.
int suspend_once(void*, const void*, void* value) {
  static std::atomic<bool> once{false};
  if (!once.exchange(true)) {
    // rank 0 when the others have: who has no item then would come later
    const std::string file = told_file();
    if (number() != 0)
      std::fclose(std::fopen((file + '.' + std::to_string(number())).c_str(), "w"));
    for (std::size_t rank = 1; number() == 0 && rank < count(); ++rank) {
      const std::string other = file + '.' + std::to_string(rank);
      for (int ms = 0; ms < 20000 && access(other.c_str(), F_OK) != 0; ++ms) usleep(1000);
      CHECK(unlink(other.c_str()) == 0);
    }
    const std::string wakes = "(sleep 4; kill -CONT " + std::to_string(getpid()) + ") &";
    if (std::system(wakes.c_str()) != 0) return 1;
    raise(SIGSTOP);
  }
  usleep(1000);
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}
void suspended(tp_pool_t* pool) {
  has_seen_it = true;
  std::size_t before = 0, after = 0;
  CHECK(tp_pool_workers(pool, &before) == TP_OK);
  const tp_task_t task = TP_TASK(suspend_once, nullptr, char, int);
  std::vector<char> items(1000);
  std::vector<int> at(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), at.data(), items.size(), nullptr) == TP_OK);
  CHECK(std::set<int>(at.begin(), at.end()).size() == count());
  CHECK(tp_pool_workers(pool, &after) == TP_OK);
  CHECK(after == before);
}

constexpr Case kCases[] = {{"killed", killed, impatient},
                           {"stopped", stopped, impatient},
                           {"alone", alone, impatient_leader},
                           {"destroyed_within", destroyed_within},
                           {"suspended", suspended, impatient},
                           {"exits", exits, impatient},
                           {"exits_at_once", exits_at_once, impatient},
                           {"comes_back", comes_back, impatient},
                           {"leader_exits", leader_exits, impatient},
                           {"leader_calls_exit", leader_calls_exit, impatient},
                           {"leader_killed", leader_killed, impatient}};

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const bool loses_leader = name.rfind("leader", 0) == 0, comes_back = name == "comes_back";
  const int status = run(argc, argv, kCases);
  const bool is_lost = says("rank 0 has given this rank up") || says("rank 0 gave no sign of life");
  if (comes_back && status == 2 && is_lost) stay_given_up();
  // a launcher may end rank 0 when this one leaves
  if ((comes_back || name == "stopped") && status == 0 && !has_seen_it) stay();
  if (loses_leader && status == 2 && says("rank 0 gave no sign of life"))
    std::puts("all is well: rank 0 is lost");
  if (has_seen_it && status == 0) std::puts("all is well");
  std::fflush(stdout);
  // nobody waits in an exit handler for a rank that is gone
  _exit(status);
}
