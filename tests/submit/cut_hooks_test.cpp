// SPDX-License-Identifier: MIT
// Drop hooks of unstarted items, run by cancel on a thread outside of the pool.
#include "support/test.hpp"

using namespace support;

namespace {

std::atomic<tp_pool_t*> hook_pool;
std::atomic<int> hook_status, hook_drops, hook_exits;

// Only cancel's thread, the one outside, does something special.
void drop_and_wait(void*) {
  ++hook_drops;
  if (tp_worker_index() < 0) hook_status = tp_pool_wait_idle(hook_pool, kLong);
}

void drop_and_exit(void*) {
  ++hook_drops;
  if (tp_worker_index() < 0 && hook_exits++ == 0) pthread_exit(nullptr);
}

// A stream of two workers that run the items from kQuick on until the gate opens. By then items go
// by the batch, so that some lie pulled and unstarted, unless the workers were held up.
struct Ahead {
  static constexpr int kQuick = 1000, kItems = 2000;

  explicit Ahead(void (*drop)(void*)) : pool(2) {
    hook_pool = pool;
    hook_status = 1;
    hook_drops = hook_exits = 0;
    task.item_drop = drop;
    job.buffersize = kItems;
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, &job, stream.out()) == TP_OK);
    gate.await(2);
  }
  Gate gate;
  Numbers source{kItems};
  Task<int, void> task{[this](const int* x, void*) {
    if (*x >= kQuick) gate.wait();
    return 0;
  }};
  Job job;
  Pool pool;
  Result stream;
};

// Tries until cancel found items to drop: how many go in a batch depends on the machine's load.
template <class Try>
void until_cut(Try&& attempt) {
  for (int tries = 0; tries < 50; ++tries)
    if (attempt()) return;
}

}  // namespace

TEST_CASE("A wait_idle in an item_drop that cancel runs for a queued task is refused") {
  hook_status = 1;
  hook_drops = 0;
  Task<int, void> task([](const int*, void*) { return 0; });
  task.item_drop = drop_and_wait;
  Pool pool(1);
  hook_pool = pool;
  Busy busy(pool, 1);
  Result result = apply_item(pool, task, 0);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(hook_status == TP_EDEADLK);
  CHECK(hook_drops == 1);
}

TEST_CASE("A wait_idle in an item_drop that cancel runs for a stream is refused") {
  until_cut([] {
    Ahead ahead(drop_and_wait);
    CHECK(tp_result_cancel(ahead.stream) == TP_OK);
    ahead.gate.open();
    CHECK(ahead.stream.wait() == TP_OK);
    CHECK(hook_drops == ahead.source.pulled);
    return hook_status != 1;
  });
  CHECK(hook_status == TP_EDEADLK);
}

TEST_CASE("An item_drop that ends the thread inside cancel has returned: the stream ends") {
  until_cut([] {
    Ahead ahead(drop_and_exit);
    std::thread canceller([&] { tp_result_cancel(ahead.stream); });
    canceller.join();
    ahead.gate.open();
    CHECK(ahead.stream.wait() == TP_OK);
    CHECK(hook_drops == ahead.source.pulled);
    return hook_exits > 0;
  });
  CHECK(hook_exits > 0);
}
