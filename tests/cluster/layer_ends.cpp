// SPDX-License-Identifier: MIT
// How a ClusterPool begins, is held up and ends. The lost rank's case says "all is well" when rank 0 has seen it.
#include <tpool/cluster.hpp>
#include <tpool/tpool.hpp>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "rank.hpp"

using namespace rank;
using std::chrono::milliseconds;

namespace {

// The error that f throws; status 0: it throws none.
template <class F>
tp::Error thrown_by(F f) {
  try {
    f();
  } catch (const tp::Error& error) {
    return error;
  }
  return tp::Error(TP_OK);
}

// Each rank's constructor throws. One rank alone may be wrong.
void refused(tp::cluster_options how, int status, const std::string& part) {
  const tp::Error error = thrown_by([&] { tp::ClusterPool pool(std::move(how)); });
  CHECK(error.status() == status);
  CHECK(std::string(error.what()).find(part) != std::string::npos);
}
void no_engine() {
  tp::cluster_options how;
  how.engine = "carrier pigeons";
  refused(std::move(how), TP_ENOTSUP, "can't be loaded");
}
void one_rank() {
  tp::cluster_options how;
  if (number_by_launcher() == count_by_launcher() - 1) how.lost_after = tp::Timeout(-1);
  refused(std::move(how), TP_EINVAL, "options.lost_after");
}

int next(int x) { return x + 1; }
int where(int) {
  std::this_thread::sleep_for(milliseconds(2));
  return static_cast<int>(tp::this_task::rank());
}

// The workers of each rank, a window that has room for one item, and a rank 0 that leads.
void with_options() {
  tp::cluster_options how;
  how.pool.workers = 2;
  how.window = 1;
  how.lost_after = tp::Timeout(30);
  how.leads = true;
  tp::ClusterPool pool(std::move(how));
  if (!pool) return;
  const std::size_t others = pool.ranks() - 1;
  CHECK(pool.workers() == 2 * std::max<std::size_t>(others, 1));
  const std::vector<int> at = pool.map(where, range(static_cast<int>(40 * pool.ranks())));
  for (std::size_t rank = 0; rank < pool.ranks(); ++rank) {
    const bool works = rank != 0 || others == 0;
    CHECK((std::count(at.begin(), at.end(), static_cast<int>(rank)) != 0) == works);
  }
  CHECK(tp::this_task::rank() == 0);
}

void paused() {
  tp::ClusterPool pool;
  if (!pool) return;
  pool.pause();
  auto later = pool.map_async(next, range(100));
  CHECK(!later.wait(milliseconds(50)));
  pool.resume();
  CHECK(later.get().back() == 100);
}

int patient(int) {
  while (!tp::this_task::stop_requested()) std::this_thread::sleep_for(milliseconds(1));
  return 0;
}
void terminated() {
  tp::ClusterPool pool;
  if (!pool) return;
  CHECK(thrown_by([&] { pool.join(); }).status() == TP_ERUNNING);
  auto never = pool.map_async(patient, range(1000));
  while (pool.stats().running < pool.ranks()) std::this_thread::sleep_for(milliseconds(1));
  pool.close();
  CHECK(!pool.join(milliseconds(10)));
  pool.terminate();
  CHECK(pool.join(tp::Timeout(kLong)));
  CHECK(thrown_by([&] { never.get(); }).status() == TP_ETERMINATED);
  CHECK(thrown_by([&] { pool.apply(next, 1); }).status() == TP_ECLOSED);
}

// The trace has a row for each rank, or for each worker of the only one.
void traced() {
  tp::ClusterPool pool;
  if (!pool) return;
  const std::string path = "/tmp/libtpool-layer-trace." + std::to_string(getpid());
  pool.trace_start(path.c_str());
  CHECK(thrown_by([&] { pool.trace_start(path.c_str()); }).status() == TP_EINVAL);
  pool.map(where, range(static_cast<int>(40 * pool.ranks())));
  pool.trace_stop();
  std::ostringstream trace;
  trace << std::ifstream(path).rdbuf();
  CHECK(unlink(path.c_str()) == 0);
  const std::string row = pool.ranks() == 1 ? "tpool-w0" : "tpool rank 0";
  CHECK(trace.str().find(row) != std::string::npos);
}

// An item whose thread ends is lost, in whichever rank. It is no exception of the task's.
int ends_thread(int x) {
  if (x == 3) pthread_exit(nullptr);
  return x;
}
void lost_item() {
  tp::ClusterPool pool;
  if (!pool) return;
  const auto check = [](const tp::Error& error) {
    CHECK(error.status() == TP_ELOST);
    CHECK(!dynamic_cast<const tp::RemoteError*>(&error));
  };
  for (int round = 0; round < 10; ++round) {
    try {
      pool.map(ends_thread, range(20));
      CHECK(false);
    } catch (const tp::Error& error) {
      check(error);
    }
  }
  const auto outcomes = pool.map(tp::keep_errors, ends_thread, range(20));
  CHECK(outcomes[4].value() == 4 && !outcomes[3].has_value());
  check(thrown_by([&] { outcomes[3].value(); }));
  CHECK(pool.map(next, range(20)).back() == 20);
}

// Rank 1 stops, and is given up.
int stop_rank_1(int) {
  if (tp::this_task::rank() == 1) raise(SIGSTOP);
  return where(0);
}
void lost_rank() {
  tp::cluster_options how;
  how.lost_after = tp::Timeout(2);
  tp::ClusterPool pool(std::move(how));
  if (!pool) return;
  const tp::Error error = thrown_by([&] { pool.map(stop_rank_1, range(100)); });
  CHECK(error.status() == TP_ELOST);
  CHECK(std::string(error.what()).find("rank 1 was lost: it gave no sign of life") !=
        std::string::npos);
  const std::vector<int> at = pool.map(where, range(100));
  CHECK(std::count(at.begin(), at.end(), 1) == 0);
  CHECK(pool.ranks() == 3);
  if (!failures) std::puts("all is well");
  std::fflush(stdout);
  _exit(failures ? 1 : 0);  // nobody waits in an exit handler for a rank that is gone
}

constexpr PlainCase kCases[] = {{"layer_no_engine", no_engine},   {"layer_one_rank", one_rank},
                                {"layer_options", with_options},  {"layer_paused", paused},
                                {"layer_terminated", terminated}, {"layer_traced", traced},
                                {"layer_lost_item", lost_item},   {"layer_lost_rank", lost_rank}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
