// SPDX-License-Identifier: MIT
// Tests of calls of user code: who is inside what, causes, and every way out.
#include "result/frame.h"

#include "queue/stub_job.hpp"

using namespace tp::core;
using Kind = Frame::Kind;

namespace {

int drops = 0;
void drop(void*) { ++drops; }
char payload;

// Calls user code in a frame of its own; what is said about a failure is in message.
template <class Call>
Verdict verdict_of(Call call, std::string& message) {
  Frame frame(Kind::task, nullptr, nullptr);
  const Verdict verdict = call_user(frame, call, [] {});
  Cause cause = frame.take_cause();
  message = cause.message ? cause.message : "";
  cause.drop();
  return verdict;
}

}  // namespace

TEST_CASE("Frames nest, and each thread has its own") {
  stub::Pool owner;
  stub::Job job(owner);
  CHECK(Frame::current() == nullptr);
  {
    Frame outer(Kind::task, &owner, &job);
    CHECK(Frame::current() == &outer);
    CHECK(outer.outer() == nullptr);
    {
      Frame inner(Kind::callback, &owner, &job);
      CHECK(Frame::current() == &inner);
      CHECK(inner.outer() == &outer);
      CHECK(inner.kind() == Kind::callback);
      CHECK(inner.owner() == &owner);
      CHECK(inner.job() == &job);
    }
    CHECK(Frame::current() == &outer);
    std::thread([] { CHECK(Frame::current() == nullptr); }).join();
  }
  CHECK(Frame::current() == nullptr);
}

TEST_CASE("A thread is inside the pools whose code is on its stack, or whose worker it is") {
  stub::Pool first, second;
  CHECK_FALSE(Frame::inside(&first));
  Frame outer(Kind::callback, &first, nullptr);
  Frame inner(Kind::task, &second, nullptr);
  CHECK(Frame::inside(&first));
  CHECK(Frame::inside(&second));
  CHECK(Frame::inside_callback(&first));
  CHECK_FALSE(Frame::inside_callback(&second));
  std::thread([&] {
    CHECK_FALSE(Frame::inside(&first));
    this_thread.become({&first, 0});
    CHECK(Frame::inside(&first));
    CHECK_FALSE(Frame::inside(&second));
    CHECK_FALSE(Frame::inside_callback(&first));
  }).join();
}

TEST_CASE("All but hooks may say why they fail") {
  for (const Kind kind : {Kind::task, Kind::source, Kind::callback, Kind::initializer})
    CHECK(Frame(kind, nullptr, nullptr).takes_errors());
  CHECK_FALSE(Frame(Kind::hook, nullptr, nullptr).takes_errors());
}

TEST_CASE("A cause is the last one that was set, and each goes once") {
  drops = 0;
  {
    Frame frame(Kind::task, nullptr, nullptr);
    CHECK_FALSE(frame.has_cause());
    std::string text = "first";
    CHECK(frame.set_cause(text.c_str(), &payload, drop) == TP_OK);
    text = "other";
    CHECK(frame.has_cause());
    CHECK(frame.set_cause("second", &payload, drop) == TP_OK);
    CHECK(drops == 1);
    Cause cause = frame.take_cause();
    CHECK_FALSE(frame.has_cause());
    CHECK(cause.message == std::string("second"));
    CHECK(cause.payload == &payload);
    cause.drop();
    cause.drop();
    CHECK(drops == 2);
    CHECK(frame.set_cause(nullptr, &payload, drop) == TP_OK);
    frame.drop_cause();
    frame.drop_cause();
    CHECK(drops == 3);
    CHECK(frame.set_cause("third", &payload, drop) == TP_OK);
  }
  CHECK(drops == 4);
}

TEST_CASE("A cause has a copy of its message") {
  Frame frame(Kind::task, nullptr, nullptr);
  std::string text = "before";
  REQUIRE(frame.set_cause(text.c_str(), nullptr, nullptr) == TP_OK);
  text = "later!";
  Cause cause = frame.take_cause();
  CHECK(cause.message == std::string("before"));
  cause.drop();
}

TEST_CASE("A call ends well, with a code, or with an exception") {
  std::string message;
  Verdict verdict = verdict_of([] { return 0; }, message);
  CHECK(verdict.status == TP_OK);
  CHECK(verdict.code == 0);
  verdict = verdict_of([] { return -7; }, message);
  CHECK(verdict.status == TP_ETASK);
  CHECK(verdict.code == -7);
  CHECK(message.empty());
  verdict = verdict_of([]() -> int { throw std::runtime_error("why"); }, message);
  CHECK(verdict.status == TP_ETASK);
  CHECK(verdict.code == 0);
  CHECK(message == "why");
  verdict = verdict_of([]() -> int { throw 42; }, message);
  CHECK(verdict.status == TP_ETASK);
  CHECK(verdict.code == 0);
  CHECK(message.empty());
}

TEST_CASE("A call that ends its thread is reported on the way out") {
  bool lost = false, after = false, marked = false;
  Frame* left = nullptr;
  drops = 0;
  support::in_thread([&] {
    const Finally at_the_end([&] { left = Frame::current(); });
    Frame frame(Kind::task, nullptr, nullptr);
    frame.set_cause("gone", &payload, drop);
    call_user(
        frame, []() -> int { pthread_exit(nullptr); },
        [&] {
          lost = true;
          marked = this_thread.ending;
        });
    after = true;
  });
  CHECK(lost);
  CHECK(marked);
  CHECK_FALSE(after);
  CHECK(left == nullptr);  // the frame has gone, too
  CHECK(drops == 1);
}

TEST_CASE("A hook may be missing, and may throw") {
  int calls = 0;
  call_hook<int>(nullptr, &calls);
  call_hook<int>([](int* count) { ++*count; }, &calls);
  call_hook<int>(
      [](int* count) {
        ++*count;
        throw std::runtime_error("nobody to tell");
      },
      &calls);
  CHECK(calls == 2);
}
