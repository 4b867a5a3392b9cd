// SPDX-License-Identifier: MIT
// Callbacks: with what, how often, and what their own exceptions do.
#include <future>

#include "test_pool.hpp"

using namespace counted;

const auto not_called = [](std::exception_ptr) { ++wrong; };

static int oops_in(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Oops& oops) {
    return oops.number;
  } catch (const tp::Error& other) {
    return other.status();
  }
}

TEST_CASE("a callback gets the value before the result is ready", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  int got = 0;
  const auto keep = [&got](int value) { got = value; };
  const auto result = pool.apply_async(tp::make_options(keep, not_called), same, 3);
  result.wait();
  CHECK(got == 3);
  pool.apply_async(tp::make_options([&got](const int& value) { got = value; }), same, 4).wait();
  CHECK(got == 4);
  pool.apply_async(tp::make_options([&got](auto value) { got = value; }), same, 5).wait();
  CHECK(got == 5);
  pool.apply_async(tp::make_options([&got] { got = 6; }), [] {}).wait();
  CHECK(got == 6);
  CHECK(result.get() == 3);
}

TEST_CASE("an error callback gets the exception", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  int got = 0;
  const auto keep = [&got](std::exception_ptr error) { got = oops_in(error); };
  const auto value_not_called = [](int) { ++wrong; };
  const auto result = pool.apply_async(tp::make_options(value_not_called, keep), fail, 3);
  result.wait();
  CHECK(got == 3);
  CHECK_THROWS_AS(result.get(), Oops);
  pool.apply_async(tp::make_options(nullptr, keep), fail, 4).wait();
  CHECK(got == 4);
  const auto none_not_called = [](const std::vector<int>&) { ++wrong; };
  pool.map_async(fail, numbers(3), tp::make_options(none_not_called, keep)).wait();
  CHECK(got == 0);
}

TEST_CASE("a callback of a map gets all values", "[cpp]") {
  TestPool pool;
  std::vector<int> got;
  const auto keep = [&got](const std::vector<int>& values) { got = values; };
  pool.map_async(same, numbers(100), tp::make_options(keep)).wait();
  CHECK(got == numbers(100));
  pool.map_async(same, numbers(0), tp::make_options(keep)).wait();
  CHECK(got.empty());
  const std::vector<std::pair<int, int>> rows{{1, 2}};
  pool.starmap_async([](int a, int b) { return a + b; }, rows, tp::make_options(keep)).wait();
  CHECK(got == std::vector<int>{3});
  bool called = false;
  pool.map_async([](int) {}, numbers(3), tp::make_options([&called] { called = true; })).wait();
  CHECK(called);
}

TEST_CASE("a value that can't be copied is seen by callback and get", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  int got = 0;
  const auto make = [](int n) { return AlignedMoveOnly(n); };
  const auto look = [&got](const AlignedMoveOnly& object) { got = object.value(); };
  auto seen = pool.apply_async(tp::make_options(look), make, 3);
  CHECK(seen.get().value() == 3);
  CHECK(got == 3);
  const auto take = [&got](AlignedMoveOnly object) { got = object.value() + 1; };
  auto taken = pool.apply_async(tp::make_options(take), make, 4);
  CHECK(taken.get().value() == -1);
  CHECK(got == 5);
  const auto look_at_all = [&got](const std::vector<AlignedMoveOnly>& objects) {
    got = objects[2].value();
  };
  auto all = pool.map_async(make, numbers(3), tp::make_options(look_at_all));
  CHECK(all.get()[2].value() == 2);
  CHECK(got == 2);
}

TEST_CASE("a callback that throws fails the job", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto throws = [](int n) { throw Oops(n + 1); };
  const auto result = pool.apply_async(tp::make_options(throws, not_called), same, 3);
  CHECK(oops_of([&] { result.get(); }) == 4);
  CHECK_FALSE(result.successful());
  const auto also_throws = [](std::exception_ptr) { throw Oops(9); };
  const auto failed = pool.apply_async(tp::make_options(nullptr, also_throws), fail, 3);
  CHECK_THROWS_AS(failed.get(), Oops);
  CHECK(pool.apply(same, 1) == 1);
}

TEST_CASE("a failure that C code tells of is an Error with its message", "[cpp]") {
  TestPool pool;
  const auto drop = [](void* payload) { delete static_cast<char*>(payload); };
  const auto fails = [drop](int) {
    CHECK(tp_task_set_error("refused", new char('r'), drop) == TP_OK);
  };
  const auto result = pool.apply_async(tp::make_options(fails), same, 3);
  CHECK_THROWS_WITH(result.get(), "refused");
  CHECK(status_of([&] { result.get(); }) == TP_ETASK);
}

TEST_CASE("a callback may be made of null and yet not be null", "[cpp]") {
  TestPool pool(1);
  std::packaged_task<int(int)> task(same);
  std::future<int> told = task.get_future();
  pool.apply_async(tp::make_options(std::move(task)), same, 3).wait();
  CHECK(told.get() == 3);
}

TEST_CASE("a null callback is none", "[cpp]") {
  TestPool pool(1);
  const std::function<void(int)> no_callback;
  void (*const no_error_callback)(std::exception_ptr) = nullptr;
  const auto none = tp::make_options(no_callback, no_error_callback);
  CHECK(pool.apply_async(none, same, 1).get() == 1);
  CHECK_THROWS_AS(pool.apply_async(none, fail, 1).get(), Oops);
  CHECK(pool.stats().callbacks == 0);
}

TEST_CASE("exactly one callback of each job runs, and is gone before the job is ready", "[cpp]") {
  NoneLeft check;
  std::atomic<int> values{0};
  std::atomic<int> errors{0};
  TestPool pool;
  const auto how = [&] {
    return tp::make_options([&values, life = Life()](int) { ++values; },
                            [&errors, life = Life()](std::exception_ptr) { ++errors; });
  };
  pool.apply_async(how(), same, 1).wait();
  CHECK(alive == 0);
  pool.apply_async(how(), [](int n) { return n > 0 ? throw n : n; }, 1).wait();
  CHECK(alive == 0);
  AllBusy busy(pool);
  pool.apply_async(how(), same, 1).cancel();
  CHECK(errors == 2);
  pool.apply_async(how(), same, 1);
  pool.terminate();
  CHECK(values == 1);
  CHECK(errors == 3);
  CHECK_THROWS_AS(pool.apply_async(how(), same, 1), tp::PoolNotRunning);
  CHECK(alive == 0);
  busy.open();
}

TEST_CASE("cancelled and terminated jobs say so to their error callback", "[cpp]") {
  std::atomic<int> got{0};
  TestPool pool(2);
  AllBusy busy(pool);
  const auto how =
      tp::make_options(nullptr, [&got](std::exception_ptr error) { got = oops_in(error); });
  pool.apply_async(how, same, 1).cancel();
  CHECK(got == TP_ECANCELED);
  const auto map = pool.map_async(same, numbers(2), how);
  pool.terminate();
  CHECK(got == TP_ETERMINATED);
  busy.open();
}

TEST_CASE("a callback may give the pool more work", "[cpp]") {
  std::atomic<int> sum{0};
  TestPool pool;
  const auto follow_up = [&](int n) { pool.apply_async([&sum, n] { sum += n; }); };
  pool.apply_async(tp::make_options(follow_up), same, 5).wait();
  const auto block = [&](int n) { sum += pool.apply(same, n); };
  pool.apply_async(tp::make_options(block), same, 7).wait();
  pool.finish();
  CHECK(sum == 12);
}

TEST_CASE("a map takes its callbacks with its other options", "[cpp]") {
  std::vector<std::string> got;
  TestPool pool(2);
  const auto text = [](int n) { return std::to_string(n); };
  auto how = tp::make_options([&got](const auto& values) { got = values; });
  how.chunksize = 2;
  pool.map_async(text, numbers(2), how).wait();
  CHECK(got == std::vector<std::string>{"0", "1"});
#if __cplusplus >= 202002L
  got.clear();
  const auto keep = [&got](const auto& values) { got = values; };
  pool.map_async(text, numbers(2), {.chunksize = 2, .callback = keep}).wait();
  CHECK(got.size() == 2);
  int error = 0;
  const auto keep_error = [&error](std::exception_ptr e) { error = oops_in(e); };
  pool.map_async(fail, numbers(2), {.callback = {}, .error_callback = keep_error}).wait();
  pool.starmap_async(fail, std::vector<std::tuple<int>>(1), {.error_callback = keep_error}).wait();
  CHECK(error == 0);
#endif
}

#if defined(__cpp_deduction_guides) && __cpp_deduction_guides >= 201907L
TEST_CASE("options deduce the types of their callbacks", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  int got = 0;
  const auto keep = [&got](auto value) { got = value; };
  const auto keep_error = [&got](std::exception_ptr error) { got = oops_in(error); };
  pool.apply_async(tp::options{.callback = keep}, same, 3).wait();
  CHECK(got == 3);
  pool.apply_async(tp::options{.error_callback = keep_error}, fail, 4).wait();
  CHECK(got == 4);
  const tp::options both{.callback = keep, .error_callback = keep_error};
  pool.apply_async(both, same, 5).wait();
  CHECK(got == 5);
  auto owner = std::make_unique<int>(6);
  pool.apply_async(
          tp::options{.callback = [&got, owner = std::move(owner)](int) { got = *owner; }}, same, 1)
      .wait();
  CHECK(got == 6);
}
#endif
