// SPDX-License-Identifier: MIT
// Where jobs over ranks could go wrong: equal failures, continuations that wait, codecs that fail, late values, broken
// initializers.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

tp_pool_t* all_ranks = nullptr;  // of rank 0

int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
const tp_task_t kNext = TP_TASK(next, nullptr, int, int);

// Whole batches of failures that look alike.
int always_fails(void*, const void*, void*) {
  tp_task_set_error("bad", nullptr, nullptr);
  return 7;
}

void check_failure(const tp_error_t* error) {
  CHECK(error && tp_error_status(error) == TP_ETASK && tp_error_code(error) == 7);
  CHECK(error && !std::strcmp(tp_error_message(error), "bad"));
}

void equal_failures(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(always_fails, nullptr, int, int);
  const std::vector<int> items = range(300);
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_KEEP_ERRORS;
  options.chunksize = 50;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK(tp_result_item_status(result, i) == TP_ETASK);
    check_failure(tp_result_item_error(result, i));
  }
  tp_result_release(result);
  options.flags = 0;
  int at = 0;
  const auto pull = [](void* ctx, void* item) {
    *static_cast<int*>(item) = *static_cast<int*>(ctx);
    return ++*static_cast<int*>(ctx) <= 100 ? 1 : 0;
  };
  CHECK(tp_pool_imap(pool, &task, pull, &at, &options, &result) == TP_OK);
  int value = 0, failed = 0;
  for (int status; (status = tp_result_next(result, kLong, &value)) != TP_END; ++failed) {
    CHECK(status == TP_ETASK);
    check_failure(tp_last_error());
  }
  CHECK(failed == 100);
  tp_result_release(result);
}

// A continuation of the ready result, whose body is fn(ctx).
tp_result_t* then(tp_pool_t* pool, tp_task_fn fn, void* ctx) {
  const int item = 1;
  tp_result_t *source = nullptr, *result = nullptr;
  CHECK(tp_pool_apply_async(pool, &kNext, &item, nullptr, &source) == TP_OK);
  tp_task_t task = sized<tp_task_t>();
  task.fn = fn;
  task.ctx = ctx;
  task.item_size = sizeof(tp_result_t*);
  task.value_size = sizeof(int);
  CHECK(tp_result_then(source, &task, nullptr, &result) == TP_OK);
  tp_result_release(source);
  return result;
}

// More of them than threads that hand out at first, and each waits for items of its own.
void waiting_continuations(tp_pool_t* pool) {
  std::vector<tp_result_t*> results;
  const auto body = [](void*, const void*, void* value) {
    const std::vector<int> items = range(20);
    std::vector<int> values(items.size());
    usleep(50000);  // so that all hosts wait at once
    const int status = tp_pool_map(all_ranks, &kNext, items.data(), values.data(), 20, nullptr);
    *static_cast<int*>(value) = status == TP_OK && values[19] == 20;
    return 0;
  };
  for (int i = 0; i < 150; ++i)
    results.push_back(then(pool, body, nullptr));  // more than hosts at first
  CHECK(tp_wait_all(results.data(), results.size(), kLong) == TP_OK);
  for (tp_result_t* result : results) {
    void* value = nullptr;
    CHECK(tp_result_get(result, 0, &value) == TP_OK && *static_cast<int*>(value) == 1);
    tp_result_release(result);
  }
}

// The pool is closed before they wait.
tp_result_t* slow_map = nullptr;
void closed_continuations(tp_pool_t* pool) {
  const auto sleep = [](void*, const void*, void*) { return usleep(500000), 0; };
  const tp_task_t task = TP_TASK(sleep, nullptr, char, char);
  const std::vector<char> items(2 * count());
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), nullptr, &slow_map) == TP_OK);
  std::vector<tp_result_t*> results;
  const auto body = [](void*, const void*, void* value) {
    *static_cast<int*>(value) = tp_result_wait(slow_map, kLong) == TP_OK;
    return 0;
  };
  for (int i = 0; i < 150; ++i) results.push_back(then(pool, body, nullptr));
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  for (tp_result_t* result : results) {
    void* value = nullptr;
    CHECK(tp_result_get(result, 0, &value) == TP_OK && *static_cast<int*>(value) == 1);
    tp_result_release(result);
  }
  tp_result_release(slow_map);
}

// What a continuation submits crosses, too.
void checked_inside(tp_pool_t* pool) {
  const auto body = [](void*, const void*, void* value) {
    int on_stack = 0, item = 0, written = 0;
    tp_task_t task = kNext;
    task.ctx = &on_stack;
    const auto range = [](void*, std::size_t, std::size_t) { return 0; };
    *static_cast<int*>(value) =
        count() == 1 || (tp_pool_apply(all_ranks, &task, &item, &written) == TP_ENOTSUP &&
                         tp_pool_for(all_ranks, range, nullptr, 10, nullptr) == TP_ENOTSUP);
    return 0;
  };
  tp_result_t* const result = then(pool, body, nullptr);
  void* value = nullptr;
  CHECK(tp_result_get(result, kLong, &value) == TP_OK && *static_cast<int*>(value) == 1);
  tp_result_release(result);
}

// A shared object stays for a continuation that is still to run.
void shared_by_continuations(tp_pool_t* pool) {
  for (int round = 0; round < 50; ++round) {
    const int object = 40 + round;
    void* shared = nullptr;
    CHECK(tp_cluster_share(pool, &object, sizeof object, nullptr, &shared) == TP_OK);
    const auto body = [](void* ctx, const void*, void* value) {
      usleep(200);
      *static_cast<int*>(value) = *static_cast<const int*>(ctx);
      return 0;
    };
    tp_result_t* const result = then(pool, body, shared);
    CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
    void* value = nullptr;
    CHECK(tp_result_get(result, kLong, &value) == TP_OK && *static_cast<int*>(value) == object);
    tp_result_release(result);
  }
}

// An exception of a codec's drop counts for nothing. A drop that ends the thread of a rank is that item's end.
std::size_t pack_int(const void* object, void* to, std::size_t room) {
  if (to && room >= sizeof(int)) std::memcpy(to, object, sizeof(int));
  return sizeof(int);
}
int unpack_int(void* object, const void* from, std::size_t bytes) {
  std::memcpy(object, from, bytes);
  return 0;
}
void drop_badly(void* object) {
  const int x = *static_cast<int*>(object);
  if (x % 10 == 7) pthread_exit(nullptr);
  throw x;
}
constexpr tp_codec_t kDropsBadly = {sizeof(tp_codec_t), pack_int, unpack_int, drop_badly};

void drops_that_fail(tp_pool_t* pool) {
  tp_task_t task = kNext;
  task.item_codec = task.value_codec = &kDropsBadly;
  const std::vector<int> items = range(200);
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_KEEP_ERRORS;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  for (int i = 0; i < 150; ++i) {
    const int status = tp_result_item_status(result, std::size_t(i));
    CHECK(status == TP_OK || (status == TP_ELOST && (i % 10 == 7 || i % 10 == 6)));
  }
  tp_result_release(result);
  const int object = 40;
  void* shared = nullptr;
  CHECK(tp_cluster_share(pool, &object, sizeof object, &kDropsBadly, &shared) == TP_OK);
  task = kNext;
  task.ctx = shared;
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
}

// Values that a rank has made, and not dropped.
std::atomic<int> living{0};
int make_late(void*, const void* item, void* value) {
  if (*static_cast<const int*>(item) % 2) usleep(30000);
  ++living;
  *static_cast<int*>(value) = *static_cast<const int*>(item);
  return 0;
}
void drop_living(void*) { --living; }
constexpr tp_codec_t kLiving = {sizeof(tp_codec_t), pack_int,
                                [](void* object, const void* from, std::size_t bytes) {
                                  ++living;
                                  return unpack_int(object, from, bytes);
                                },
                                drop_living};

// An item that is too late has no value: the one that it has made is dropped in its rank.
void late_values(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(make_late, nullptr, int, int);
  task.value_codec = &kLiving;
  task.value_drop = drop_living;
  const std::vector<int> items = range(static_cast<int>(20 * count()));
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_KEEP_ERRORS;
  options.item_deadline = 0.01;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  int in_time = 0;
  for (const int i : items) {
    const int status = tp_result_item_status(result, std::size_t(i));
    CHECK(status == TP_ETIMEDOUT || (status == TP_OK && i % 2 == 0));
    in_time += status == TP_OK;
  }
  CHECK(living == in_time);
  tp_result_release(result);
  CHECK(living == 0);
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  usleep(15000);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  tp_result_release(result);
}

// A batch function runs in every rank.
struct Ran {
  std::size_t rank;
  bool by_batch;
};
int run_one(void*, const void*, void* value) {
  usleep(2000);
  *static_cast<Ran*>(value) = {number(), false};
  return 0;
}
int run_many(void*, const void* items, void* values, std::size_t n, std::size_t* at) {
  for (*at = 0; *at < n; ++*at) {
    Ran& ran = static_cast<Ran*>(values)[*at];
    run_one(nullptr, static_cast<const char*>(items) + *at, &ran);
    ran.by_batch = true;
  }
  return 0;
}
void batches(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK_WITH(run_one, run_many, nullptr, char, Ran);
  const std::vector<char> items(40 * count());
  std::vector<Ran> ran(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), ran.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t rank = 0; rank < count(); ++rank) {
    const auto is_of_rank = [=](const Ran& each) { return each.rank == rank && each.by_batch; };
    CHECK(std::any_of(ran.begin(), ran.end(), is_of_rank));
  }
}

tp_pool_options_t of_pool = sized<tp_pool_options_t>();
tp_cluster_options_t with_pool() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.pool = &of_pool;
  return options;
}

// An initializer fails in the last rank alone.
tp_cluster_options_t failing_initializer() {
  of_pool.initializer = [](void*) {
    if (number_by_launcher() != count_by_launcher() - 1) return 0;
    tp_task_set_error("no luck", nullptr, nullptr);
    return 5;
  };
  return with_pool();
}
void broken(tp_pool_t* pool) {
  const auto slow = [](void*, const void*, void*) {
    usleep(1000);
    return 0;
  };
  tp_task_t task = TP_TASK(slow, nullptr, int, int);
  task.value_size = 0;
  int status = TP_OK;
  for (int i = 0; i < 100 && status == TP_OK; ++i) {
    const std::vector<int> items = range(50);
    status = tp_pool_map(pool, &task, items.data(), nullptr, items.size(), nullptr);
  }
  CHECK(status == TP_EINIT);
  const int item = 0;
  int value = 0;
  CHECK(tp_pool_apply(pool, &kNext, &item, &value) == TP_EINIT);
}

// The argument goes when no finalizer of the rank can use it.
std::atomic<int> is_dropped{0}, used_late{0};
tp_cluster_options_t late_argument() {
  of_pool.workers = 3;
  of_pool.finalizer = [](void*) { used_late += is_dropped; };
  of_pool.arg_drop = [](void*) { is_dropped = 1; };
  return with_pool();
}
void argument(tp_pool_t* pool) {
  const std::vector<int> items = range(100);
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &kNext, items.data(), values.data(), items.size(), nullptr) == TP_OK);
}

template <void (*run_case)(tp_pool_t*)>
void in_rank_0(tp_pool_t* pool) {
  all_ranks = pool;
  run_case(pool);
}

constexpr Case kCases[] = {{"equal_failures", equal_failures},
                           {"waiting_continuations", in_rank_0<waiting_continuations>},
                           {"closed_continuations", closed_continuations},
                           {"checked_inside", in_rank_0<checked_inside>},
                           {"shared_by_continuations", shared_by_continuations},
                           {"drops_that_fail", drops_that_fail},
                           {"late_values", late_values},
                           {"batches", batches},
                           {"broken", broken, failing_initializer},
                           {"argument", argument, late_argument}};

}  // namespace

int main(int argc, char** argv) {
  const int status = run(argc, argv, kCases);
  if (used_late) std::fprintf(stderr, "a finalizer ran behind arg_drop\n");
  if (living) std::fprintf(stderr, "%d values were not dropped\n", living.load());
  return used_late || living ? 1 : status;
}
