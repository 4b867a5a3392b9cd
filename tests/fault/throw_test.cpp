// SPDX-License-Identifier: MIT
// C++ exceptions out of everything that the library calls.
#include "support/test.hpp"

using namespace support;

namespace {

struct NoMessage {};

struct Derived : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws the kind-th of all sorts of exceptions; returns the message that is expected.
constexpr int kKinds = 6;

void throw_kind(int kind) {
  switch (kind) {
    case 0:
      throw 7;
    case 1:
      throw std::string("text");
    case 2:
      throw std::runtime_error("runtime");
    case 3:
      throw Derived("derived");
    case 4:
      throw std::bad_alloc();
    default:
      throw NoMessage();
  }
}

std::string message_of(int kind) {
  if (kind == 2) return "runtime";
  if (kind == 3) return "derived";
  return kind == 4 ? std::bad_alloc().what() : tp_strerror(TP_ETASK);
}

}  // namespace

TEST_CASE("an exception out of a task is its item's failure") {
  Task<int, int> task([](const int* kind, int*) { return throw_kind(*kind), 0; });
  Pool pool(2);
  for (int kind = 0; kind < kKinds; ++kind) {
    int value = 0;
    REQUIRE(tp_pool_apply(pool, &task, &kind, &value) == TP_ETASK);
    CHECK(tp_error_status(tp_last_error()) == TP_ETASK);
    CHECK(tp_error_code(tp_last_error()) == 0);
    CHECK(message_of(kind) == tp_error_message(tp_last_error()));
    Result result = apply_item(pool, task, kind);
    CHECK(result.get() == TP_ETASK);
    CHECK(message_of(kind) == tp_error_message(tp_result_error(result)));
  }
}

TEST_CASE("exceptions out of some items of a map leave the others alone") {
  Task<int, int> task([](const int* item, int* value) {
    if (*item % 2) throw_kind(*item / 2 % kKinds);
    return *value = *item, 0;
  });
  Numbers numbers(1000);
  std::vector<int> items(1000);
  for (int& item : items) Numbers::pull(&numbers, &item);
  Pool pool(worker_counts());
  Result result = map_async(pool, task, items.data(), items.size());
  REQUIRE(result.get() == TP_ETASK);
  CHECK(tp_error_index(tp_result_error(result)) == 1);
  for (std::size_t i = 0; i < items.size(); ++i)
    REQUIRE(tp_result_item_status(result, i) == (i % 2 ? TP_ETASK : TP_OK));
}

TEST_CASE("an exception out of a range body fails its chunk") {
  auto body = [](void*, std::size_t begin, std::size_t) {
    if (begin == 20) throw std::runtime_error("runtime");
    return 0;
  };
  Chunked job(10);
  Pool pool(2);
  REQUIRE(tp_pool_for(pool, body, nullptr, 100, &job) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 20);
  CHECK(tp_error_message(tp_last_error()) == std::string("runtime"));
}

TEST_CASE("an exception out of a source fails the stream") {
  Odd task;
  Numbers numbers;
  Source<int> source([&](int* item) {
    if (numbers.pulled == 3) throw Derived("derived");
    return Numbers::pull(&numbers, item);
  });
  Pool pool(2);
  Result stream;
  REQUIRE(tp_pool_imap(pool, &task, Source<int>::pull, &source, nullptr, stream.out()) == TP_OK);
  for (int i = 0; i < 3; ++i) REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  CHECK(tp_error_message(tp_last_error()) == std::string("derived"));
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("an exception out of a callback fails its job and nothing else") {
  Step work([] {});
  Pool pool(2);
  for (int i = 0; i < 600; ++i) {
    const int kind = i % kKinds;
    Listening job([=](tp_result_t*) { throw_kind(kind); });
    Result result = apply_async(pool, work, &job);
    REQUIRE(result.get() == TP_ETASK);
    REQUIRE(message_of(kind) == tp_error_message(tp_result_error(result)));
    REQUIRE(job.successes + job.failures == 1);
  }
  pool.finish();
}

TEST_CASE("an exception out of an initializer breaks the pool") {
  Step work([] {});
  tp_pool_options_t options = pool_options(2);
  options.initializer = [](void*) { return throw_kind(2), 0; };
  Pool pool(options);
  Result result;
  const int accepted = tp_pool_apply_async(pool, &work, nullptr, nullptr, result.out());
  CHECK((accepted == TP_EINIT || result.get() == TP_EINIT));
}

TEST_CASE("an exception out of a finalizer or a drop hook goes nowhere") {
  std::atomic<int> drops{0};
  struct Thrower {
    std::atomic<int>* drops;
    static void drop(void* self) {
      ++*static_cast<Thrower*>(self)->drops;
      throw_kind(2);
    }
  } thrower{&drops};
  tp_task_t task = TP_TASK(nullptr, &thrower, Thrower, Thrower);
  task.fn = [](void*, const void* item, void* value) {
    return *static_cast<Thrower*>(value) = *static_cast<const Thrower*>(item), 0;
  };
  task.item_drop = task.value_drop = task.ctx_drop = Thrower::drop;
  tp_pool_options_t options = pool_options(2);
  options.arg = &thrower;
  options.finalizer = options.arg_drop = Thrower::drop;
  Pool pool(options);
  Result result = apply_item(pool, task, thrower);
  CHECK(result.get() == TP_OK);
  result.release();
  CHECK(drops == 3);  // item, ctx, value
  pool.finish();
  pool.destroy();
  CHECK(drops == 6);  // two finalizers and arg_drop
}
