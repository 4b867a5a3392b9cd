// SPDX-License-Identifier: MIT
// What follows from accepted work never waits for room in a full pool.
#include <tpool/coroutine.hpp>
#include <tpool/executor.hpp>
#include <tpool/when.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

tp::pool_options bounded(std::size_t workers, std::size_t max_pending) {
  tp::pool_options how = with_workers(workers);
  how.max_pending = max_pending;
  return how;
}

struct Receiver {
  support::Arrivals* arrived;
  void set_value() && noexcept { arrived->arrive(); }
  void set_stopped() && noexcept {}
  void set_error(std::exception_ptr) && noexcept {}
};

}  // namespace

TEST_CASE("a continuation goes into a full pool whose workers wait for it", "[cpp]") {
  const std::size_t workers = GENERATE(1u, 2u, 4u, 8u);
  const std::size_t more = GENERATE(0u, 1u);
  support::Gate gate;
  TestPool outer(1);
  TestPool full(bounded(workers, workers + more));
  const auto first = full.apply_async(same, 1);
  first.wait();
  const auto last = outer.apply_async([&gate] { return gate.wait(), 2; });
  const auto sum = tp::when_all(first, last).then([](const auto& both) {
    return std::get<0>(both) + std::get<1>(both);
  });
  support::Arrivals waiting;
  std::vector<tp::AsyncResult<int>> waiters;
  for (std::size_t i = 0; i < workers; ++i)
    waiters.push_back(full.apply_async([&] { return waiting.arrive(), sum.get(kLong); }));
  waiting.wait(static_cast<int>(workers));
  if (more > 0) waiters.push_back(full.apply_async([&] { return sum.get(kLong); }));
  gate.open();
  for (const auto& waiter : waiters) CHECK(waiter.get(kLong) == 3);
}

TEST_CASE("a continuation of what is ready is accepted by a full pool", "[cpp]") {
  TestPool full(bounded(1, 1));
  const auto first = full.apply_async(same, 1);
  first.wait();
  AllBusy busy(full);
  const auto second = first.then(next);
  CHECK_FALSE(second.ready());
  busy.open();
  CHECK(second.get(kLong) == 2);
}

TEST_CASE("a sender starts in a full pool", "[cpp]") {
  support::Arrivals arrived;
  TestPool full(bounded(1, 1));
  AllBusy busy(full);
  auto operation = tp::scheduler(full).schedule().connect(Receiver{&arrived});
  operation.start();
  busy.open();
  arrived.wait(1);
  full.finish();
}

#if defined(__cpp_lib_coroutine)
namespace {

tp::Future<int> sum_of(const tp::ImapIterator<int>& stream) {
  int sum = 0;
  while (const auto n = co_await stream) sum += *n;
  co_return sum;
}

tp::Future<int> over(tp::ThreadPool& from, tp::ThreadPool& to, support::Gate& gate) {
  co_await tp::schedule(from);
  gate.wait();
  co_await tp::schedule(to);
  co_return 3;
}

}  // namespace

TEST_CASE("a coroutine goes on in a full pool whose workers wait for it", "[cpp]") {
  const std::size_t max_pending = GENERATE(1u, 2u);
  support::Gate gate;
  TestPool outer(1);
  TestPool full(bounded(2, max_pending));
  const auto three = over(outer, full, gate);
  support::Arrivals waiting;
  const auto waits = full.apply_async([&] { return waiting.arrive(), three.get(kLong); });
  waiting.wait(1);
  gate.open();
  CHECK(waits.get(kLong) == 3);
}

TEST_CASE("a coroutine reads a stream that alone fills its pool", "[cpp]") {
  TestPool full(bounded(2, 1));
  tp::options<> how;
  how.buffersize = 2;
  const auto stream = full.imap(same, numbers(100), how);
  CHECK(sum_of(stream).get(kLong) == 4950);
}
#endif
