// SPDX-License-Identifier: MIT
// Waiting for groups and for jobs that they hold back: who helps, and what can't end.
#include "support/test.hpp"

using namespace support;

namespace {

GroupOptions serial() { return GroupOptions().running(1); }

}  // namespace

TEST_CASE("A wait for a group sees jobs that are added meanwhile") {
  Pool pool(worker_counts());
  Group group(pool);
  std::atomic<int> ran{0};
  std::function<void()> add;
  Step task([&] { add(); });
  add = [&] {
    if (++ran >= 100) return;
    const InGroup job(group);
    tp_pool_apply_async(tp_worker_pool(), &task, nullptr, &job, nullptr);
  };
  const InGroup job(group);
  forget(pool, task, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(ran == 100);
}

TEST_CASE("An empty group is waited for at once, and a poll of a busy one times out") {
  HeldStep held;
  Pool pool(worker_counts());
  Group group(pool);
  CHECK(tp_group_wait(group, 0) == TP_OK);
  const InGroup job(group);
  forget(pool, held, &job);
  CHECK(tp_group_wait(group, 0) == TP_ETIMEDOUT);
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  held.gate.open();
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("The only worker helps with the group that it waits for") {
  Pool pool(1);
  Group group(pool, GroupOptions().running(GENERATE(as<std::size_t>{}, 0, 1, 2)));
  std::atomic<int> ran{0}, status{1};
  Odd odd;
  Step step([&] { ++ran; });
  const std::vector<int> items = range(100);
  Numbers source(100);
  Step task([&] {
    const InGroup job(group);
    for (int i = 0; i < 10; ++i) tp_pool_apply_async(pool, &step, nullptr, &job, nullptr);
    tp_pool_map_async(pool, &odd, items.data(), 100, &job, nullptr);
    tp_pool_imap(pool, &odd, Numbers::pull, &source, &job, nullptr);
    status = tp_group_wait(group, kLong);
  });
  CHECK(apply_async(pool, task).get() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(ran == 10);
  CHECK(stats_of(group).completed == 12);
}

TEST_CASE("A thread outside helps with a group where callers help") {
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Group group(pool, GroupOptions().running(GENERATE(as<std::size_t>{}, 0, 1)));
  Busy busy(pool, 1);
  std::set<std::thread::id> threads;
  Step step([&] { threads.insert(std::this_thread::get_id()); });
  const InGroup job(group);
  apply_times(pool, step, 10, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(threads == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("The only worker that waits for a held job runs those before it") {
  Pool pool(1);
  Group group(pool, serial());
  std::vector<int> order;
  std::atomic<int> status{1};
  Task<int, void> note([&](const int* x, void*) { return order.push_back(*x), 0; });
  const int way = GENERATE(0, 1, 2);
  Step task([&] {
    const InGroup job(group);
    tp_result_t* results[5];
    for (int i = 0; i < 5; ++i) tp_pool_apply_async(pool, &note, &i, &job, &results[i]);
    std::size_t index = 0;
    tp_result_t* some[] = {results[4], results[3]};
    status = way == 0   ? tp_result_wait(results[4], kLong)
             : way == 1 ? tp_wait_any(some, 2, kLong, &index)
                        : tp_wait_all(some, 2, kLong);
    tp_group_wait(group, kLong);
    for (tp_result_t* const result : results) tp_result_release(result);
  });
  CHECK(apply_async(pool, task).get() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(order == range(5));
}

TEST_CASE("A wait for the own group is refused: in items, callbacks and hooks, and in what they call") {
  Pool pool(worker_counts());
  Group group(pool), other(pool);
  std::atomic<int> in_item{1}, in_callback{1}, in_hook{1}, in_part{1};
  Step part([&] { in_part = tp_group_wait(group, TP_FOREVER); });
  Step task([&] {
    in_item = tp_group_wait(group, TP_FOREVER);
    tp_pool_apply(pool, &part, nullptr, nullptr);
  });
  struct Hook {
    std::atomic<int>& status;
    tp_group_t* group;
  } hook{in_hook, group};
  Body body([](std::size_t, std::size_t) { return 0; });
  Listening job([&](tp_result_t*) { in_callback = tp_group_wait(group, TP_FOREVER); });
  job.group = group;
  CHECK(apply_async(pool, task, &job).get() == TP_OK);
  InGroup dropping(group);
  dropping.ctx_drop = [](void* self) {
    Hook& mine = *static_cast<Hook*>(self);
    mine.status = tp_group_wait(mine.group, TP_FOREVER);
  };
  const auto nothing = [](void*, std::size_t, std::size_t) { return 0; };
  CHECK(for_async(pool, nothing, &hook, 10, &dropping).get() == TP_OK);
  CHECK(group.wait() == TP_OK);
  CHECK(in_item == TP_EDEADLK);
  CHECK(in_callback == TP_EDEADLK);
  CHECK(in_hook == TP_EDEADLK);
  CHECK(in_part == TP_EDEADLK);
}

TEST_CASE("Groups that wait for each other do not hang") {
  Pool pool(2 * worker_counts());
  Group a(pool), b(pool);
  Gate met;
  std::atomic<int> refused{0}, waited{0};
  const auto wait_for = [&](tp_group_t* group) {
    met.wait();
    (tp_group_wait(group, TP_FOREVER) == TP_EDEADLK ? refused : waited)++;
  };
  Step in_a([&] { wait_for(b); }), in_b([&] { wait_for(a); });
  const InGroup job_a(a), job_b(b);
  forget(pool, in_a, &job_a);
  forget(pool, in_b, &job_b);
  met.await(2);
  met.open();
  CHECK(a.wait() == TP_OK);
  CHECK(b.wait() == TP_OK);
  CHECK(refused == 1);
  CHECK(waited == 1);
}

TEST_CASE("A wait for a group through a job of another group and of another pool is refused") {
  Pool pool(2), second(2);
  Group group(pool);
  Gate met;
  std::atomic<int> for_group{1}, for_result{1};
  Result result;
  Step waits_for_group([&] { for_group = tp_group_wait(group, TP_FOREVER); });
  Step waits_for_result([&] {
    met.wait();
    for_result = tp_result_wait(result, TP_FOREVER);
  });
  const InGroup job(group);
  forget(pool, waits_for_result, &job);
  met.await(1);
  REQUIRE(tp_pool_apply_async(second, &waits_for_group, nullptr, nullptr, result.out()) == TP_OK);
  met.open();
  CHECK(group.wait() == TP_OK);
  CHECK(result.get() == TP_OK);
  CHECK((for_group == TP_EDEADLK) != (for_result == TP_EDEADLK));
}

TEST_CASE("A serial job can't wait for its successor") {
  Pool pool(worker_counts());
  Group group(pool, serial());
  Step successor([] {});
  std::atomic<int> waited{1}, blocked{1}, next{1};
  Odd odd;
  Numbers source(3);
  const std::vector<int> items = range(3);
  std::vector<int> values(3);
  std::atomic<int> dropped{0};
  Step task([&] {
    const InGroup job(group);
    Result result, stream;
    tp_pool_apply_async(pool, &successor, nullptr, &job, result.out());
    waited = tp_result_wait(result, TP_FOREVER);
    blocked = tp_pool_map(pool, &odd, items.data(), values.data(), 3, &job);
    InGroup dropping(group);
    dropping.ctx_drop = count_drop;
    const auto nothing = [](void*, std::size_t, std::size_t) { return 0; };
    if (tp_pool_for(pool, nothing, &dropped, 3, &dropping) != TP_EDEADLK) blocked = 1;
    tp_pool_imap(pool, &odd, Numbers::pull, &source, &job, stream.out());
    int value = 0;
    next = tp_result_next(stream, TP_FOREVER, &value);
    tp_result_cancel(stream);
  });
  const InGroup job(group);
  CHECK(apply_async(pool, task, &job).get() == TP_OK);
  CHECK(group.wait() == TP_OK);
  CHECK(waited == TP_EDEADLK);
  CHECK(blocked == TP_EDEADLK);
  CHECK(next == TP_EDEADLK);
  CHECK(dropped == 0);  // a refused call has no side effect
  CHECK(stats_of(group).completed == 3);
}

TEST_CASE("Jobs that fill a group and wait for its next ones do not hang") {
  Pool pool(2 * worker_counts());
  Group group(pool, GroupOptions().running(2));
  Gate met;
  std::atomic<int> refused{0}, done{0};
  Odd odd;
  const bool blocks = GENERATE(false, true);
  Step task([&] {
    met.wait();
    const InGroup job(group);
    const std::vector<int> items = range(3);
    std::vector<int> values(3);
    Result result;
    if (!blocks) tp_pool_apply_async(pool, &odd, items.data(), &job, result.out());
    const int status = blocks ? tp_pool_map(pool, &odd, items.data(), values.data(), 3, &job)
                              : tp_result_wait(result, TP_FOREVER);
    (status == TP_EDEADLK ? refused : done)++;
  });
  const InGroup job(group);
  apply_times(pool, task, 2, &job);
  met.await(2);
  met.open();
  CHECK(group.wait() == TP_OK);
  CHECK(refused >= 1);
  CHECK(refused + done == 2);
}

TEST_CASE("A worker of another pool that waits for room in a stuck group is refused") {
  Pool pool(2), second(1);
  Group group(pool, GroupOptions().running(1).pending(GENERATE(as<std::size_t>{}, 1, 2)));
  std::atomic<int> status{TP_OK};
  Step idle([] {});
  Step submits([&] {
    const InGroup job(group);
    while (status == TP_OK) status = tp_pool_apply_async(pool, &idle, nullptr, &job, nullptr);
  });
  Step waits([&] { tp_pool_apply(second, &submits, nullptr, nullptr); });
  const InGroup job(group);
  forget(pool, waits, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(status == TP_EDEADLK);
}

TEST_CASE("A worker helps through another pool with the group that its wait depends on") {
  Pool pool(1), second(1);
  Group group(pool, serial());
  std::atomic<int> ran{0}, status{1};
  Step step([&] { ++ran; });
  Step waits([&] { status = tp_group_wait(group, kLong); });
  Step task([&] {
    const InGroup job(group);
    for (int i = 0; i < 3; ++i) tp_pool_apply_async(pool, &step, nullptr, &job, nullptr);
    tp_pool_apply(second, &waits, nullptr, nullptr);
  });
  CHECK(apply_async(pool, task).get() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(ran == 3);
}

TEST_CASE("While a thread waits for a group its streams have no windows") {
  Odd task;
  Numbers source(10'000);
  Pool pool(worker_counts());
  Group group(pool);
  InGroup job(group);
  job.buffersize = 4;
  const Result stream = imap(pool, task, source, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(values_of(stream) == odds(10'000));
}

TEST_CASE("A thread that waits for a group runs manual callbacks") {
  Pool pool(pool_options(worker_counts(), TP_POOL_MANUAL_CALLBACKS));
  Group group(pool);
  Step step([] {});
  Listening job;
  job.group = group;
  const std::vector<Result> results = apply_each(pool, step, 20, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(job.successes == 20);
}

TEST_CASE("Threads of the host run the jobs of groups") {
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  Group group(pool, serial());
  std::atomic<int> ran{0};
  Step step([&] { ++ran; });
  const InGroup job(group);
  apply_times(pool, step, 20, &job);
  std::thread server([&] {
    while (ran < 20) {
      std::size_t count = 0;
      tp_worker_enter(pool, nullptr, 0, &count);
    }
  });
  CHECK(group.wait() == TP_OK);
  server.join();
  CHECK(ran == 20);
}

TEST_CASE("What a thread outside has begun and left goes on") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int*) {
    if (++ran == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return 0;
  });
  const std::vector<int> items = range(100);
  Numbers source(100);
  Pool pool(pool_options(2, TP_POOL_CALLER_HELPS));
  Group group(pool);
  Busy busy(pool, 2);
  InGroup job(group);
  job.chunksize = 1;
  job.buffersize = TP_UNBOUNDED;
  const bool is_loop = GENERATE(true, false);
  const Result result =
      is_loop ? map_async(pool, task, items.data(), 100, &job) : imap(pool, task, source, &job);
  CHECK(tp_result_wait(result, kShort) == TP_ETIMEDOUT);
  CHECK(ran < 100);
  busy.end();
  await("the rest", [&] { return ran == 100; });
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("A worker of another pool is refused where what a stuck group holds back fills the pool") {
  tp_pool_options_t options = pool_options(2);
  options.max_pending = 3;
  Pool pool(options), second(1);
  Group group(pool, serial());
  std::atomic<int> status{TP_OK};
  Step idle([] {});
  Step submits([&] {
    while (status == TP_OK) status = tp_pool_apply_async(pool, &idle, nullptr, nullptr, nullptr);
  });
  Step waits([&] {
    const InGroup job(group);
    for (int i = 0; i < 2; ++i) tp_pool_apply_async(pool, &idle, nullptr, &job, nullptr);
    tp_pool_apply(second, &submits, nullptr, nullptr);
  });
  const InGroup job(group);
  forget(pool, waits, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(status == TP_EDEADLK);
}

TEST_CASE("A thread outside that waits for a group runs nothing that only workers may run") {
  Pool pool(pool_options(1, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS));
  Group group(pool, serial());
  const InGroup job(group);
  tp_task_t hosted{};
  hosted.size = sizeof hosted;
  const Result result = apply_async(pool, hosted, &job);
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  std::size_t ran = 0;
  const auto dispatch = [](void*, const void*, void*) { return 0; };
  CHECK(tp_worker_enter(pool, dispatch, 0, &ran) == TP_OK);
  CHECK(result.get() == TP_OK);
  CHECK(group.wait() == TP_OK);
}
