// SPDX-License-Identifier: MIT
// The matrix, part three: every question to a result x every state of its job.
#include "capi/matrix.hpp"

using namespace support;

namespace {

// What the questions answer.
struct Answers {
  int ready, successful, wait, get, item_status, error;  // error: its status, TP_OK for none
  std::size_t done;

  bool operator==(const Answers& o) const {
    return ready == o.ready && successful == o.successful && wait == o.wait && get == o.get &&
           item_status == o.item_status && error == o.error && done == o.done;
  }
};

Answers ask(tp_result_t* result) {
  const tp_error_t* error = tp_result_error(result);
  Answers answers{tp_result_ready(result),
                  tp_result_successful(result),
                  tp_result_wait(result, 0),
                  tp_result_get(result, 0, nullptr),
                  tp_result_item_status(result, 0),
                  error == nullptr ? TP_OK : tp_error_status(error),
                  99};
  CHECK(tp_result_progress(result, &answers.done, nullptr) == TP_OK);
  return answers;
}

// A job that ended with a status.
Answers ended(int status) { return {1, status == TP_OK ? 1 : 0, TP_OK, status, status, status, 1}; }

constexpr Answers kPending{0, TP_ENOTREADY, TP_ETIMEDOUT, TP_ETIMEDOUT, TP_ENOTREADY, TP_OK, 0};

using Function = int (*)(void*, const void*, void*);

// Runs one task as a job of each kind that has single items, and checks the answers at its end.
void check_ended(Function function, int status) {
  CAPTURE(status);
  tp_task_t task = TP_TASK(function, nullptr, int, int);
  const int item = 0;
  Pool pool(2);
  Result apply = apply_item(pool, task, item);
  Result map = map_async(pool, task, &item, 1);
  REQUIRE(apply.wait() == TP_OK);
  REQUIRE(map.wait() == TP_OK);
  CHECK(ask(apply) == ended(status));
  CHECK(ask(map) == ended(status));
}

}  // namespace

TEST_CASE("The answers of a result whose job has run") {
  check_ended([](void*, const void*, void* value) { return *static_cast<int*>(value) = 0; }, TP_OK);
  check_ended([](void*, const void*, void*) { return 3; }, TP_ETASK);
  check_ended([](void*, const void*, void*) -> int { throw 3; }, TP_ETASK);
  check_ended([](void*, const void*, void*) -> int { pthread_exit(nullptr); }, TP_ELOST);
}

TEST_CASE("The answers of a result whose job is queued, cancelled, terminated") {
  Odd task;
  const int items[2] = {};
  Pool pool(1);
  Busy busy(pool, 1);
  Result apply = apply_item(pool, task, *items);
  Result map = map_async(pool, task, items, 1);
  Result cancelled = apply_item(pool, task, *items);
  CHECK(ask(apply) == kPending);
  CHECK(ask(map) == kPending);
  CHECK(tp_result_cancel(cancelled) == TP_OK);
  CHECK(ask(cancelled) == ended(TP_ECANCELED));
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(ask(apply) == ended(TP_ETERMINATED));
  CHECK(ask(map) == ended(TP_ETERMINATED));
  CHECK(ask(cancelled) == ended(TP_ECANCELED));
}

TEST_CASE("The answers of a result whose job runs") {
  Gate gate;
  Task<int, int> task([&](const int*, int* y) { return gate.wait(), *y = 0; });
  Pool pool(1);
  Result result = apply_item(pool, task, 0);
  gate.await(1);
  CHECK(ask(result) == kPending);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(ask(result) == kPending);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(ask(result) == kPending);
  gate.open();
  REQUIRE(result.wait() == TP_OK);
  CHECK(ask(result) == ended(TP_OK));
}

TEST_CASE("The answers of a result of a pool that broke") {
  Gate gate;
  const PoolHooks options(pool_options(1), [&] { return gate.wait(), 1; });
  Odd task;
  Pool pool(options);
  Result result = apply_item(pool, task, 0);
  CHECK(ask(result) == kPending);
  gate.open();
  REQUIRE(result.wait() == TP_OK);
  CHECK(ask(result) == ended(TP_EINIT));
}

TEST_CASE("The answers of a stream before, at and after its end") {
  Gate gate;
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 1) gate.wait();
    return *item = 0, i++ == 0 ? 1 : 0;
  });
  Odd task;
  Pool pool(2);
  Chunked job(1);
  Result stream = imap(pool, task, source, &job);
  CHECK(tp_result_ready(stream) == 0);
  CHECK(tp_result_successful(stream) == TP_ENOTREADY);
  CHECK(tp_result_wait(stream, 0) == TP_ETIMEDOUT);
  CHECK(tp_result_error(stream) == nullptr);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, 0, nullptr) == TP_ETIMEDOUT);
  gate.open();
  REQUIRE(stream.wait() == TP_OK);
  CHECK(tp_result_ready(stream) == 1);
  CHECK(tp_result_successful(stream) == 1);
  CHECK(tp_result_error(stream) == nullptr);
  CHECK(tp_result_next(stream, 0, nullptr) == TP_END);
}
