// SPDX-License-Identifier: MIT
// Tests of the graph of blocked waits: who is told of a cycle.
#include "wait/wait_graph.h"

#include "base/wait_list.h"
#include "queue/stub_job.hpp"

using tp::core::callback_pool;
using tp::core::CallScope;
using tp::core::Deadline;
using tp::core::Wait;
using Kind = tp::core::CallScope::Kind;

namespace {

// One call of user code on a stack.
struct Call {
  stub::Job* job;
  Kind kind = Kind::task;
};

// A thread inside calls, the outermost first, that is blocked on a job, or any of several, until the
// end of the scope.
class Blocked {
 public:
  Blocked(std::vector<Call> calls, stub::Job& awaited, Wait::Kind kind = Wait::checked)
      : Blocked(std::move(calls), std::vector<tp::core::Job*>{&awaited}, kind) {}
  Blocked(std::vector<Call> calls, std::vector<tp::core::Job*> any, Wait::Kind kind = Wait::checked)
      : calls_(std::move(calls)), any_(std::move(any)), kind_(kind) {
    start();
  }
  // A worker of the pool, with this number.
  Blocked(stub::Pool& pool, int worker, std::vector<Call> calls, stub::Job& awaited,
          Wait::Kind kind = Wait::checked)
      : calls_(std::move(calls)), any_{&awaited}, kind_(kind), worker_of_(&pool), worker_(worker) {
    start();
  }
  ~Blocked() { end(); }

  bool told() const { return wait_->closes_cycle(); }
  // Whether it is to run something.
  bool helps() const { return wait_->told() && !told(); }
  void end() {
    if (!thread_.joinable()) return;
    gate_.open();
    thread_.join();
  }
  // Whether the thread was given a token when it was told.
  bool woken() {
    end();
    return woken_;
  }

 private:
  void start() {
    thread_ = std::thread([this] { enter(0); });
    gate_.await(1);
  }

  void enter(std::size_t depth) {
    if (depth == 0 && worker_of_) tp::core::this_thread.become({worker_of_, worker_, nullptr});
    if (depth == calls_.size()) return block();
    CallScope scope(calls_[depth].kind, &calls_[depth].job->pool(), calls_[depth].job);
    enter(depth + 1);
  }

  void block() {
    const Wait wait({any_.data(), any_.size()}, kind_);
    wait_ = &wait;
    gate_.wait();
    woken_ = tp::core::this_parker().park(Deadline::in(0));
  }

  const std::vector<Call> calls_;
  const std::vector<tp::core::Job*> any_;
  const Wait::Kind kind_;
  stub::Pool* const worker_of_ = nullptr;
  const int worker_ = -1;
  const Wait* wait_ = nullptr;
  bool woken_ = false;
  support::Gate gate_;
  std::thread thread_;
};

struct Fixture {
  stub::Pool pool;
  stub::Job a{pool}, b{pool}, c{pool};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A wait outside of tasks is in no cycle") {
  Blocked inside({{&a}}, b);
  Blocked outside({}, a);
  CHECK_FALSE(inside.told());
  CHECK_FALSE(outside.told());
  CHECK_FALSE(outside.woken());
}

TEST_CASE_METHOD(Fixture, "A wait for the job of one's own task is a cycle") {
  Blocked self({{&a}}, a);
  CHECK(self.told());
  CHECK(self.woken());
}

TEST_CASE_METHOD(Fixture, "A wait for a job further out on the stack is a cycle") {
  Blocked self({{&a}, {&b}, {&c}}, a);
  CHECK(self.told());
}

TEST_CASE_METHOD(Fixture, "A chain of waits is no cycle") {
  Blocked first({{&a}}, b), second({{&b}}, c), also({{&a}}, c);
  for (const Blocked* wait : {&first, &second, &also}) CHECK_FALSE(wait->told());
}

TEST_CASE_METHOD(Fixture, "The wait that closes a cycle is told") {
  Blocked first({{&a}}, b), second({{&b}}, c);
  Blocked closing({{&c}}, a);
  CHECK(closing.told());
  CHECK(closing.woken());
  CHECK_FALSE(first.told());
  CHECK_FALSE(second.told());
  CHECK_FALSE(first.woken());
}

TEST_CASE_METHOD(Fixture, "A cycle goes through any job of a stack") {
  Blocked first({{&a}, {&b}}, c);
  Blocked closing({{&c}}, a);
  CHECK(closing.told());
}

TEST_CASE_METHOD(Fixture, "A cycle may go through one of many threads of a job") {
  Blocked harmless({{&b}}, c), guilty({{&b}}, a);
  Blocked closing({{&a}}, b);
  CHECK(closing.told());
  CHECK_FALSE(harmless.told());
  CHECK_FALSE(guilty.told());
}

TEST_CASE_METHOD(Fixture, "A wait inside a callback is told before one inside a task") {
  Blocked callback({{&a, Kind::callback}}, b);
  Blocked closing({{&b}}, a);
  CHECK(callback.told());
  CHECK_FALSE(closing.told());
  CHECK(callback.woken());
  CHECK_FALSE(closing.woken());
}

TEST_CASE_METHOD(Fixture, "A wait that closes two cycles has both broken") {
  Blocked task({{&a}}, c), callback({{&a}, {&b, Kind::callback}}, c);
  Blocked closing({{&c}}, a);
  CHECK(callback.told());
  CHECK((closing.told() || task.told()));
}

TEST_CASE_METHOD(Fixture, "A wait that was told makes no edge") {
  Blocked first({{&a}}, b), told({{&b}}, a), late({{&a}}, b);
  CHECK(told.told());
  CHECK_FALSE(late.told());
}

TEST_CASE_METHOD(Fixture, "A wait that must not return is not told") {
  Blocked first({{&a}}, b);
  Blocked closing({{&b}}, a, Wait::must_not_return);
  CHECK(first.told());
  CHECK_FALSE(closing.told());
}

TEST_CASE_METHOD(Fixture, "A wait that must not return is not told, although inside a callback") {
  Blocked callback({{&a, Kind::callback}}, b, Wait::must_not_return);
  Blocked closing({{&b}}, a);
  CHECK_FALSE(callback.told());
  CHECK(closing.told());
}

TEST_CASE_METHOD(Fixture, "A wait for a value of a stream is in no cycle") {
  Blocked first({{&a}}, b, Wait::next_value);
  Blocked second({{&b}}, a), self({{&c}}, c, Wait::next_value);
  for (const Blocked* wait : {&first, &second, &self}) CHECK_FALSE(wait->told());
}

TEST_CASE_METHOD(Fixture, "A wait for any of several jobs of which one can end is in no cycle") {
  const Blocked first({{&a}}, {&b, &c});
  const Blocked second({{&b}}, a);
  CHECK(!first.told());
  CHECK(!second.told());
}

TEST_CASE_METHOD(Fixture, "A wait for any of several jobs that wait for its own is told") {
  const Blocked second({{&b}}, a), third({{&c}}, b);
  const Blocked first({{&a}}, {&b, &c});
  CHECK(first.told());
  CHECK(!second.told());
  CHECK(!third.told());
}

TEST_CASE_METHOD(Fixture, "Two waits for any of each other's jobs: the second is told") {
  const Blocked first({{&a}}, {&b, &b});
  const Blocked second({{&b}}, {&a, &a});
  CHECK(!first.told());
  CHECK(second.told());
}

TEST_CASE_METHOD(Fixture, "The last of several jobs that gets stuck closes the cycle") {
  const Blocked first({{&a}}, {&b, &c});
  const Blocked second({{&b}}, a);
  const Blocked third({{&c}}, a);
  CHECK(!first.told());
  CHECK(!second.told());
  CHECK(third.told());
}

TEST_CASE_METHOD(Fixture, "A wait that is over closes no cycle") {
  Blocked first({{&a}}, b);
  first.end();
  Blocked second({{&b}}, a);
  CHECK_FALSE(second.told());
}

namespace {

// Two pools of one worker each; a job runs only if it has no work left to claim.
struct Pools {
  stub::Pool one, two;
  stub::Job outer{one}, inner{two}, queued{one}, other{two};
  Pools() { outer.work = inner.work = false; }
};

}  // namespace

TEST_CASE_METHOD(Pools,
                 "A worker runs an item of its own pool that it depends on through another") {
  const Blocked first(one, 0, {{&outer}}, inner);
  const Blocked second(two, 0, {{&inner}}, queued);
  CHECK(first.helps());
  CHECK_FALSE(second.told());
  CHECK_FALSE(second.helps());
}

TEST_CASE_METHOD(Pools, "A worker is left alone while another of its pool is free") {
  one.blocked().set_workers(2);
  const Blocked first(one, 0, {{&outer}}, inner);
  const Blocked second(two, 0, {{&inner}}, queued);
  CHECK_FALSE(first.helps());
  CHECK_FALSE(second.told());
}

TEST_CASE_METHOD(Pools, "A pool that loses its free worker has a blocked one help") {
  one.blocked().set_workers(2);
  const Blocked first(one, 0, {{&outer}}, inner);
  const Blocked second(two, 0, {{&inner}}, queued);
  one.blocked().set_workers(1);
  CHECK(first.helps());
}

TEST_CASE_METHOD(Pools, "A worker that has to leave does not count as blocked, nor as free") {
  const Blocked leaving(one, 1, {}, other);  // beyond the one that there should be
  const Blocked second(two, 0, {{&inner}}, queued);
  CHECK_FALSE(second.told());  // worker 0 of the pool may start it
}

TEST_CASE_METHOD(Pools, "A wait for a job that no worker can start, nor depends on, is told") {
  stub::Pool three;
  stub::Job third{three};
  third.work = false;
  const Blocked first(one, 0, {{&outer}}, third);
  const Blocked second(three, 0, {{&third}}, other);  // queued in two
  const Blocked last(two, 0, {{&inner}}, outer);
  CHECK((first.helps() || second.helps() || last.helps()));
  CHECK_FALSE((first.told() || second.told() || last.told()));
}

TEST_CASE_METHOD(Pools, "A job that has begun is not for others to help") {
  queued.work = false;
  const Blocked first(one, 0, {{&outer}}, inner);
  const Blocked second(two, 0, {{&inner}}, queued);
  CHECK_FALSE(first.helps());
  CHECK_FALSE((first.told() || second.told()));
}

TEST_CASE_METHOD(Pools, "A wait that closes a cycle through two pools is told") {
  const Blocked first(one, 0, {{&outer}}, inner);
  const Blocked second(two, 0, {{&inner}}, outer);
  CHECK(second.told());
  CHECK_FALSE((first.helps() || first.told()));
}

TEST_CASE_METHOD(Pools, "A worker that waits for a value of a stream helps, and is not told") {
  const Blocked first(one, 0, {{&outer}}, inner, Wait::next_value);
  const Blocked second(two, 0, {{&inner}}, queued);
  CHECK(first.helps());
  CHECK_FALSE(second.told());
}

TEST_CASE_METHOD(Pools, "A blocking wait helps, too") {
  const Blocked first(one, 0, {{&outer}}, inner, Wait::must_not_return);
  const Blocked second(two, 0, {{&inner}}, queued, Wait::must_not_return);
  CHECK(first.helps());
}

TEST_CASE_METHOD(Pools, "Pools that share nothing share no graph; those that do, do") {
  stub::Pool three;
  stub::Job third{three};
  const auto graph_of = [](const stub::Pool& pool) {
    tp::core::GraphLock lock(pool.blocked().graph());
    return &lock.graph();
  };
  CHECK(graph_of(one) != graph_of(two));
  {
    const Blocked first(one, 0, {{&outer}}, inner);
    CHECK(graph_of(one) == graph_of(two));
    CHECK(graph_of(one) != graph_of(three));
    const Blocked second(two, 0, {{&inner}}, third);
    CHECK(graph_of(one) == graph_of(three));
  }
  const Blocked again(three, 0, {{&third}}, outer);
  CHECK_FALSE(again.told());
}

TEST_CASE_METHOD(Fixture, "The pool of the innermost callback is known") {
  CHECK(callback_pool() == nullptr);
  stub::Pool other;
  CallScope task(Kind::task, &other, &a);
  CHECK(callback_pool() == nullptr);
  CallScope callback(Kind::callback, &pool, &a);
  CHECK(callback_pool() == &pool);
  {
    CallScope inner(Kind::task, &other, &b);
    CHECK(callback_pool() == &pool);
    CallScope innermost(Kind::callback, &other, &b);
    CHECK(callback_pool() == &other);
  }
  CHECK(callback_pool() == &pool);
}
