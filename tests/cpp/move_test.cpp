// SPDX-License-Identifier: MIT
// Things that can only be moved: callables, arguments, callbacks, handles.
#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// A callable that can only be moved.
auto adder(int n) {
  return [object = MoveOnly(n)](int x) { return object.value() + x; };
}

using Adder = decltype(adder(0));
static_assert(!std::is_copy_constructible_v<Adder>);

// One owning pointer; a result also knows its pool, for what follows it.
template <class T, std::size_t pointers = 1>
constexpr bool is_handle =
    std::is_nothrow_move_constructible_v<T>&& std::is_nothrow_move_assignable_v<T> &&
    !std::is_copy_constructible_v<T> && sizeof(T) == pointers * sizeof(void*);
static_assert(is_handle<tp::ThreadPool>);
static_assert(is_handle<tp::AsyncResult<int>, 2>);
static_assert(is_handle<tp::MapResult<int>, 2>);
static_assert(is_handle<tp::MapResult<void>, 2>);
static_assert(is_handle<tp::ImapIterator<int>, 2>);

}  // namespace

TEST_CASE("callables may be move-only", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const std::vector<int> sums{10, 11, 12};
  CHECK(pool.apply(adder(10), 1) == 11);
  CHECK(pool.apply_async(adder(10), 1).get() == 11);
  CHECK(pool.map(adder(10), numbers(3)) == sums);
  CHECK(pool.map_async(adder(10), numbers(3)).get() == sums);
  CHECK(pool.starmap(adder(10), std::vector<std::tuple<int>>(1)) == std::vector<int>{10});
  CHECK(pool.starmap_async(adder(10), std::vector<std::tuple<int>>(1)).get() ==
        std::vector<int>{10});
  const auto stream = pool.imap(adder(10), numbers(3));
  for (int sum : sums) CHECK(stream.next() == sum);
  CHECK(pool.imap_unordered(adder(10), numbers(1)).next() == 10);
}

TEST_CASE("a named callable is used, not copied, by blocking calls", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  const Adder add = adder(1);
  CHECK(pool.apply(add, 1) == 2);
  CHECK(pool.map(add, numbers(2)) == std::vector<int>{1, 2});
  CHECK(pool.starmap(add, std::vector<std::tuple<int>>(1)) == std::vector<int>{1});
  CHECK(pool.apply_async(std::ref(add), 1).get() == 2);
}

TEST_CASE("arguments may be move-only", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto take = [](MoveOnly a, AlignedMoveOnly b) { return a.value() + b.value(); };
  CHECK(pool.apply(take, MoveOnly(1), AlignedMoveOnly(2)) == 3);
  CHECK(pool.apply_async(take, MoveOnly(1), AlignedMoveOnly(2)).get() == 3);
  const auto borrow = [](const MoveOnly& a) { return a.value(); };
  CHECK(pool.apply_async(borrow, MoveOnly(4)).get() == 4);
  MoveOnly named(5);
  CHECK(pool.apply(borrow, named) == 5);
  CHECK(pool.apply_async(borrow, std::ref(named)).get() == 5);
}

TEST_CASE("callbacks may be move-only", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  std::atomic<int> sum{0};
  const auto add_to_sum = [&sum](int n) {
    return [&sum, object = MoveOnly(n)](auto&&) { sum += object.value(); };
  };
  pool.apply_async(tp::make_options(add_to_sum(1), add_to_sum(10)), adder(0), 0).wait();
  pool.map_async(adder(0), numbers(2), tp::make_options(add_to_sum(2))).wait();
  CHECK(sum == 3);
}

TEST_CASE("handles move", "[cpp]") {
  TestPool pool(2);
  tp::ThreadPool other = std::move(pool);
  std::vector<tp::AsyncResult<int>> results;
  for (int i = 0; i < 10; ++i) results.push_back(other.apply_async(adder(i), 0));
  auto first = std::move(results.front());
  CHECK(first.get() == 0);
  results.front() = std::move(results.back());
  CHECK(results.front().get() == 9);
  auto stream = other.imap(adder(1), numbers(2));
  auto moved = std::move(stream);
  CHECK(moved.next() == 1);
  moved = other.imap(adder(5), numbers(2));
  CHECK(moved.next() == 5);
}

TEST_CASE("a handle is given to C and taken back", "[cpp]") {
  TestPool pool(2);
  auto result = pool.apply_async([] { return 4; });
  tp_result_t* owned = result.release();
  CHECK(result.capi() == nullptr);
  CHECK(tp_result_wait(owned, TP_FOREVER) == TP_OK);
  const tp::AsyncResult<int> again(owned);
  CHECK(again.capi() == owned);
  CHECK(again.get() == 4);
}
