// SPDX-License-Identifier: MIT
// Workers that wait for continuations and for results of several: they run what these depend on, or learn that it can't
// end.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

// Runs a function on a thread with so large a stack.
void on_stack_of(std::size_t bytes, std::function<void()> f) {
  pthread_attr_t attr;
  REQUIRE(pthread_attr_init(&attr) == 0);
  REQUIRE(pthread_attr_setstacksize(&attr, bytes) == 0);
  const auto run = [](void* function) -> void* {
    return (*static_cast<std::function<void()>*>(function))(), nullptr;
  };
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &attr, run, &f) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attr);
}

// Results of which each follows from the one before, and a call for each when it is ready.
class Row {
 public:
  Row(tp_result_t* first, std::size_t n, std::function<int(tp_result_t* next)> call)
      : call_(std::move(call)), links_(n) {
    for (Link& link : links_) {
      link.row = this;
      *link.result.out() = when_all({first}).give_away();
      first = link.result;
    }
    for (std::size_t i = 0; i + 1 < n; ++i) {
      links_[i].next = links_[i + 1].result;
      REQUIRE(tp_result_add_done_callback(links_[i].result, run, &links_[i]) == TP_OK);
    }
  }

  const Result& last() const { return links_.back().result; }

  std::size_t calls = 0, refused = 0, wrong = 0;  // all on one thread

 private:
  struct Link {
    Row* row = nullptr;
    Result result;
    tp_result_t* next = nullptr;
  };

  static void run(void* user, tp_result_t*) {
    const Link& link = *static_cast<Link*>(user);
    const int status = link.row->call_(link.next);
    ++link.row->calls;
    link.row->refused += status == TP_EDEADLK;
    link.row->wrong += status != TP_OK && status != TP_EDEADLK;
  }

  const std::function<int(tp_result_t*)> call_;
  std::vector<Link> links_;
};

}  // namespace

TEST_CASE("A worker that waits for a continuation runs its source") {
  Increment increment;
  Odd odd;
  std::vector<int> values;
  Pool pool(1);
  Step waits([&] {
    const int one = 1;
    Result source, next;
    tp_pool_apply_async(pool, &odd, &one, nullptr, source.out());
    tp_result_then(source, &increment, nullptr, next.out());
    void* value = nullptr;
    if (tp_result_get(next, kLong, &value) == TP_OK) values.push_back(*static_cast<int*>(value));
    tp_result_t* both[] = {source, next};
    Result all, any;
    tp_when_all(both, 2, all.out());
    values.push_back(tp_result_get(all, kLong, nullptr));
  });
  CHECK(apply_async(pool, waits).get() == TP_OK);
  CHECK(values == std::vector<int>{4, 0});
}

TEST_CASE("A worker runs each link of a chain that others let start") {
  const std::size_t workers = worker_counts();
  const std::size_t n = workers > 8 ? 100 : 1000;  // each blocked worker looks at the whole chain
  Increment increment;
  Arrivals waiting;
  Pool pool(workers);
  Promise promise(pool);
  Result first(tp_result_retain(promise.result));
  const Result last = chain(std::move(first), increment, n);
  std::atomic<int> wrong{0};
  Step waits([&] {
    waiting.arrive();
    if (tp_result_wait(last, kLong) != TP_OK) ++wrong;
  });
  std::vector<Result> waiters = apply_each(pool, waits, workers);
  waiting.wait(static_cast<int>(workers));
  CHECK(promise.set(0) == TP_OK);
  for (const Result& waiter : waiters) CHECK(waiter.get() == TP_OK);
  CHECK(wrong == 0);
  CHECK(int_of(last) == static_cast<int>(n));
}

TEST_CASE("Blocked workers run what a result of several depends on") {
  const std::size_t workers = worker_counts();
  Increment increment;
  Arrivals waiting;
  Pool pool(workers);
  Promise a(pool), b(pool), never(pool);
  const Result na = then(a.result, increment), nb = then(b.result, increment);
  const Result all = when_all({na, nb});
  const Result any = when_any({never.result, all});
  Task<void, std::size_t> waits([&](const void*, std::size_t* value) {
    waiting.arrive();
    void* index = nullptr;
    const int status = tp_result_get(any, kLong, &index);
    if (status == TP_OK) *value = *static_cast<std::size_t*>(index);
    return status;
  });
  std::vector<Result> waiters = apply_each(pool, waits, workers);
  waiting.wait(static_cast<int>(workers));
  CHECK(b.set(1) == TP_OK);
  CHECK(int_of(nb) == 2);
  CHECK(a.set(1) == TP_OK);
  for (const Result& waiter : waiters) {
    INFO(tp_error_code(tp_result_error(waiter)) << " of " << workers);
    CHECK(index_of(waiter) == 1);
  }
}

TEST_CASE("A worker helps through pools") {
  Odd odd;
  int value = 0;
  Pool outer(1);
  Pool inner(1);
  Busy busy(inner, 1);
  Promise promise(inner);
  Step waits([&] {
    const int one = 1;
    Result mine, all;
    tp_pool_apply_async(outer, &odd, &one, nullptr, mine.out());
    tp_result_t* both[] = {promise.result, mine};
    tp_when_all(both, 2, all.out());
    promise.set(1);
    void* read = nullptr;
    if (tp_result_wait(all, kLong) == TP_OK && tp_result_get(mine, 0, &read) == TP_OK)
      value = *static_cast<int*>(read);
  });
  CHECK(apply_async(outer, waits).get() == TP_OK);
  CHECK(value == 3);
}

TEST_CASE("A wait for a continuation of its own job is TP_EDEADLK") {
  Increment increment;
  int direct = 0, deep = 0, all_status = 0, any_status = 0;
  Gate gate;
  Result self, next;
  Pool pool(worker_counts());
  Promise never(pool);
  Step waits([&] {
    gate.wait();
    direct = tp_result_wait(next, kLong);
    Result last, all, any;
    tp_result_then(next, &increment, nullptr, last.out());
    deep = tp_result_wait(last, kLong);
    tp_result_t* both[] = {never.result, last};
    tp_when_all(both, 2, all.out());
    all_status = tp_result_wait(all, kLong);
    tp_when_any(both, 2, any.out());
    any_status = tp_result_wait(any, kShort);
  });
  *self.out() = apply_async(pool, waits).give_away();
  *next.out() = then(self, increment).give_away();
  gate.open();
  CHECK(self.get() == TP_OK);
  CHECK(direct == TP_EDEADLK);
  CHECK(deep == TP_EDEADLK);
  CHECK(all_status == TP_EDEADLK);
  CHECK(any_status == TP_ETIMEDOUT);
}

TEST_CASE("A wait through a continuation lifts the window of a stream") {
  Odd odd;
  Numbers numbers(1000);
  Task<tp_result_t*, void> nothing([](tp_result_t* const*, void*) { return 0; });
  Chunked narrow(1, 2);
  Pool pool(2);
  const Result stream = imap(pool, odd, numbers, &narrow);
  const Result after = then(stream, nothing);
  CHECK(tp_result_wait(after, kShort) != TP_EDEADLK);
  CHECK(after.get() == TP_OK);
  CHECK(values_of(stream).size() == 1000);
}

TEST_CASE("A result of several that share their inputs is waited for in linear time") {
  Odd odd;
  Pool pool(1);
  std::optional<Busy> busy(std::in_place, pool, 1);
  Result last = apply_item(pool, odd, 1);
  for (int i = 0; i < 200; ++i) {
    tp_result_t* const both[] = {last, last};
    tp_result_t* next = nullptr;
    REQUIRE(tp_when_all(both, 2, &next) == TP_OK);
    *last.out() = next;
  }
  std::atomic<int> waited{0};
  Step waits([&] { waited += tp_result_wait(last, kLong) == TP_OK; });
  Pool outer(1);
  const Result waiter = apply_async(outer, waits);
  const Result same = apply_async(pool, waits);
  busy.reset();
  CHECK(waiter.get() == TP_OK);
  CHECK(same.get() == TP_OK);
  CHECK(waited == 2);
}

TEST_CASE(
    "Done callbacks that each wait for what follows use the stack that there is, and no more") {
  enum { one, any, group_of_last, blocking };
  const auto kind = GENERATE(as<int>{}, one, any, group_of_last, blocking);
  CAPTURE(kind);
  std::size_t n = kThreadSanitizer ? 10'000 : 100'000;
  if (kind == group_of_last) n = 2'000;  // each such wait looks at all jobs of the pool
  HeldStep held;
  Increment increment;
  Step step([] {});
  Pool pool(1);
  Group group(pool);
  Promise never(pool), first(pool);
  if (kind == blocking) {
    forget(pool, held);  // the calls wait until one is refused
    held.gate.await(1);
  }
  Row row(first.result, n, [&](tp_result_t* next) {
    tp_result_t* const both[] = {never.result, next};
    std::size_t index = 0;
    if (kind == one) return tp_result_wait(next, kLong);
    if (kind == any) return tp_wait_any(both, 2, kLong, &index);
    if (kind == group_of_last) return tp_group_wait(group, kLong);
    const int status = tp_pool_apply(pool, &step, nullptr, nullptr);
    if (status == TP_EDEADLK) held.gate.open();
    return status;
  });
  InGroup in_group(group);
  const Result end = then(row.last(), increment, &in_group);
  int status = TP_EINVAL;
  on_stack_of(256 * 1024, [&] { status = first.set(1); });
  held.gate.open();
  CHECK(status == TP_OK);
  CHECK(row.last().get() == TP_OK);
  CHECK(row.calls == n - 1);
  CHECK(row.refused > 0);
  CHECK(row.wrong == 0);
  CHECK(end.wait() == TP_OK);
  CHECK(never.set(1) == TP_OK);
}
