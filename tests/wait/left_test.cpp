// SPDX-License-Identifier: MIT
// The end of a job is left to a worker, and the only worker waits for that job: then it goes on with it.
#include "support/future.hpp"
#include "support/test.hpp"
#include "wait/wait_graph.h"
#include "worker/pool.h"

using namespace support;

namespace {

// How the end comes to be left: its callback ends a thread that is no worker, or it waits for the callback before it,
// and the thread of that one goes.
enum class Leave { thread_ends, strand_is_left };
enum class Wait {
  one,
  any,
  completed,
  all,
  group,
  paused_group,
  next,
  when_all,
  when_any,
  other_pool,  // for a job of another pool that waits for the job; and the same for what follows, or for the group
  other_next,
  other_group
};
enum class Order { sleeps_first, left_first, together };

const auto kWaits = {Wait::one,      Wait::any,          Wait::completed,  Wait::all,
                     Wait::group,    Wait::paused_group, Wait::next,       Wait::when_all,
                     Wait::when_any, Wait::other_pool,   Wait::other_next, Wait::other_group};

// A queued job of the group that another thread cancels. Its callback runs there, and stays until it is let go.
struct Held {
  explicit Held(bool ends_thread) : lethal(ends_thread) {}

  void submit(tp_pool_t* pool, tp_group_t* group) {
    InGroup job(group);
    job.error_callback = [](void* self, tp_result_t*) { static_cast<Held*>(self)->call(); };
    job.user = this;
    tp_pool_apply_async(pool, &step, nullptr, &job, result.out());
    REQUIRE(result);
  }
  void call() {
    called.arrive();
    if (!waits) return;
    let_go.wait();
    if (lethal) pthread_exit(nullptr);
  }

  Step step{[] {}};
  Gate let_go;
  Arrivals called;
  const bool lethal;
  bool waits = true;
  Result result;
};

bool sleeps(tp_pool_t* pool) { return tp::core::to_pool(pool)->blocked().all_threads_blocked(); }

// A pool with one worker, which is about to wait for a job whose end is left to it.
class Scene {
 public:
  explicit Scene(Leave leave) : leave_(leave), held_(leave == Leave::thread_ends) {
    REQUIRE(tp_pool_apply_async(pool_, &waits_, nullptr, nullptr, busy_.out()) == TP_OK);
    before_.submit(pool_, nullptr);
    held_.submit(pool_, group_);
    (leave == Leave::thread_ends ? before_ : held_).waits = false;
    REQUIRE(tp_result_then(held_.result, &next_, nullptr, then_.out()) == TP_OK);
    tp_result_t* const one[] = {held_.result};
    REQUIRE(tp_when_all(one, 1, all_.out()) == TP_OK);
    REQUIRE(tp_when_any(one, 1, any_.out()) == TP_OK);
  }

  int run(Wait wait, Order order) {
    wait_ = wait;
    if (wait == Wait::paused_group) REQUIRE(tp_group_pause(group_) == TP_OK);
    if (order != Order::left_first) gate_.open();
    Held& first = leave_ == Leave::thread_ends ? held_ : before_;
    // inside a task, so that the thread leaves the strand behind its own job's callback
    Step cancels_inside([&] { tp_result_cancel(first.result); });
    Result inside;
    std::thread outside;
    if (leave_ == Leave::thread_ends) {
      outside = std::thread([&] { tp_result_cancel(first.result); });
    } else {
      CHECK(tp_pool_apply_async(stranger_, &cancels_inside, nullptr, nullptr, inside.out()) ==
            TP_OK);
      first.called.wait(1);
      tp_result_cancel(held_.result);
    }
    first.called.wait(1);
    ready_.open();
    if (order == Order::sleeps_first)
      await("the workers to sleep",
            [&] { return sleeps(pool_) && (wait < Wait::other_pool || sleeps(neighbour_)); });
    first.let_go.open();
    if (order == Order::left_first) {
      if (outside.joinable()) outside.join();
      if (inside) CHECK(inside.get() == TP_OK);
      gate_.open();
    }
    const int ran = busy_.get();
    if (outside.joinable()) outside.join();
    return ran == TP_OK ? status_ : ran;
  }

 private:
  void wait_here() {
    gate_.wait();
    ready_.wait();
    status_ = wait_as_told();
  }

  int wait_as_told() {
    tp_result_t* const one[] = {held_.result};
    tp_result_t* const two[] = {before_or_other(), held_.result};
    std::size_t index = 0;
    switch (wait_) {
      case Wait::one:
        return tp_result_wait(held_.result, kLong);
      case Wait::any:
        return tp_wait_any(one, 1, kLong, &index);
      case Wait::all:
        return tp_wait_all(two, 2, kLong);
      case Wait::completed: {
        tp_completed_t* completed = nullptr;
        if (tp_as_completed(one, 1, &completed) != TP_OK) return TP_ENOMEM;
        const int status = tp_completed_next(completed, kLong, &index);
        tp_completed_release(completed);
        return status;
      }
      case Wait::group:
      case Wait::paused_group:
        return group_.wait();
      case Wait::next:
        return tp_result_wait(then_, kLong);
      case Wait::when_all:
        return tp_result_wait(all_, kLong);
      case Wait::when_any:
        return tp_result_wait(any_, kLong);
      case Wait::other_pool:
      case Wait::other_next:
      case Wait::other_group:
        return tp_pool_apply(neighbour_, &visit_, nullptr, nullptr);
    }
    return TP_EINVAL;
  }
  int wait_there() {
    if (wait_ == Wait::other_group) return group_.wait();
    return tp_result_wait(wait_ == Wait::other_next ? then_ : held_.result, kLong);
  }
  tp_result_t* before_or_other() {
    return leave_ == Leave::thread_ends ? held_.result : before_.result;
  }

  const Leave leave_;
  Wait wait_ = Wait::one;
  int status_ = TP_EINVAL;
  Gate gate_, ready_;
  Held held_, before_{false};
  Step waits_{[this] { wait_here(); }};
  Task<void, void> visit_{[this](const void*, void*) { return wait_there() == TP_OK ? 0 : 1; }};
  Increment next_;
  Pool stranger_{1}, neighbour_{1}, pool_{1};
  Group group_{pool_};
  Result busy_, then_, all_, any_;
};

}  // namespace

TEST_CASE("The only worker goes on with the end of the job that it waits for") {
  const Leave leave = GENERATE(Leave::thread_ends, Leave::strand_is_left);
  const Order order = GENERATE(Order::sleeps_first, Order::left_first, Order::together);
  const Wait wait = GENERATE(values(kWaits));
  CAPTURE(static_cast<int>(leave), static_cast<int>(order), static_cast<int>(wait));
  for (int round = 0; round < 5; ++round) {
    Scene scene(leave);
    REQUIRE(scene.run(wait, order) == TP_OK);
  }
}

namespace {

// The only worker waits for the second job of a serial group, or for what follows it.
struct Second {
  enum What { itself, next, when_all };

  explicit Second(const tp_pool_options_t& options) : pool(options) {
    REQUIRE(tp_pool_apply_async(pool, &waits, nullptr, nullptr, busy.out()) == TP_OK);
    gate.await(1);
  }
  void submit(What what, const tp_job_options_t& first_options) {
    const InGroup in_group(group);
    REQUIRE(tp_pool_apply_async(pool, &quick, nullptr, &first_options, first.out()) == TP_OK);
    REQUIRE(tp_pool_apply_async(pool, &quick, nullptr, &in_group, second.out()) == TP_OK);
    tp_result_t* const one[] = {second};
    if (what == next) REQUIRE(tp_result_then(second, &increment, nullptr, after.out()) == TP_OK);
    if (what == when_all) REQUIRE(tp_when_all(one, 1, after.out()) == TP_OK);
    awaited = what == itself ? second : after;
  }
  void sleep() {
    gate.open();
    await("the worker to sleep", [&] { return sleeps(pool); });
  }

  Gate gate;
  tp_result_t* awaited = nullptr;
  int status = TP_EINVAL;
  Step quick{[] {}}, waits{[this] {
    gate.wait();
    status = tp_result_wait(awaited, kLong);
  }};
  Increment increment;
  Pool pool;
  Group group{pool, GroupOptions().running(1)};
  Result busy, first, second, after;
};

const auto kSecond = {Second::itself, Second::next, Second::when_all};

}  // namespace

TEST_CASE("The only worker goes on with the end that its group has before what it waits for") {
  const auto what = GENERATE(values(kSecond));
  const bool sleeps_first = GENERATE(true, false);
  Gate let_go;
  Arrivals called;
  Second scene(pool_options(1));
  InGroup options(scene.group);
  options.listen([&](tp_result_t*) {
    called.arrive();
    let_go.wait();
    pthread_exit(nullptr);
  });
  scene.submit(what, options);
  std::thread outside([&] { tp_result_cancel(scene.first); });
  called.wait(1);
  if (sleeps_first) scene.sleep();
  let_go.open();
  outside.join();
  scene.gate.open();
  CHECK(scene.busy.get() == TP_OK);
  CHECK(scene.status == TP_OK);
}

TEST_CASE("The same where the first job's callback is left in the strand") {
  const auto what = GENERATE(values(kSecond));
  const bool sleeps_first = GENERATE(true, false);
  Held before(false);
  Result inside;
  Step cancels([&] { tp_result_cancel(before.result); });
  Pool stranger(1);
  Second scene(pool_options(1));
  before.submit(scene.pool, nullptr);
  InGroup options(scene.group);
  options.listen();
  scene.submit(what, options);
  REQUIRE(tp_pool_apply_async(stranger, &cancels, nullptr, nullptr, inside.out()) == TP_OK);
  before.called.wait(1);
  REQUIRE(tp_result_cancel(scene.first) == TP_OK);
  if (sleeps_first) scene.sleep();
  before.let_go.open();
  CHECK(inside.get() == TP_OK);
  scene.gate.open();
  CHECK(scene.busy.get() == TP_OK);
  CHECK(scene.status == TP_OK);
}

TEST_CASE("The only worker goes on with the job that its group has before, when a pause ends") {
  const auto what = GENERATE(values(kSecond));
  Second scene(pool_options(1));
  REQUIRE(tp_group_pause(scene.group) == TP_OK);
  scene.submit(what, InGroup(scene.group));
  scene.sleep();
  REQUIRE(tp_group_resume(scene.group) == TP_OK);
  CHECK(scene.busy.get() == TP_OK);
  CHECK(scene.status == TP_OK);
}

TEST_CASE("The only worker runs a manual callback that it waits for once the pool is destroyed") {
  const auto what = GENERATE(values(kSecond));
  static tp_pool_t* destroyed;
  Gone gone;
  tp_pool_options_t options = pool_options(1, TP_POOL_MANUAL_CALLBACKS | TP_POOL_DRAIN);
  gone.watch(options);
  Step destroys([] {});
  destroys.ctx_drop = [](void*) { tp_pool_destroy(destroyed); };  // inside the pool
  {
    Second scene(options);
    destroyed = scene.pool;
    const Result hook = apply_async(scene.pool, destroys);
    InGroup first(scene.group);
    first.listen();
    scene.submit(what, first);
    REQUIRE(tp_result_cancel(scene.first) == TP_OK);
    scene.sleep();
    REQUIRE(tp_result_cancel(hook) == TP_OK);
    CHECK(scene.busy.get() == TP_OK);
    CHECK(scene.status == TP_OK);
    scene.group.release();
    scene.pool.give_away();
    gone.wait();
  }
}

TEST_CASE("A waiter that helps goes on with the end of its job when the pool has no worker") {
  const Leave leave = GENERATE(Leave::thread_ends, Leave::strand_is_left);
  const bool waits_first = GENERATE(false, true);
  const bool follows = !waits_first && GENERATE(false, true);
  Held held(leave == Leave::thread_ends), before(false);
  (leave == Leave::thread_ends ? before : held).waits = false;
  Held& first = leave == Leave::thread_ends ? held : before;
  Increment next;
  Step cancels_inside([&] { tp_result_cancel(first.result); });
  std::atomic<pid_t> waiter{0};
  int status = TP_EINVAL;
  Pool stranger(1);
  Pool pool(pool_options(1, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS));
  before.submit(pool, nullptr);
  held.submit(pool, nullptr);
  Result then;
  REQUIRE(tp_result_then(held.result, &next, nullptr, then.out()) == TP_OK);
  Result inside;
  std::thread outside;
  if (leave == Leave::thread_ends) {
    outside = std::thread([&] { tp_result_cancel(first.result); });
    first.called.wait(1);
  } else {
    REQUIRE(tp_pool_apply_async(stranger, &cancels_inside, nullptr, nullptr, inside.out()) ==
            TP_OK);
    first.called.wait(1);
    REQUIRE(tp_result_cancel(held.result) == TP_OK);
  }
  const auto let_go = [&] {
    first.let_go.open();
    if (outside.joinable()) outside.join();
    if (inside) REQUIRE(inside.get() == TP_OK);
  };
  if (!waits_first) let_go();
  std::thread waits([&] {
    waiter = gettid();
    status = tp_result_wait(follows ? then : held.result, kLong);
  });
  if (waits_first) {
    await_sleep(waiter);
    let_go();
  }
  waits.join();
  CHECK(status == TP_OK);
}
