// SPDX-License-Identifier: MIT
// The rows G of the cluster's goals, with libtpool-cluster: one row a line, with its number and unit.
// Usage: <launcher> bench_cluster [--threads] [rows]; rank 0 only hands out. With --threads it is a pool of threads
// alone, which a cluster's pool of one rank is compared with.
#include <tpool/cluster.h>
#include <tpool/tpool.h>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what,
               tp_last_error() ? tp_error_message(tp_last_error()) : "no last error");
  std::exit(1);
}
#define MUST(...) must((__VA_ARGS__), #__VA_ARGS__)

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
const tp_task_t kNext = TP_TASK(next, nullptr, int, int);

int sleep_us(void*, const void* item, void*) {
  usleep(static_cast<useconds_t>(*static_cast<const int*>(item)));
  return 0;
}

// Seconds of one round trip.
double round_trip(tp_pool_t* pool, int times, useconds_t idle) {
  std::vector<double> taken;
  for (int i = 0; i < times; ++i) {
    if (idle) usleep(idle);
    const double begin = now();
    int value = 0;
    MUST(tp_pool_apply(pool, &kNext, &i, &value) == TP_OK && value == i + 1);
    taken.push_back(now() - begin);
  }
  return median(taken);
}

constexpr int kMany = 100000;

std::vector<int> many() {
  std::vector<int> items(kMany);
  std::iota(items.begin(), items.end(), 0);
  return items;
}

void g1(tp_pool_t* pool) {
  round_trip(pool, 200, 0);
  std::printf("G1 %.3f us\n", 1e6 * round_trip(pool, 3000, 0));
}

void g2(tp_pool_t* pool) { std::printf("G2 %.3f us\n", 1e6 * round_trip(pool, 150, 5000)); }

// Seconds of an item of a map.
double map_of_many(tp_pool_t* pool) {
  const std::vector<int> items = many();
  std::vector<int> values(items.size());
  const double begin = now();
  MUST(tp_pool_map(pool, &kNext, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  const double taken = now() - begin;
  MUST(values.back() == kMany);
  return taken / kMany;
}

void g3(tp_pool_t* pool) { std::printf("G3 %.4f us an item\n", 1e6 * map_of_many(pool)); }

// The same map as in G3, beside a farm by hand.
void g5(tp_pool_t* pool) { std::printf("G5 %.4f us an item\n", 1e6 * map_of_many(pool)); }

void g4(tp_pool_t* pool) {
  std::vector<tp_result_t*> results(kMany);
  const double begin = now();
  for (int i = 0; i < kMany; ++i)
    MUST(tp_pool_apply_async(pool, &kNext, &i, nullptr, &results[static_cast<std::size_t>(i)]) ==
         TP_OK);
  MUST(tp_wait_all(results.data(), results.size(), TP_FOREVER) == TP_OK);
  std::printf("G4 %.4f us an item\n", 1e6 * (now() - begin) / kMany);
  for (tp_result_t* result : results) tp_result_release(result);
}

double efficiency(tp_pool_t* pool, const std::vector<int>& us) {
  std::size_t workers = 0;
  MUST(tp_pool_workers(pool, &workers) == TP_OK);
  tp_task_t task = TP_TASK(sleep_us, nullptr, int, int);
  task.value_size = 0;
  const double begin = now();
  MUST(tp_pool_map(pool, &task, us.data(), nullptr, us.size(), nullptr) == TP_OK);
  const double all = 1e-6 * std::accumulate(us.begin(), us.end(), 0.0);
  return all / (now() - begin) / static_cast<double>(workers);
}

void g6(tp_pool_t* pool) {
  std::printf("G6 %.3f of the workers' time\n", efficiency(pool, std::vector<int>(200, 10000)));
  std::vector<int> mixed;
  for (int i = 0; i < 400; ++i) mixed.push_back(i % 20 == 0 ? 40000 : 1000);
  std::vector<int> sorted = mixed;
  std::sort(sorted.begin(), sorted.end());
  std::shuffle(mixed.begin(), mixed.end(), std::minstd_rand(7));
  std::printf("G6-mixed %.3f of the workers' time\n", efficiency(pool, mixed));
  std::printf("G6-last %.3f of the workers' time\n", efficiency(pool, sorted));
}

// There and back.
template <std::size_t bytes>
double rate(tp_pool_t* pool) {
  tp_task_t task{};
  task.size = sizeof task;
  task.item_size = task.value_size = bytes;
  task.fn = [](void*, const void* item, void* value) {
    std::memcpy(value, item, bytes);
    return 0;
  };
  std::vector<char> item(bytes, 'x'), value(bytes);
  const double begin = now();
  MUST(tp_pool_apply(pool, &task, item.data(), value.data()) == TP_OK && value.back() == 'x');
  return 2e-9 * static_cast<double>(bytes) / (now() - begin);
}

void g7(tp_pool_t* pool) {
  rate<std::size_t{64} << 20>(pool);
  std::printf("G7 %.3f GB/s\n", rate<std::size_t{64} << 20>(pool));
}

void g7_large(tp_pool_t* pool) {
  std::printf("G7-large %.3f GB/s\n", rate<std::size_t{2560} << 20>(pool));
}

void g8(tp_pool_t* pool) {
  int at = 0;
  const auto pull = [](void* ctx, void* item) {
    int& next = *static_cast<int*>(ctx);
    if (next == kMany) return 0;
    *static_cast<int*>(item) = next++;
    return 1;
  };
  tp_result_t* stream = nullptr;
  const double begin = now();
  MUST(tp_pool_imap(pool, &kNext, pull, &at, nullptr, &stream) == TP_OK);
  int value = 0, read = 0;
  while (tp_result_next(stream, TP_FOREVER, &value) == TP_OK) MUST(value == ++read);
  std::printf("G8 %.4f us an item\n", 1e6 * (now() - begin) / kMany);
  tp_result_release(stream);
}

void g9(tp_pool_t* pool) {
  std::vector<char> table(std::size_t{64} << 20, 'x');
  void* shared = nullptr;
  tp_task_t task = TP_TASK(next, nullptr, int, int);
  task.fn = [](void* ctx, const void* item, void* value) {
    *static_cast<int*>(value) = static_cast<char*>(ctx)[*static_cast<const int*>(item)];
    return 0;
  };
  const std::vector<int> items = many();
  std::vector<int> values(10000);
  const double begin = now();
  MUST(tp_cluster_share(pool, table.data(), table.size(), nullptr, &shared) == TP_OK);
  task.ctx = shared;
  MUST(tp_pool_map(pool, &task, items.data(), values.data(), values.size(), nullptr) == TP_OK);
  std::printf("G9 %.4f s\n", now() - begin);
  MUST(tp_cluster_unshare(pool, shared) == TP_OK && values.back() == 'x');
}

double cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The share of a core that this rank and another one use while nothing happens.
void g10(tp_pool_t* pool) {
  tp_task_t task{};
  task.size = sizeof task;
  task.value_size = sizeof(double);
  task.fn = [](void*, const void*, void* value) {
    *static_cast<double*>(value) = cpu_time();
    return 0;
  };
  double other = 0, later = 0;
  usleep(1500000);
  MUST(tp_pool_apply(pool, &task, nullptr, &other) == TP_OK);
  usleep(1500000);
  const double mine = cpu_time();
  usleep(3000000);
  const double used = cpu_time() - mine;
  MUST(tp_pool_apply(pool, &task, nullptr, &later) == TP_OK);
  std::printf("G10 %.3f %% of a core, rank 0\n", 100 * used / 3);
  // Items alone go to one rank, as all are idle.
  std::printf("G10-serving %.3f %% of a core\n", 100 * (later - other) / 4.5);
}

// From the start of a job in which rank 1 is killed until all its items are over.
int kill_rank_1(void*, const void*, void*) {
  std::size_t rank = 0;
  tp_cluster_rank(&rank, nullptr);
  if (rank == 1) raise(SIGKILL);
  usleep(1000);
  return 0;
}
void g11(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(kill_rank_1, nullptr, char, char);
  const std::vector<char> items(200);
  tp_job_options_t keep{};
  keep.size = sizeof keep;
  keep.flags = TP_JOB_KEEP_ERRORS;
  tp_result_t* result = nullptr;
  const double begin = now();
  MUST(tp_pool_map_async(pool, &task, items.data(), items.size(), &keep, &result) == TP_OK);
  MUST(tp_result_wait(result, TP_FOREVER) == TP_OK);
  const double taken = now() - begin;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < items.size(); ++i)
    lost += tp_result_item_status(result, i) == TP_ELOST;
  MUST(lost > 0 && lost < items.size());
  std::printf("G11 %.3f s\n", taken);
  std::fflush(stdout);
  _exit(0);  // nobody waits in an exit handler for a rank that is gone
}

const struct {
  const char* name;
  void (*run)(tp_pool_t* pool);
  bool by_name = false;  // runs only when it is named
} kRows[] = {{"G1", g1},
             {"G2", g2},
             {"G3", g3},
             {"G4", g4},
             {"G5", g5},
             {"G6", g6},
             {"G7", g7},
             {"G8", g8},
             {"G9", g9},
             {"G10", g10},
             {"G7-large", g7_large, true},
             {"G11", g11, true}};

tp_pool_t* create_threads() {
  tp_pool_options_t workers{};
  workers.size = sizeof workers;
  workers.workers = 1;
  tp_pool_t* pool = nullptr;
  must(tp_pool_create(&workers, &pool) == TP_OK, "create");
  return pool;
}

// NULL in ranks other than 0, when they have served.
tp_pool_t* create_ranks(double lost_after) {
  tp_pool_options_t workers{};
  workers.size = sizeof workers;
  workers.workers = 1;
  tp_cluster_options_t options{};
  options.size = sizeof options;
  options.pool = &workers;
  options.flags = TP_CLUSTER_LEADS;
  options.lost_after = lost_after;
  tp_pool_t* pool = nullptr;
  const int status = tp_cluster_pool_create(&options, &pool);
  must(status == TP_OK || status == TP_END, "create");
  return pool;
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_threads = argc > 1 && !std::strcmp(argv[1], "--threads");
  char** const names = argv + (is_threads ? 2 : 1);
  const bool kills = argc > 1 && !std::strcmp(argv[1], "G11");
  tp_pool_t* const pool = is_threads ? create_threads() : create_ranks(kills ? 2 : 0);
  if (!pool) return 0;
  for (const auto& row : kRows) {
    const auto is_name = [&](const char* name) { return !std::strcmp(name, row.name); };
    const bool is_wanted =
        names == argv + argc ? !row.by_name : std::any_of(names, argv + argc, is_name);
    if (!is_wanted) continue;
    row.run(pool);
    std::fflush(stdout);
  }
  tp_pool_destroy(pool);
  return 0;
}
