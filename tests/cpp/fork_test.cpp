// SPDX-License-Identifier: MIT
// A forked child and futures: those it inherited are refused or answer, its own work.
#include <tpool/as_completed.hpp>
#include <tpool/coroutine.hpp>
#include <tpool/when.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

#if defined(__cpp_lib_coroutine)
tp::Future<int> later(tp::ThreadPool& pool, support::Gate& gate) {
  co_await tp::schedule(pool);
  gate.wait();
  co_return 5;
}

tp::Future<int> of(const tp::Future<int>& future) { co_return co_await future + 1; }
#else
tp::Future<int> later(tp::ThreadPool& pool, support::Gate& gate) {
  return tp::Future<int>(pool.apply_async([&gate] { return gate.wait(), 5; }));
}
#endif

tp::Future<int> ended(tp::ThreadPool& pool) {
  auto future = pool.apply_async(same, 1).then(next);
  future.wait();
  return future;
}

// What the parent has when it forks. The gate is closed.
struct Inherited {
  Inherited(tp::ThreadPool& pool, support::Gate& gate)
      : done(ended(pool)),
        pending(later(pool, gate)),
        job(pool.apply_async([&gate] { return gate.wait(), 1; })),
        chained(tp::Future<int>(job).then(next).then(next)),
        all(tp::when_all(chained, pending)),
        any(tp::when_any(chained, pending)),
        stream(pool.imap([&gate](int n) { return gate.wait(), n; }, numbers(3))) {}

  tp::Future<int> done, pending;
  tp::AsyncResult<int> job;
  tp::Future<int> chained;
  tp::Future<std::tuple<int, int>> all;
  tp::Future<std::size_t> any;
  tp::ImapIterator<int> stream;
};

template <class Call>
bool is_refused(Call&& call) {
  return status_of(call) == TP_EFORKED;
}

template <class T>
bool is_useless(const tp::Future<T>& future) {
  return !future.ready() && is_refused([&] { future.wait(); }) &&
         is_refused([&] { future.wait(kLong); }) && is_refused([&] { future.get(); }) &&
         is_refused([&] { future.cancel(); }) &&
         is_refused([&] { tp::when_all(future, future).wait(); });
}

// The line of the first thing that is wrong; 0 when nothing is.
int ask_for(Inherited& inherited) {
  if (!is_refused([&] { inherited.done.get(); })) return __LINE__;
  if (!is_useless(inherited.pending)) return __LINE__;
  if (!is_useless(inherited.chained)) return __LINE__;
  if (!is_useless(inherited.all)) return __LINE__;
  if (!is_useless(inherited.any)) return __LINE__;
  if (!is_refused([&] { inherited.chained.then(next).wait(); })) return __LINE__;
  if (!is_refused([&] { inherited.done.then(next).get(); })) return __LINE__;
  if (!is_refused([&] { inherited.job.get(); })) return __LINE__;
  if (!is_refused([&] { inherited.job.then(next); })) return __LINE__;
  if (!is_refused([&] { inherited.stream.next(); })) return __LINE__;
#if defined(__cpp_lib_coroutine)
  if (!is_refused([&] { of(inherited.pending).get(); })) return __LINE__;
  if (!is_refused([&] { of(inherited.chained).get(); })) return __LINE__;
#endif
  return 0;
}

int use_new_pool() {
  if (support::kThreadSanitizer || support::kEmulated) return 0;  // as in process/fork_test
  tp::ThreadPool pool(2);
  auto one = pool.apply_async(same, 1);
  const auto two = one.then(next);
  if (two.get(kLong) != 2) return __LINE__;
  if (std::get<1>(tp::when_all(one, two).get(kLong)) != 2) return __LINE__;
  if (tp::when_any(two).get(kLong) != 0) return __LINE__;
#if defined(__cpp_lib_coroutine)
  support::Gate gate;
  const auto pending = later(pool, gate);
  const auto sum = of(pending);
  gate.open();
  if (sum.get(kLong) != 6) return __LINE__;
#endif
  int sum_of_stream = 0;
  for (int n : pool.imap(same, numbers(10))) sum_of_stream += n;
  return sum_of_stream == 45 ? 0 : __LINE__;
}

int child_of(std::unique_ptr<Inherited>& inherited) {
  int wrong = ask_for(*inherited);
  if (!wrong) wrong = use_new_pool();
  inherited.reset();
  if (!wrong) wrong = use_new_pool();
  if (wrong) std::fprintf(stderr, "fork_test.cpp:%d\n", wrong);
  return wrong != 0;
}

}  // namespace

TEST_CASE("a child is refused the futures of its parent and has its own", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  auto inherited = std::make_unique<Inherited>(pool, gate);
  CHECK(support::in_child([&] { return child_of(inherited); }) == 0);
  gate.open();
  CHECK(inherited->all.get(kLong) == std::tuple(3, 5));
  inherited.reset();
  pool.finish();
}

TEST_CASE("a child uses futures whatever the threads of its parent do with theirs", "[cpp]") {
  support::Gate gate, open;  // all of them before a fork, which may find their register locked
  open.open();
  std::atomic<bool> stop{false};
  TestPool pool(2);
  TestPool other(2);
  auto inherited = std::make_unique<Inherited>(other, gate);
  support::ThreadGroup threads(3, [&] {
    while (!stop) {
      pool.apply_async(same, 1).then(next).then(next).get();
      inherited->all.wait(tp::Timeout(1e-5));
      inherited->pending.wait(tp::Timeout(1e-5));
#if defined(__cpp_lib_coroutine)
      const auto pending = later(pool, open);
      of(pending).get();
#endif
    }
  });
  int failed = 0;
  for (int i = 0; i < 20; ++i)
    failed += support::in_child_of_running([&] { return child_of(inherited); });
  CHECK(failed == 0);
  stop = true;
  threads.join();
  gate.open();
  inherited.reset();
}
