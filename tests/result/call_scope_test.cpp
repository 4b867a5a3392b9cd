// SPDX-License-Identifier: MIT
// Tests of calls of user code: who is inside what, causes, and every way out.
#include "result/call_scope.h"

#include "queue/stub_job.hpp"

using namespace tp::core;
using Kind = CallScope::Kind;

namespace {

int drops = 0;
void drop(void*) { ++drops; }
char payload;

// Calls user code in a call scope of its own; what is said about a failure is in message.
template <class Call>
CallResult result_of(Call call, std::string& message) {
  CallScope scope(Kind::task, nullptr, nullptr);
  const CallResult result = call_user(scope, call, [] {});
  Cause cause = scope.take_cause();
  message = cause.message ? cause.message : "";
  cause.drop();
  return result;
}

}  // namespace

TEST_CASE("Call scopes nest, and each thread has its own") {
  stub::Pool pool;
  stub::Job job(pool);
  CHECK(CallScope::current() == nullptr);
  {
    CallScope outer(Kind::task, &pool, &job);
    CHECK(CallScope::current() == &outer);
    CHECK(outer.outer() == nullptr);
    {
      CallScope inner(Kind::callback, &pool, &job);
      CHECK(CallScope::current() == &inner);
      CHECK(inner.outer() == &outer);
      CHECK(inner.kind() == Kind::callback);
      CHECK(inner.pool() == &pool);
      CHECK(inner.job() == &job);
    }
    CHECK(CallScope::current() == &outer);
    std::thread([] { CHECK(CallScope::current() == nullptr); }).join();
  }
  CHECK(CallScope::current() == nullptr);
}

TEST_CASE("A thread is inside the pools whose code is on its stack, or whose worker it is") {
  stub::Pool first, second;
  CHECK_FALSE(CallScope::inside(&first));
  CallScope outer(Kind::callback, &first, nullptr);
  CallScope inner(Kind::task, &second, nullptr);
  CHECK(CallScope::inside(&first));
  CHECK(CallScope::inside(&second));
  CHECK(CallScope::inside_callback(&first));
  CHECK_FALSE(CallScope::inside_callback(&second));
  std::thread([&] {
    CHECK_FALSE(CallScope::inside(&first));
    this_thread.become({&first, 0});
    CHECK(CallScope::inside(&first));
    CHECK_FALSE(CallScope::inside(&second));
    CHECK_FALSE(CallScope::inside_callback(&first));
  }).join();
}

TEST_CASE("All but hooks may say why they fail") {
  for (const Kind kind : {Kind::task, Kind::source, Kind::callback, Kind::initializer})
    CHECK(CallScope(kind, nullptr, nullptr).takes_errors());
  CHECK_FALSE(CallScope(Kind::hook, nullptr, nullptr).takes_errors());
}

TEST_CASE("A cause is the last one that was set, and each goes once") {
  drops = 0;
  {
    CallScope scope(Kind::task, nullptr, nullptr);
    CHECK_FALSE(scope.has_cause());
    std::string text = "first";
    CHECK(scope.set_cause(text.c_str(), &payload, drop) == TP_OK);
    text = "other";
    CHECK(scope.has_cause());
    CHECK(scope.set_cause("second", &payload, drop) == TP_OK);
    CHECK(drops == 1);
    Cause cause = scope.take_cause();
    CHECK_FALSE(scope.has_cause());
    CHECK(cause.message == std::string("second"));
    CHECK(cause.payload == &payload);
    cause.drop();
    cause.drop();
    CHECK(drops == 2);
    CHECK(scope.set_cause(nullptr, &payload, drop) == TP_OK);
    scope.drop_cause();
    scope.drop_cause();
    CHECK(drops == 3);
    CHECK(scope.set_cause("third", &payload, drop) == TP_OK);
  }
  CHECK(drops == 4);
}

TEST_CASE("A cause has a copy of its message") {
  CallScope scope(Kind::task, nullptr, nullptr);
  std::string text = "before";
  REQUIRE(scope.set_cause(text.c_str(), nullptr, nullptr) == TP_OK);
  text = "later!";
  Cause cause = scope.take_cause();
  CHECK(cause.message == std::string("before"));
  cause.drop();
}

TEST_CASE("A call ends well, with a code, or with an exception") {
  std::string message;
  CallResult result = result_of([] { return 0; }, message);
  CHECK(result.status == TP_OK);
  CHECK(result.code == 0);
  result = result_of([] { return -7; }, message);
  CHECK(result.status == TP_ETASK);
  CHECK(result.code == -7);
  CHECK(message.empty());
  result = result_of([]() -> int { throw std::runtime_error("why"); }, message);
  CHECK(result.status == TP_ETASK);
  CHECK(result.code == 0);
  CHECK(message == "why");
  result = result_of([]() -> int { throw 42; }, message);
  CHECK(result.status == TP_ETASK);
  CHECK(result.code == 0);
  CHECK(message.empty());
}

TEST_CASE("A call that ends its thread is reported on the way out") {
  bool lost = false, after = false, marked = false;
  CallScope* left = nullptr;
  drops = 0;
  support::in_thread([&] {
    const ScopeExit at_the_end([&] { left = CallScope::current(); });
    CallScope scope(Kind::task, nullptr, nullptr);
    scope.set_cause("gone", &payload, drop);
    call_user(
        scope, []() -> int { pthread_exit(nullptr); },
        [&] {
          lost = true;
          marked = this_thread.ending;
        });
    after = true;
  });
  CHECK(lost);
  CHECK(marked);
  CHECK_FALSE(after);
  CHECK(left == nullptr);  // the call scope has gone, too
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
