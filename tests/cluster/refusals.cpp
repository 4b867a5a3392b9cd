// SPDX-License-Identifier: MIT
// What does not cross between ranks is refused as it is submitted, in a pool of one rank, too, with a sentence.
#include "rank.hpp"

#include <tpool/ffi.h>
#include <tpool/host.h>
#include <unistd.h>

using namespace rank;

namespace {

int keep(void*, const void*, void* value) {
  *static_cast<int*>(value) = 5;
  return 0;
}
int read_ctx(void* ctx, const void*, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(ctx);
  return 0;
}
const int kConstant = 17;
int variable = 18;

std::size_t pack(const void*, void*, std::size_t) { return 0; }
int unpack(void*, const void*, std::size_t) { return 0; }
void drop(void*) {}
void move(void*, void*) {}
const tp_codec_t kEmpty = {sizeof(tp_codec_t), pack, unpack, nullptr};
const tp_codec_t kNoPack = {sizeof(tp_codec_t), nullptr, unpack, nullptr};

// Each kind of call refuses the task, and leaves nothing behind.
void refused(tp_pool_t* pool, const tp_task_t& task, const char* part) {
  int item = 1, value = 7;
  tp_result_t* result = reinterpret_cast<tp_result_t*>(&item);
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_ENOTSUP);
  CHECK(says(part));
  CHECK(value == 7);
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, &result) == TP_ENOTSUP && !result);
  CHECK(says(part));
  CHECK(tp_pool_map(pool, &task, &item, &value, 1, nullptr) == TP_ENOTSUP);
  CHECK(tp_pool_map_async(pool, &task, &item, 1, nullptr, &result) == TP_ENOTSUP);
  CHECK(tp_pool_imap(
            pool, &task, [](void*, void*) { return 0; }, nullptr, nullptr, &result) == TP_ENOTSUP);
  CHECK(says(part));
}

void tasks(tp_pool_t* pool) {
  int local = 3;
  std::vector<int> heap{4};
  tp_task_t task = TP_TASK(read_ctx, &local, int, int);
  refused(pool, task, "is no constant of a loaded object");
  task.ctx = heap.data();
  refused(pool, task, "is no constant of a loaded object");
  task.ctx = &variable;
  refused(pool, task, "is no constant of a loaded object");
  task.ctx = const_cast<int*>(&kConstant);
  int value = 0;
  const int item = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK && value == 17);
  task = TP_TASK(keep, nullptr, int, int);
  task.fn = reinterpret_cast<tp_task_fn>(heap.data());
  refused(pool, task, "task.fn is code of no loaded object");
  task.fn = keep;
  task.batch = reinterpret_cast<tp_batch_fn>(heap.data());
  refused(pool, task, "task.batch is code of no loaded object");
  task.batch = nullptr;
  task.item_drop = drop;
  refused(pool, task, "task.item_move or task.item_drop is set");
  task.item_drop = nullptr;
  task.value_move = move;
  refused(pool, task, "give the task a value_codec");
  task.value_move = nullptr;
  tp_codec_t codec = kEmpty;
  task.item_codec = &codec;
  refused(pool, task, "task.item_codec is no constant");
  task.item_codec = nullptr;
  task.value_codec = &kNoPack;
  refused(pool, task, "task.value_codec has no pack");
}

void calls(tp_pool_t* pool) {
  tp_call_t* typed = nullptr;
  const int status = tp_call_create(reinterpret_cast<void (*)()>(&atoi), "int(string)", &typed);
  const char* const text = "4";
  int row = -4, value = 0;
  if (status == TP_OK) {
    CHECK(tp_pool_starmap(pool, typed, &text, &value, 1, nullptr) == TP_ENOTSUP);
    CHECK(says("typed call"));
    tp_task_t task = sized<tp_task_t>();
    CHECK(tp_call_task(typed, &task) == TP_OK);
    refused(pool, task, "typed call");
  }
  tp_call_release(typed);
  const auto range = [](void*, std::size_t, std::size_t) { return 0; };
  CHECK(tp_pool_for(pool, range, nullptr, 1, nullptr) == TP_ENOTSUP);
  CHECK(says("tp_pool_for does not run in a cluster's pool"));
  tp_result_t* result = nullptr;
  CHECK(tp_pool_for_async(pool, range, nullptr, 1, nullptr, &result) == TP_ENOTSUP && !result);
  CHECK(says("tp_pool_for_async"));
  tp_reduce_t reduce = sized<tp_reduce_t>();
  reduce.fn = [](void*, std::size_t, std::size_t, void*) { return 0; };
  reduce.combine = [](void*, void*, void*) { return 0; };
  reduce.value_size = sizeof value;
  reduce.identity = &kConstant;
  CHECK(tp_pool_reduce(pool, &reduce, 1, nullptr, &value) == TP_ENOTSUP);
  CHECK(says("tp_pool_reduce"));
  CHECK(tp_pool_team(pool, range, nullptr, 2) == TP_ENOTSUP);
  CHECK(says("tp_pool_team"));
  CHECK(tp_pool_resize(pool, 2) == TP_ENOTSUP);
  CHECK(says("keep the workers that they began with"));
  CHECK(tp_worker_enter(pool, keep, 0, nullptr) == TP_EINVAL);
  CHECK(says("the pool has threads of its own"));
  tp_task_t none = TP_TASK(keep, nullptr, int, int);
  none.fn = nullptr;
  CHECK(tp_pool_apply(pool, &none, &row, &value) == TP_EINVAL);
  CHECK(says("task.fn is NULL"));
}

int calls_inside(void*, const void*, void* value) {
  int local = 4, written = 0;
  const tp_task_t task = TP_TASK(read_ctx, &local, int, int);
  const int item = 0;
  tp_pool_t* const own = tp_worker_pool();
  const auto range = [](void* ctx, std::size_t begin, std::size_t end) {
    *static_cast<int*>(ctx) += static_cast<int>(end - begin);
    return 0;
  };
  int ran = 0;
  const bool works = tp_pool_apply(own, &task, &item, &written) == TP_OK && written == 4 &&
                     tp_pool_for(own, range, &ran, 1, nullptr) == TP_OK && ran == 1;
  *static_cast<int*>(value) = works;
  return 0;
}

// Nested calls stay in their rank, and may be anything.
void inside(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(calls_inside, nullptr, char, int);
  std::vector<char> items(10 * count());
  std::vector<int> works(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), works.data(), items.size(), nullptr) == TP_OK);
  for (const int each : works) CHECK(each == 1);
}

// A task can't end or change its rank's own pool. Alone that is the pool itself, whose tasks may.
int change_own(void*, const void*, void* value) {
  tp_pool_t* const own = tp_worker_pool();
  const auto is_refused = [](int status) {
    return status == TP_ENOTSUP && says("the pool runs the items of a cluster's pool");
  };
  *static_cast<int*>(value) = is_refused(tp_pool_close(own)) + is_refused(tp_pool_cancel(own)) +
                              is_refused(tp_pool_terminate(own)) + is_refused(tp_pool_pause(own)) +
                              is_refused(tp_pool_resize(own, 1)) +
                              is_refused(tp_pool_destroy_within(own, 0));
  tp_pool_destroy(own);  // does nothing
  return 0;
}
void own_pool(tp_pool_t* pool) {
  if (count() == 1) return;
  const tp_task_t task = TP_TASK(change_own, nullptr, char, int);
  std::vector<char> items(40 * count());
  std::vector<int> refusals(items.size());
  for (int round = 0; round < 2; ++round) {
    CHECK(tp_pool_map(pool, &task, items.data(), refusals.data(), items.size(), nullptr) == TP_OK);
    for (const int each : refusals) CHECK(each == 6);
  }
}

// In rank 0 a task does not wait for a job of all ranks, which may need its worker. Alone a wait runs the job.
tp_pool_t* all_ranks = nullptr;  // of rank 0
int wait_inside(void*, const void*, void* value) {
  usleep(2000);
  int& status = *static_cast<int*>(value);
  status = 1;
  if (!all_ranks) return 0;
  const tp_task_t task = TP_TASK(keep, nullptr, char, int);
  tp_result_t* result = nullptr;
  status = tp_pool_apply_async(all_ranks, &task, "", nullptr, &result);
  if (status == TP_OK) status = tp_result_wait(result, kLong);
  tp_result_release(result);
  return 0;
}
void waits_inside(tp_pool_t* pool) {
  all_ranks = pool;
  const tp_task_t task = TP_TASK(wait_inside, nullptr, char, int);
  std::vector<char> items(20 * count());
  std::vector<int> statuses(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), statuses.data(), items.size(), nullptr) == TP_OK);
  int in_rank_0 = 0;
  for (const int status : statuses) {
    in_rank_0 += status != 1;
    CHECK(status == 1 || status == (count() == 1 ? TP_OK : TP_EDEADLK));
  }
  CHECK(in_rank_0 > 0);
}

constexpr Case kCases[] = {{"tasks", tasks},
                           {"calls", calls},
                           {"inside", inside},
                           {"own_pool", own_pool},
                           {"waits_inside", waits_inside}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
