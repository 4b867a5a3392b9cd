// SPDX-License-Identifier: MIT
// apply and apply_async: what may be called, with what, and what comes back.
#include "test_pool.hpp"

using namespace counted;

namespace {

int add(int a, int b) { return a + b; }

struct Account {
  int balance = 5;
  int deposit(int amount) { return balance += amount; }
};

struct Pinned {
  explicit Pinned(int n) : number(n) {}
  Pinned(Pinned&&) = delete;
  int number;
};

template <class R>
using Got = decltype(std::declval<tp::AsyncResult<R>&>().get());
static_assert(std::is_same_v<Got<int>, int&>);
static_assert(std::is_same_v<Got<void>, void>);
static_assert(std::is_same_v<Got<std::unique_ptr<int>>, std::unique_ptr<int>&&>);
static_assert(std::is_same_v<decltype(std::declval<tp::AsyncResult<int>>().get()), int>);
static_assert(!std::is_copy_constructible_v<tp::AsyncResult<int>>);
static_assert(std::is_nothrow_move_constructible_v<tp::AsyncResult<int>>);

template <class F, class... Args>
constexpr bool travels_as_bytes =
    tp::detail::moves_as_bytes<tp::detail::Cell<tp::detail::Closure<F, Args...>>>;
static_assert(travels_as_bytes<int (*)(int, int), int, int>);
static_assert(travels_as_bytes<std::reference_wrapper<int>>);
static_assert(!travels_as_bytes<std::string>);

}  // namespace

TEST_CASE("apply returns what the callable returns, run by a worker", "[cpp]") {
  TestPool pool;
  CHECK(pool.apply(add, 2, 3) == 5);
  CHECK(pool.apply(&add, 2, 3) == 5);
  CHECK(pool.apply([] { return std::string("text"); }) == "text");
  CHECK(pool.apply(tp_worker_index) >= 0);
  const std::thread::id here = std::this_thread::get_id();
  CHECK(pool.apply([] { return std::this_thread::get_id(); }) != here);
  int runs = 0;
  const auto run = [&runs] { ++runs; };
  static_assert(std::is_void_v<decltype(pool.apply(run))>);
  pool.apply(run);
  CHECK(runs == 1);
}

TEST_CASE("apply passes its arguments on as they are", "[cpp]") {
  TestPool pool(2);
  int number = 1;
  pool.apply([](int& n) { ++n; }, number);
  pool.apply([](int& n) { ++n; }, std::ref(number));
  CHECK(number == 3);
  const auto* address = pool.apply([](const int& n) { return &n; }, number);
  CHECK(address == &number);
  auto counter = [n = 0]() mutable { return ++n; };
  pool.apply(counter);
  CHECK(pool.apply(counter) == 2);
}

TEST_CASE("apply takes member pointers", "[cpp]") {
  TestPool pool(2);
  Account account;
  CHECK(pool.apply(&Account::deposit, account, 1) == 6);
  CHECK(pool.apply(&Account::deposit, &account, 1) == 7);
  CHECK(pool.apply(&Account::deposit, std::ref(account), 1) == 8);
  CHECK(pool.apply(&Account::balance, account) == 8);
  CHECK(pool.apply(&Account::balance, std::make_unique<Account>()) == 5);
}

TEST_CASE("apply_async takes member pointers", "[cpp]") {
  TestPool pool(2);
  Account account;
  CHECK(pool.apply_async(&Account::deposit, account, 1).get() == 6);
  CHECK(account.balance == 5);
  CHECK(pool.apply_async(&Account::deposit, std::ref(account), 1).get() == 6);
  CHECK(pool.apply_async(&Account::deposit, &account, 1).get() == 7);
  CHECK(account.balance == 7);
  CHECK(pool.apply_async(&Account::balance, std::make_shared<Account>()).get() == 5);
}

TEST_CASE("a returned reference becomes a copy", "[cpp]") {
  TestPool pool(1);
  const std::string text = "text";
  const auto lend = [&]() -> const std::string& { return text; };
  static_assert(std::is_same_v<decltype(pool.apply(lend)), std::string>);
  static_assert(std::is_same_v<decltype(pool.apply_async(lend)), tp::AsyncResult<std::string>>);
  CHECK(pool.apply(lend) == text);
  CHECK(&pool.apply([&] { return std::ref(text); }).get() == &text);
  auto copy = pool.apply_async(lend);
  CHECK(copy.get() == text);
  CHECK(&copy.get() != &text);
}

TEMPLATE_TEST_CASE("apply and apply_async return any value", "[cpp]", Copyable, MoveOnly,
                   MoveThrows, AlignedCopyable, AlignedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  const auto make = [](int n) { return TestType(n); };
  CHECK(pool.apply(make, 7).value() == 7);
  CHECK(pool.apply_async(make, 8).get().value() == 8);
  auto result = pool.apply_async(make, 9);
  CHECK(result.get().value() == 9);
  auto value = result.get();
  CHECK(value.value() == 9);
  CHECK(pool.apply([](const TestType& object) { return object.value(); }, value) == 9);
  CHECK(pool.apply_async([](TestType object) { return object.value(); }, std::move(value)).get() ==
        9);
}

TEST_CASE("apply_async lends a value that can't even be moved", "[cpp]") {
  TestPool pool(1);
  const auto result = pool.apply_async([] { return Pinned(4); });
  CHECK(result.get().number == 4);
}

TEST_CASE("get lends the same value each time", "[cpp]") {
  TestPool pool(2);
  auto result = pool.apply_async([] { return std::string("text"); });
  std::string& value = result.get();
  value += "ual";
  CHECK(&result.get(kLong) == &value);
  CHECK(result.get() == "textual");
  CHECK(std::move(result).get() == "textual");
}

TEST_CASE("apply_async keeps copies of its arguments", "[cpp]") {
  TestPool pool(1);
  AllBusy busy(pool);
  auto text = std::make_unique<std::string>("before");
  const char literal[] = "array";
  auto length = pool.apply_async([](const std::string& s) { return s.size(); }, *text);
  auto first = pool.apply_async([](const char* s) { return *s; }, literal);
  int number = 0;
  auto set = pool.apply_async([](int& n) { n = 1; }, std::ref(number));
  *text = "";
  text.reset();
  busy.open();
  CHECK(length.get() == 6);
  CHECK(first.get() == 'a');
  set.get();
  CHECK(number == 1);
}

TEST_CASE("a result may be ignored", "[cpp]") {
  std::atomic<int> runs{0};
  TestPool pool;
  for (int i = 0; i < 1000; ++i) pool.apply_async([&runs] { ++runs; });
  pool.finish();
  CHECK(runs == 1000);
}

TEST_CASE("a result tells how far it is", "[cpp]") {
  support::Gate gate;
  TestPool pool;
  const auto result = pool.apply_async([&gate] { gate.wait(); });
  CHECK_FALSE(result.ready());
  CHECK_FALSE(result.wait(kShort));
  CHECK(result.progress().done == 0);
  CHECK(result.progress().total == 1);
  gate.open();
  result.wait();
  CHECK(result.wait(std::chrono::seconds::zero()));
  CHECK(result.ready());
  CHECK(result.successful());
  CHECK(result.progress().done == 1);
}

TEST_CASE("calls nest on one worker", "[cpp]") {
  TestPool pool(1);
  struct Fibonacci {
    tp::ThreadPool& pool;
    int operator()(int n) const {
      if (n < 2) return n;
      auto one = pool.apply_async(*this, n - 1);
      return pool.apply(*this, n - 2) + one.get();
    }
  };
  CHECK(pool.apply(Fibonacci{pool}, 8) == 21);
}

TEST_CASE("what is forgotten runs all the same", "[cpp]") {
  std::atomic<int> sum{0};
  TestPool pool;
  for (int i = 0; i < 100; ++i) {
    pool.apply_async(tp::forget, [&sum] { return ++sum; });  // 8 bytes
    pool.apply_async(
        tp::forget, [&sum](const std::string& s) { sum += static_cast<int>(s.size()); },
        std::string("not so small"));
  }
  pool.wait_idle();
  CHECK(sum == 100 + 100 * 12);
}

TEST_CASE("what a forgotten call throws is told to unobserved, and what it returns is dropped",
          "[cpp]") {
  std::atomic<int> told{0};
  tp::pool_options how = with_workers(2);
  how.unobserved = [&told](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& thrown) {
      told += std::string(thrown.what()) == "lost";
    }
  };
  auto owned = std::make_shared<int>(1);
  {
    TestPool pool(how);
    pool.apply_async(tp::forget, [] { throw std::runtime_error("lost"); });
    pool.apply_async(
        tp::forget, [](std::shared_ptr<int> p) { return p; }, owned);
    pool.wait_idle();
    CHECK(owned.use_count() == 1);
    pool.close();
    CHECK_THROWS_AS(pool.apply_async(tp::forget, [] {}), tp::PoolNotRunning);
  }
  CHECK(told == 1);
}
