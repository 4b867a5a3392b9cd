// SPDX-License-Identifier: MIT
// Tests of the graph of blocked waits: who is told of a cycle.
#include "result/waits.h"

#include <thread>
#include <vector>

#include "queue/stub_job.hpp"
#include "result/waiters.h"
#include "support/catch.hpp"
#include "support/gate.hpp"

using tp::core::callback_owner;
using tp::core::Deadline;
using tp::core::Frame;
using tp::core::Wait;
using Kind = tp::core::Frame::Kind;

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
  Blocked(std::vector<Call> calls, std::vector<tp::core::Job*> any,
          Wait::Kind kind = Wait::checked)
      : calls_(std::move(calls)), any_(std::move(any)), kind_(kind), thread_([this] { enter(0); }) {
    registered_.wait(1);
  }
  ~Blocked() { end(); }

  bool told() const { return wait_->closes_cycle(); }
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
  void enter(std::size_t depth) {
    if (depth == calls_.size()) return block();
    Frame frame(calls_[depth].kind, &calls_[depth].job->owner(), calls_[depth].job);
    enter(depth + 1);
  }

  void block() {
    const Wait wait(any_.data(), any_.size(), kind_);
    wait_ = &wait;
    registered_.arrive();
    gate_.wait();
    woken_ = tp::core::this_parker().park(Deadline::in(0));
  }

  const std::vector<Call> calls_;
  const std::vector<tp::core::Job*> any_;
  const Wait::Kind kind_;
  const Wait* wait_ = nullptr;
  bool woken_ = false;
  support::Gate gate_;
  support::Arrivals registered_;
  std::thread thread_;
};

struct Fixture {
  stub::Owner owner;
  stub::Job a{owner}, b{owner}, c{owner};
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

TEST_CASE_METHOD(Fixture, "The owner of the innermost callback is known") {
  CHECK(callback_owner() == nullptr);
  stub::Owner other;
  Frame task(Kind::task, &other, &a);
  CHECK(callback_owner() == nullptr);
  Frame callback(Kind::callback, &owner, &a);
  CHECK(callback_owner() == &owner);
  {
    Frame inner(Kind::task, &other, &b);
    CHECK(callback_owner() == &owner);
    Frame innermost(Kind::callback, &other, &b);
    CHECK(callback_owner() == &other);
  }
  CHECK(callback_owner() == &owner);
}
