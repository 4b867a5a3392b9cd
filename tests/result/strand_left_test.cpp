// SPDX-License-Identifier: MIT
// Every way out of the callback strand tells all who may go on, also those who wait for one of the jobs
// whose callback is due.
#include "support/test.hpp"

using namespace support;

namespace {

// A thread that user code may end.
class Thread {
 public:
  explicit Thread(std::function<void()> body) : body_(std::move(body)) {
    const auto run = [](void* self) -> void* {
      auto& me = *static_cast<Thread*>(self);
      me.id_ = gettid();
      me.body_();
      return nullptr;
    };
    REQUIRE(pthread_create(&thread_, nullptr, run, this) == 0);
  }
  ~Thread() { join(); }

  void await_sleep() { support::await_sleep(id_); }
  void join() {
    if (std::exchange(joined_, true)) return;
    pthread_join(thread_, nullptr);
  }

 private:
  const std::function<void()> body_;
  std::atomic<pid_t> id_{0};
  pthread_t thread_{};
  bool joined_ = false;
};

// A manual pool, and jobs that only have a callback.
struct Strand {
  explicit Strand(std::size_t workers) : pool(pool_options(workers, TP_POOL_MANUAL_CALLBACKS)) {
    REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
  }

  // Submits a job and waits until its callback is due. REQUIRES: no other is.
  void make_due(Result& result, const Job& job) {
    // also on threads where nothing may be asserted
    if (tp_pool_apply_async(pool, &nothing, nullptr, &job, result.out()) != TP_OK)
      give_up("a submit");
    pollfd one{fd, POLLIN, 0};
    if (poll(&one, 1, 60'000) != 1) give_up("a callback to be due");
  }

  Step nothing{[] {}};
  int fd = -1;
  Pool pool;
};

}  // namespace

TEST_CASE(
    "Who waits for a job is told when another thread leaves the strand with its callback due") {
  enum Way { own_has_run, thread_ends, steps_out, nested_ends };
  const int way = GENERATE(own_has_run, thread_ends, steps_out, nested_ends);
  CAPTURE(way);
  Gate gate, after;
  std::atomic<int> status{TP_ETIMEDOUT};
  Job first, nested, second;
  second.listen();
  Done done([&](tp_result_t*) { after.wait(); });
  Result one, inner, two;
  nested.listen([&](tp_result_t*) {
    gate.wait();
    pthread_exit(nullptr);
  });
  Strand strand(GENERATE(as<std::size_t>{}, 1, 2, 4));
  first.listen([&](tp_result_t*) {
    if (way == nested_ends) {
      strand.make_due(inner, nested);
      tp_result_wait(inner, kLong);  // runs the nested one
    }
    gate.wait();
    if (way == thread_ends) pthread_exit(nullptr);
  });
  strand.make_due(one, first);
  if (way == steps_out) done.listen(one);
  Thread runner([&] {
    if (way == own_has_run)
      tp_result_wait(one, kLong);
    else
      tp_pool_run_callbacks(strand.pool, 0, nullptr);
  });
  gate.await(1);
  strand.make_due(two, second);
  Thread waiter([&] { status = tp_result_wait(two, kLong); });
  waiter.await_sleep();
  gate.open();
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(second.successes == 1);
  after.open();
  runner.join();
  REQUIRE(tp_pool_wait_idle(strand.pool, kLong) == TP_OK);
  CHECK(first.successes == 1);
  CHECK(nested.successes == (way == nested_ends));
}

TEST_CASE("Who waits for one of several jobs is told when the strand is left") {
  const bool completed = GENERATE(false, true);
  Gate gate;
  std::atomic<int> status{TP_ETIMEDOUT};
  std::size_t index = 7;
  Job first, second;
  second.listen();
  first.listen([&](tp_result_t*) { gate.wait(); });
  Gate never;
  Step blocked([&] { never.wait(); });
  Result one, two, three;
  Strand strand(2);
  strand.make_due(one, first);
  REQUIRE(tp_pool_apply_async(strand.pool, &blocked, nullptr, nullptr, three.out()) == TP_OK);
  Thread runner([&] { tp_result_wait(one, kLong); });
  gate.await(1);
  strand.make_due(two, second);
  tp_result_t* const both[] = {three, two};
  tp_completed_t* all = nullptr;
  if (completed) REQUIRE(tp_as_completed(both, 2, &all) == TP_OK);
  Thread waiter([&] {
    status =
        completed ? tp_completed_next(all, kLong, &index) : tp_wait_any(both, 2, kLong, &index);
  });
  waiter.await_sleep();
  gate.open();
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(index == 1);
  never.open();
  tp_completed_release(all);
}

TEST_CASE("Who waits for the pool is told when another thread leaves the strand") {
  const bool ends = GENERATE(false, true);
  Gate gate;
  std::atomic<int> status{TP_ETIMEDOUT};
  Job first, second;
  second.listen();
  first.listen([&](tp_result_t*) {
    gate.wait();
    if (ends) pthread_exit(nullptr);
  });
  Result one, two;
  Strand strand(2);
  strand.make_due(one, first);
  Thread runner([&] { tp_result_wait(one, kLong); });
  gate.await(1);
  strand.make_due(two, second);
  Thread waiter([&] { status = tp_pool_wait_idle(strand.pool, kLong); });
  waiter.await_sleep();
  gate.open();
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(second.successes == 1);
}

TEST_CASE("A worker that waits for a manual callback runs it when the pool is destroyed") {
  const bool by_itself = GENERATE(false, true);
  Arrivals told;
  std::atomic<int> status{TP_ETIMEDOUT};
  std::atomic<pid_t> sleeper{0};
  Gone gone;
  Listening job;
  Result due;
  Step nothing([] {});
  tp_pool_options_t options = pool_options(by_itself ? 1 : 2, TP_POOL_MANUAL_CALLBACKS);
  gone.watch(options);
  tp_pool_t* pool = nullptr;
  int fd = -1;
  Step waiting([&] {
    sleeper = gettid();
    if (by_itself) tp_pool_destroy(pool);
    status = tp_result_wait(due, kLong);
    told.arrive();
  });
  Step destroying([&] { tp_pool_destroy(pool); });
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &nothing, nullptr, &job, due.out()) == TP_OK);
  pollfd one{fd, POLLIN, 0};
  REQUIRE(poll(&one, 1, 60'000) == 1);
  forget(pool, waiting);
  if (!by_itself) {
    await_sleep(sleeper);
    forget(pool, destroying);
  }
  told.wait(1);
  CHECK(status == TP_OK);
  CHECK(job.successes == 1);
  gone.wait();
}
