// SPDX-License-Identifier: MIT
// Jobs of every kind over ranks: values, errors, ends.
#include "rank.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>

using namespace rank;

namespace {

int square(void*, const void* item, void* value) {
  const long x = *static_cast<const int*>(item);
  *static_cast<long*>(value) = x * x;
  return 0;
}
TP_TASK_BATCH(square_many, square, int, long)

int where(void*, const void*, void* value) {
  usleep(2000);
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}

struct Count {
  int next, end;
};
int pull(void* ctx, void* item) {
  Count& count = *static_cast<Count*>(ctx);
  if (count.next == count.end) return 0;
  *static_cast<int*>(item) = count.next++;
  return 1;
}

bool are_squares(const std::vector<long>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != static_cast<long>(i * i)) return false;
  return true;
}

std::vector<long> rest_of(tp_result_t* stream) {
  std::vector<long> values;
  long value = 0;
  int status;
  while ((status = tp_result_next(stream, kLong, &value)) == TP_OK) values.push_back(value);
  CHECK(status == TP_END);
  tp_result_release(stream);
  return values;
}

void values(tp_pool_t* pool) {
  const tp_task_t one = TP_TASK(square, nullptr, int, long);
  const tp_task_t many = TP_TASK_WITH(square, square_many_batch, nullptr, int, long);
  const std::vector<int> items = range(20000);
  for (const tp_task_t* task : {&one, &many})
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1000}}) {
      tp_job_options_t options = sized<tp_job_options_t>();
      options.chunksize = chunk;
      std::vector<long> found(items.size(), -1);
      CHECK(tp_pool_map(pool, task, items.data(), found.data(), items.size(), &options) == TP_OK);
      CHECK(are_squares(found));
    }
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &one, items.data(), items.size(), nullptr, &result) == TP_OK);
  void* found = nullptr;
  CHECK(tp_result_get(result, kLong, &found) == TP_OK);
  const long* const first = static_cast<long*>(found);
  CHECK(are_squares(std::vector<long>(first, first + items.size())));
  tp_result_release(result);
  long value = 0;
  for (const int& item : range(50)) {
    CHECK(tp_pool_apply(pool, &one, &item, &value) == TP_OK);
    CHECK(value == long{item} * item);
  }
  CHECK(tp_pool_map(pool, &one, nullptr, nullptr, 0, nullptr) == TP_OK);
}

void streams(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{7}}) {
    tp_job_options_t options = sized<tp_job_options_t>();
    options.chunksize = chunk;
    Count count{0, 3000};
    tp_result_t* stream = nullptr;
    CHECK(tp_pool_imap(pool, &task, pull, &count, &options, &stream) == TP_OK);
    const std::vector<long> ordered = rest_of(stream);
    CHECK(ordered.size() == 3000 && are_squares(ordered));
    count = {0, 3000};
    CHECK(tp_pool_imap_unordered(pool, &task, pull, &count, &options, &stream) == TP_OK);
    std::vector<long> unordered = rest_of(stream);
    std::sort(unordered.begin(), unordered.end());
    CHECK(unordered == ordered);
  }
}

void many_small(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  std::vector<tp_result_t*> results(10000);
  for (int i = 0; i < 10000; ++i)
    CHECK(tp_pool_apply_async(pool, &task, &i, nullptr, &results[static_cast<std::size_t>(i)]) ==
          TP_OK);
  CHECK(tp_wait_all(results.data(), results.size(), kLong) == TP_OK);
  for (std::size_t i = 0; i < results.size(); ++i) {
    void* value = nullptr;
    CHECK(tp_result_get(results[i], 0, &value) == TP_OK);
    CHECK(*static_cast<long*>(value) == static_cast<long>(i * i));
    tp_result_release(results[i]);
  }
}

// Every rank with workers runs something, and with TP_CLUSTER_LEADS rank 0 nothing.
void check_spread(tp_pool_t* pool, bool leads) {
  const tp_task_t task = TP_TASK(where, nullptr, char, int);
  std::vector<char> items(40 * count());
  std::vector<int> at(items.size(), -1);
  CHECK(tp_pool_map(pool, &task, items.data(), at.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t rank = 0; rank < count(); ++rank) {
    const bool works = rank != 0 || !leads || count() == 1;
    CHECK((std::count(at.begin(), at.end(), static_cast<int>(rank)) != 0) == works);
  }
  std::size_t workers = 0;
  CHECK(tp_pool_workers(pool, &workers) == TP_OK);
  CHECK(workers >= count() - (leads && count() > 1 ? 1 : 0));
  tp_pool_stats_t stats = sized<tp_pool_stats_t>();
  CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  CHECK(stats.workers == workers && stats.items == items.size() && stats.running == 0);
}
void spread(tp_pool_t* pool) { check_spread(pool, false); }
void leads(tp_pool_t* pool) { check_spread(pool, true); }
tp_cluster_options_t leading() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}

int fails(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  *static_cast<long*>(value) = x;
  if (x % 10 == 3) {
    tp_task_set_error("a three at the end", nullptr, nullptr);
    return x;
  }
  if (x % 10 == 5) throw std::runtime_error("a five at the end");
  if (x % 10 == 7) pthread_exit(nullptr);
  return 0;
}

void errors(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(fails, nullptr, int, long);
  const std::vector<int> items = range(100);
  std::vector<long> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 3);
  CHECK(tp_error_code(tp_last_error()) == 3);
  CHECK(says("a three at the end"));
  tp_result_t* result = map_keeping_errors(pool, task, items.data(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t digit = i % 10;
    const int expected = digit == 3 || digit == 5 ? TP_ETASK : digit == 7 ? TP_ELOST : TP_OK;
    CHECK(tp_result_item_status(result, i) == expected);
    if (digit == 5)
      CHECK(!std::strcmp(tp_error_message(tp_result_item_error(result, i)), "a five at the end"));
  }
  tp_result_release(result);
  Count count{0, 100};
  CHECK(tp_pool_imap(pool, &task, pull, &count, nullptr, &result) == TP_OK);
  for (int i = 0; i < 100; ++i) {
    const int status = tp_result_next(result, kLong, values.data());
    CHECK((status == TP_OK) == (i % 10 != 3 && i % 10 != 5 && i % 10 != 7));
  }
  CHECK(tp_result_next(result, kLong, values.data()) == TP_END);
  tp_result_release(result);
}

int patient(void*, const void*, void*) {
  while (!tp_task_stop_requested()) usleep(500);
  return 0;
}

void cancel(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(patient, nullptr, char, char);
  std::vector<char> items(1000);
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), nullptr, &result) == TP_OK);
  tp_pool_stats_t stats = sized<tp_pool_stats_t>();
  do {
    usleep(1000);
    CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  } while (stats.running < count());
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  CHECK(tp_result_successful(result) == 0);
  tp_result_release(result);
  tp_job_options_t options = sized<tp_job_options_t>();
  options.deadline = 0.05;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETIMEDOUT);
  tp_result_release(result);
  options.deadline = 0;
  options.item_deadline = 0.02;
  CHECK(tp_pool_map_async(pool, &task, items.data(), 2 * count(), &options, &result) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETIMEDOUT);
  tp_result_release(result);
}

void terminate(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(patient, nullptr, char, char);
  std::vector<char> items(1000);
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), nullptr, &result) == TP_OK);
  usleep(20000);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETERMINATED);
  tp_result_release(result);
}

int nested(void*, const void* item, void* value) {
  tp_pool_t* const own = tp_worker_pool();
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  const int n = *static_cast<const int*>(item);
  std::vector<int> items = range(n);
  std::vector<long> squares(items.size());
  if (tp_pool_map(own, &task, items.data(), squares.data(), items.size(), nullptr) != TP_OK)
    return 1;
  if (count() > 1 && (tp_pool_close(own) != TP_ENOTSUP || tp_pool_cancel(own) != TP_ENOTSUP))
    return 2;
  *static_cast<long*>(value) = std::accumulate(squares.begin(), squares.end(), 0l);
  return 0;
}

void in_tasks(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(nested, nullptr, int, long);
  const std::vector<int> items(20, 100);
  std::vector<long> values(items.size());
  if (count() == 1) return;
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (const long value : values) CHECK(value == 328350);
}

void callbacks(tp_pool_t* pool) {
  struct Told {
    tp_pool_t* pool;
    std::atomic<long> value{0};
    std::atomic<int> status{1};
  } told{pool};
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  tp_job_options_t options = sized<tp_job_options_t>();
  options.user = &told;
  options.callback = [](void* user, tp_result_t*) {
    Told& self = *static_cast<Told*>(user);
    const tp_task_t again = TP_TASK(square, nullptr, int, long);
    const int item = 12;
    long value = 0;
    self.status = tp_pool_apply(self.pool, &again, &item, &value);
    self.value = value;
  };
  const int item = 1;
  CHECK(tp_pool_apply_async(pool, &task, &item, &options, nullptr) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(told.status == TP_OK && told.value == 144);
}

// Continuations run in rank 0, and may use what lies there.
struct Added {
  long to;
  std::atomic<std::size_t> rank{SIZE_MAX};
};
int add(void* ctx, const void* item, void* value) {
  Added& added = *static_cast<Added*>(ctx);
  added.rank = number();
  void* squared = nullptr;
  const int status = tp_result_get(*static_cast<tp_result_t* const*>(item), 0, &squared);
  if (status == TP_OK) *static_cast<long*>(value) = *static_cast<long*>(squared) + added.to;
  return status;
}
void follow(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  Added added{100};
  const tp_task_t adds = TP_TASK(add, &added, tp_result_t*, long);
  tp_result_t* results[3] = {};
  const int items[] = {3, 4};
  for (int i = 0; i < 2; ++i)
    CHECK(tp_pool_apply_async(pool, &task, &items[i], nullptr, &results[i]) == TP_OK);
  CHECK(tp_result_then(results[0], &adds, nullptr, &results[2]) == TP_OK);
  tp_result_t* all = nullptr;
  CHECK(tp_when_all(results, 3, &all) == TP_OK);
  CHECK(tp_result_wait(all, kLong) == TP_OK);
  void* value = nullptr;
  CHECK(tp_result_get(results[2], 0, &value) == TP_OK && *static_cast<long*>(value) == 109);
  CHECK(added.rank == 0);
  for (tp_result_t* const result : results) tp_result_release(result);
  tp_result_release(all);
}

// A serial group: one of its jobs is at a rank at a time.
void groups(tp_pool_t* pool) {
  tp_group_options_t serial = sized<tp_group_options_t>();
  serial.max_running = 1;
  tp_group_t* group = nullptr;
  CHECK(tp_group_create(pool, &serial, &group) == TP_OK);
  const tp_task_t task = TP_TASK(square, nullptr, int, long);
  std::vector<long> order;
  tp_job_options_t options = sized<tp_job_options_t>();
  options.group = group;
  options.user = &order;
  options.callback = [](void* user, tp_result_t* result) {
    void* value = nullptr;
    if (tp_result_get(result, 0, &value) == TP_OK)
      static_cast<std::vector<long>*>(user)->push_back(*static_cast<long*>(value));
  };
  std::vector<long> squares;
  for (int i = 0; i < 30; ++i) {
    squares.push_back(long(i) * i);
    CHECK(tp_pool_apply_async(pool, &task, &i, &options, nullptr) == TP_OK);
  }
  CHECK(tp_group_wait(group, kLong) == TP_OK);
  CHECK(order == squares);
  tp_group_release(group);
}

// Items of a megabyte, and more of them than a rank may have.
struct Large {
  int numbers[1 << 18];
};
int sum(void*, const void* item, void* value) {
  const Large& large = *static_cast<const Large*>(item);
  *static_cast<Large*>(value) = large;
  static_cast<Large*>(value)->numbers[0] =
      std::accumulate(std::begin(large.numbers), std::end(large.numbers), 0);
  return 0;
}
void large(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(sum, nullptr, Large, Large);
  std::vector<Large> items(12), values(12);
  for (std::size_t i = 0; i < items.size(); ++i)
    std::fill(std::begin(items[i].numbers), std::end(items[i].numbers), int(i));
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK(values[i].numbers[0] == int(i) << 18);
    CHECK(values[i].numbers[1000] == int(i));
  }
}
tp_cluster_options_t small_window() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.window = 100;
  return options;
}

constexpr Case kCases[] = {
    {"values", values},       {"streams", streams},      {"many_small", many_small},
    {"spread", spread},       {"leads", leads, leading}, {"errors", errors},
    {"cancel", cancel},       {"terminate", terminate},  {"in_tasks", in_tasks},
    {"callbacks", callbacks}, {"follow", follow},        {"large", large, small_window},
    {"groups", groups},
};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
