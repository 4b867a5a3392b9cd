// SPDX-License-Identifier: MIT
// Errors: what they say, how long they live, and that each payload is dropped once.
#include "support/test.hpp"

using namespace support;

namespace {

// Fails with a message and a payload.
struct Failing : Task<void, void> {
  explicit Failing(std::atomic<int>& dropped)
      : Task([&dropped](const void*, void*) {
          tp_task_set_error("no paper", &dropped, count_drop);
          return 21;
        }) {}
};

std::string last_message() { return tp_error_message(tp_last_error()); }

}  // namespace

TEST_CASE("A thread has no last error until a call fails") {
  const tp_error_t* error = nullptr;
  std::thread([&] { error = tp_last_error(); }).join();
  CHECK(error == nullptr);
}

TEST_CASE("A failed call leaves its error on the calling thread alone") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Pool pool(2);
  tp_clear_error();
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  const tp_error_t* error = tp_last_error();
  REQUIRE(error != nullptr);
  CHECK(tp_error_status(error) == TP_ETASK);
  CHECK(tp_error_code(error) == 21);
  CHECK(last_message() == "no paper");
  CHECK(tp_error_payload(error) == &drops);
  const tp_error_t* other = error;
  std::thread([&] { other = tp_last_error(); }).join();
  CHECK(other == nullptr);
  tp_clear_error();
  CHECK(tp_last_error() == nullptr);
  CHECK(drops == 1);
}

TEST_CASE("A call that succeeds leaves the last error alone; the next failure replaces it") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Step good([] {});
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  CHECK(tp_pool_apply(pool, &good, nullptr, nullptr) == TP_OK);
  CHECK(last_message() == "no paper");
  CHECK(drops == 0);
  CHECK(tp_pool_apply(pool, nullptr, nullptr, nullptr) == TP_EINVAL);
  CHECK(tp_error_status(tp_last_error()) == TP_EINVAL);
  CHECK(tp_error_code(tp_last_error()) == 0);
  CHECK(tp_error_payload(tp_last_error()) == nullptr);
  CHECK(last_message() == "task is NULL; this call needs one");
  CHECK(drops == 1);
  tp_clear_error();
  tp_clear_error();
  CHECK(drops == 1);
}

TEST_CASE("A refused call's error is its status") {
  Step task([] {});
  Pool pool(1);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 3, nullptr) == TP_ECLOSED);
  CHECK(tp_error_status(tp_last_error()) == TP_ECLOSED);
  CHECK(last_message() == "Pool not running");
  tp_clear_error();
}

TEST_CASE(
    "A job that fails leaves the last error alone, if its submit had a result; a refusal does "
    "not") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Pool pool(1);
  tp_clear_error();
  Result result = apply_async(pool, task);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_last_error() == nullptr);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) == TP_ECLOSED);
  CHECK(tp_last_error() == nullptr);
  CHECK(tp_pool_apply_async(nullptr, &task, nullptr, nullptr, nullptr) == TP_EINVAL);
  CHECK(last_message() == "pool is NULL; this call needs one");
  tp_clear_error();
}

TEST_CASE("A function without a status leaves the last error alone, whatever its handle") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Pool pool(1);
  const Result result = apply_async(pool, task);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  tp_pool_t* const parents = pool;
  const int wrong = in_child([&] {
    tp_pool_destroy(nullptr);
    tp_pool_destroy(parents);
    tp_result_release(nullptr);
    const bool is_null = tp_result_retain(result) == nullptr && tp_result_error(result) == nullptr;
    return is_null && last_message() == "no paper" && drops == 0 ? 0 : 1;
  });
  CHECK(wrong == 0);
  tp_clear_error();
}

TEST_CASE("A refusal drops the payload of the error before it") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  CHECK(drops == 0);
  CHECK(tp_pool_join(pool, NAN) == TP_EINVAL);
  CHECK(drops == 1);
  tp_clear_error();
}

TEST_CASE("A next that timed out is a failed call") {
  Gate gate;
  Source<int> source([&](int*) { return gate.wait(), 0; });
  Odd task;
  Pool pool(1);
  tp_clear_error();
  Result stream = imap(pool, task, source);
  CHECK(tp_result_next(stream, 0, nullptr) == TP_ETIMEDOUT);
  CHECK(tp_error_status(tp_last_error()) == TP_ETIMEDOUT);
  tp_clear_error();
  gate.open();
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(tp_last_error() == nullptr);
}

TEST_CASE("The end of a thread drops its last error") {
  std::atomic<int> drops{0};
  Failing task(drops);
  Pool pool(2);
  std::thread([&] { tp_pool_apply(pool, &task, nullptr, nullptr); }).join();
  CHECK(drops == 1);
}

TEST_CASE("The end of a worker drops its last error") {
  std::atomic<int> drops{0};
  Failing inner(drops);
  Step outer([&] { tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr); });
  {
    Pool pool(1);
    CHECK(tp_pool_apply(pool, &outer, nullptr, nullptr) == TP_OK);
  }
  CHECK(drops == 1);
}

TEST_CASE("A second set_error replaces the first, and success drops what was set") {
  std::atomic<int> first{0}, second{0};
  int code = GENERATE(1, 0);
  Task<void, void> task([&](const void*, void*) {
    tp_task_set_error("first", &first, count_drop);
    tp_task_set_error("second", &second, count_drop);
    return code;
  });
  Pool pool(1);
  Result result = apply_async(pool, task);
  REQUIRE(result.wait() == TP_OK);
  CHECK(first == 1);
  CHECK(second == (code == 0 ? 1 : 0));
  if (code != 0) CHECK(std::string(tp_error_message(tp_result_error(result))) == "second");
  result.release();
  CHECK(first == 1);
  CHECK(second == 1);
}

TEST_CASE("set_error copies its message; NULL is the text of the status") {
  const bool given = GENERATE(true, false);
  Task<void, void> task([&](const void*, void*) {
    std::string text = "gone soon, and longer than any small buffer could hold: ";
    text += std::string(1000, 'x');
    tp_task_set_error(given ? text.c_str() : nullptr, nullptr, nullptr);
    text.assign(text.size(), '?');
    return 1;
  });
  Pool pool(1);
  Result result = apply_async(pool, task);
  REQUIRE(result.wait() == TP_OK);
  const std::string message = tp_error_message(tp_result_error(result));
  if (given) CHECK(message.substr(0, 16) + message.back() == "gone soon, and lx");
  if (!given) CHECK(message == tp_strerror(TP_ETASK));
}

TEST_CASE("A failed task that said nothing has the status' text") {
  Task<void, void> task([](const void*, void*) { return 5; });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  CHECK(last_message() == tp_strerror(TP_ETASK));
  CHECK(tp_error_payload(tp_last_error()) == nullptr);
}

TEST_CASE("A payload without a drop is handed through") {
  int payload = 0;
  Task<void, void> task([&](const void*, void*) {
    tp_task_set_error("x", &payload, nullptr);
    return 1;
  });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  CHECK(tp_error_payload(tp_last_error()) == &payload);
}

TEST_CASE("set_error of a helped task is that task's, not the waiting one's") {
  std::atomic<int> drops{0};
  Failing inner(drops);
  std::string seen;
  Task<void, void> outer([&](const void*, void*) {
    tp_task_set_error("outer", nullptr, nullptr);
    tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr);
    seen = last_message();
    return 2;
  });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &outer, nullptr, nullptr) == TP_ETASK);
  CHECK(seen == "no paper");
  CHECK(last_message() == "outer");
  CHECK(tp_error_code(tp_last_error()) == 2);
}

TEST_CASE("An error taken by next outlives its stream, until it is cleared") {
  std::atomic<int> drops{0};
  Numbers source(1);
  Task<int, int> task([&](const int*, int*) {
    tp_task_set_error("kept", &drops, count_drop);
    return 1;
  });
  {
    Pool pool(1);
    Result stream = imap(pool, task, source);
    CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  }
  CHECK(last_message() == "kept");
  CHECK(tp_error_payload(tp_last_error()) == &drops);
  CHECK(drops == 0);
  tp_clear_error();
  CHECK(drops == 1);
}

TEST_CASE("A payload_drop may call the library") {
  int status = 1;
  struct Context {
    int* status;
  } context{&status};
  Task<void, void> task([&](const void*, void*) {
    tp_task_set_error("x", &context, [](void* self) {
      tp_clear_error();
      *static_cast<Context*>(self)->status = tp_pool_apply(nullptr, nullptr, nullptr, nullptr);
    });
    return 1;
  });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  tp_clear_error();
  CHECK(status == TP_EINVAL);
  tp_clear_error();
  CHECK(tp_last_error() == nullptr);
}
