// SPDX-License-Identifier: MIT
// Items that are empty, very large or very slow, sources that are slow, and processes that fork.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

// Items and values of no bytes. Each rank counts what has run in it.
std::atomic<int> ran{0}, given{0};
int empty_task(void*, const void* item, void* value) {
  ++ran;
  given += item != nullptr || value != nullptr;
  return 0;
}

int pull_1000(void* ctx, void*) { return ++*static_cast<int*>(ctx) <= 1000 ? 1 : 0; }

void empty_items(tp_pool_t* pool) {
  tp_task_t task = sized<tp_task_t>();
  task.fn = empty_task;
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 5000, nullptr) == TP_OK);
  tp_job_options_t chunked = sized<tp_job_options_t>();
  chunked.chunksize = 700;
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 5000, &chunked) == TP_OK);
  tp_result_t* stream = nullptr;
  int pulled = 0, read = 0;
  CHECK(tp_pool_imap(pool, &task, pull_1000, &pulled, nullptr, &stream) == TP_OK);
  while (tp_result_next(stream, kLong, nullptr) == TP_OK) ++read;
  tp_result_release(stream);
  CHECK(read == 1000);
  CHECK(sum_in_all<ran>(pool) == 11001);
  CHECK(sum_in_all<given>(pool) == 0);  // an item, or a place for a value
}

// The items have proved short; then one takes longer than a rank may be silent. The rank is not silent.
int sleep_ms(void*, const void* item, void* value) {
  const int ms = *static_cast<const int*>(item);
  if (ms) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  *static_cast<int*>(value) = ms + 1;
  return 0;
}
tp_cluster_options_t impatient() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.lost_after = 1;
  options.flags = TP_CLUSTER_LEADS;
  return options;
}
void long_after_short(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(sleep_ms, nullptr, int, int);
  std::vector<int> items(20000), values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  items[10000] = 2500;
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i) CHECK(values[i] == items[i] + 1);
}

// The source gives no item before the value of the one before has come back.
struct Slow {
  std::atomic<int> read{0};
  int next = 0;
};
int pull_when_read(void* ctx, void* item) {
  Slow& slow = *static_cast<Slow*>(ctx);
  while (slow.read < slow.next) usleep(100);
  *static_cast<int*>(item) = 0;
  return ++slow.next <= 500 ? 1 : 0;
}
void slow_source(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(sleep_ms, nullptr, int, int);
  for (const auto imap : {tp_pool_imap, tp_pool_imap_unordered}) {
    Slow slow;
    tp_result_t* stream = nullptr;
    CHECK(imap(pool, &task, pull_when_read, &slow, nullptr, &stream) == TP_OK);
    int value = 0, status;
    while ((status = tp_result_next(stream, kLong, &value)) == TP_OK) {
      CHECK(value == 1);
      ++slow.read;
    }
    CHECK(status == TP_END && slow.read == 500);
    slow.read = 501;
    tp_result_release(stream);
  }
}

// A child of a rank can use no pool. Returns which call was not refused.
constexpr int kRefused = 40;
int child_exits(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(sleep_ms, nullptr, int, int);
  tp_pool_t* other = nullptr;
  const int item = 0, object = 0;
  int value = 0;
  std::size_t workers = 0;
  void* shared = nullptr;
  if (tp_cluster_pool_create(nullptr, &other) != TP_EFORKED || other) return 1;
  if (!says("was forked from one that has a cluster's pool")) return 2;
  if (tp_cluster_rank(nullptr, nullptr) != TP_EINVAL) return 3;
  if (tp_cluster_share(pool, &object, sizeof object, nullptr, &shared) != TP_EINVAL) return 4;
  if (tp_pool_apply(pool, &task, &item, &value) != TP_EFORKED) return 5;
  if (tp_pool_close(pool) != TP_EFORKED) return 6;
  if (tp_pool_join(pool, 0) != TP_EFORKED) return 7;
  if (tp_pool_workers(pool, &workers) != TP_EFORKED) return 8;
  tp_pool_destroy(pool);
  return kRefused;
}
int fork_and_use(tp_pool_t* pool) {
  const pid_t child = fork();
  if (child == 0) _exit(child_exits(pool));
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}
int fork_in_task(void*, const void*, void* value) {
  usleep(2000);
  *static_cast<int*>(value) = fork_and_use(tp_worker_pool());
  return 0;
}
void forks(tp_pool_t* pool) {
  CHECK(fork_and_use(pool) == kRefused);
  const tp_task_t task = TP_TASK(fork_in_task, nullptr, char, int);
  const std::vector<char> items(20 * count());
  std::vector<int> ends(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), ends.data(), items.size(), nullptr) == TP_OK);
  for (const int end : ends) CHECK(end == kRefused);
  CHECK(fork_and_use(pool) == kRefused);
}

// One item, and one value, of 2.5 GiB: more than MPI counts in an int.
constexpr std::size_t kHuge = std::size_t{5} << 29;
int sum_huge(void*, const void* item, void* value) {
  const auto* const words = static_cast<const std::uint64_t*>(item);
  *static_cast<std::uint64_t*>(value) =
      std::accumulate(words, words + kHuge / sizeof *words, std::uint64_t{0}) + number();
  return 0;
}
int make_huge(void*, const void* item, void* value) {
  const std::uint64_t first = *static_cast<const std::uint64_t*>(item);
  auto* const words = static_cast<std::uint64_t*>(value);
  std::iota(words, words + kHuge / sizeof *words, first);
  return 0;
}
tp_cluster_options_t leading() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}
void huge_item(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(sum_huge, nullptr, char, std::uint64_t);
  task.item_size = kHuge;
  std::vector<std::uint64_t> item(kHuge / sizeof(std::uint64_t));
  std::iota(item.begin(), item.end(), std::uint64_t{0});
  const std::uint64_t n = item.size();
  std::uint64_t value = 0;
  CHECK(tp_pool_apply(pool, &task, item.data(), &value) == TP_OK);
  CHECK(value == n * (n - 1) / 2 + (count() > 1));  // it ran in rank 1
}
void huge_value(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(make_huge, nullptr, std::uint64_t, char);
  task.value_size = kHuge;
  std::vector<std::uint64_t> value(kHuge / sizeof(std::uint64_t));
  const std::uint64_t first = 7;
  CHECK(tp_pool_apply(pool, &task, &first, value.data()) == TP_OK);
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < value.size(); ++i) wrong += value[i] != first + i;
  CHECK(wrong == 0);
}

constexpr Case kCases[] = {
    {"empty_items", empty_items},      {"long_after_short", long_after_short, impatient},
    {"slow_source", slow_source},      {"forks", forks},
    {"huge_item", huge_item, leading}, {"huge_value", huge_value, leading}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
