// SPDX-License-Identifier: MIT
// Tests of what waits in a submit queue: a small task whole, or a job.
#include "queue/queued_task.h"

#include "queue/stub_job.hpp"

using tp::core::QueuedTask;

namespace {

// What a call has been given.
struct Seen {
  static int look(void* ctx, const void* item, void* value) {
    Seen& seen = *static_cast<Seen*>(ctx);
    seen = {item != nullptr, value != nullptr, 0};
    if (item) std::memcpy(&seen.item, item, sizeof seen.item);
    return 7;
  }

  bool has_item = false;
  bool has_value = false;
  std::uint64_t item = 0;
};

tp_task_t task_of(Seen& seen, std::size_t item_size) {
  tp_task_t task{};
  task.size = sizeof task;
  task.fn = Seen::look;
  task.ctx = &seen;
  task.item_size = item_size;
  return task;
}

void drop(void*) {}
void move(void*, void*) {}

}  // namespace

TEST_CASE("A task is three words that can be copied as such") {
  CHECK(sizeof(QueuedTask) == 3 * sizeof(std::uint64_t));
  CHECK(std::is_trivially_copyable_v<QueuedTask>);
}

TEST_CASE("A task has its task's item") {
  const std::size_t size = GENERATE(as<std::size_t>{}, 1, 2, 3, 4, 7, 8);
  const std::uint64_t item = 0x1122334455667788;
  std::uint64_t expected = 0;
  std::memcpy(&expected, &item, size);
  Seen seen;
  const tp_task_t task = task_of(seen, size);
  REQUIRE(QueuedTask::holds(task));
  const QueuedTask queued = QueuedTask::of(task, &item);
  CHECK(queued.job() == nullptr);
  CHECK(queued.call() == 7);
  CHECK(seen.has_item);
  CHECK_FALSE(seen.has_value);
  CHECK(seen.item == expected);
}

TEST_CASE("A task without an item calls without one") {
  Seen seen;
  seen.has_item = seen.has_value = true;
  const tp_task_t task = task_of(seen, 0);
  REQUIRE(QueuedTask::holds(task));
  const QueuedTask queued = QueuedTask::of(task, nullptr);
  CHECK(queued.job() == nullptr);
  CHECK(queued.call() == 7);
  CHECK_FALSE(seen.has_item);
  CHECK_FALSE(seen.has_value);
}

TEST_CASE("A task does not hold what it would lose") {
  Seen seen;
  tp_task_t task = task_of(seen, 8);
  REQUIRE(QueuedTask::holds(task));
  SECTION("a larger item") { task.item_size = 9; }
  SECTION("a value") { task.value_size = 1; }
  SECTION("a move of the item") { task.item_move = move; }
  SECTION("a drop of the item") { task.item_drop = drop; }
  SECTION("a drop of the context") { task.ctx_drop = drop; }
  CHECK_FALSE(QueuedTask::holds(task));
}

TEST_CASE("A task of a job knows the job") {
  stub::Pool pool;
  stub::Job job(pool);
  CHECK(QueuedTask::of(job).job() == &job);
}
