// SPDX-License-Identifier: MIT
// A pool as an execution context of Asio, where that is installed. Asio has stand-alone fences,
// which ThreadSanitizer does not see.
#include <tpool/asio.hpp>

#if defined(TPOOL_HAS_ASIO) && !defined(__SANITIZE_THREAD__)
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#endif
#include <tpool/tpool.hpp>

#include <future>

#include "test_pool.hpp"

using namespace counted;
namespace net = boost::asio;

namespace {

const auto here = [] { return tp_worker_pool(); };

static_assert(net::execution::is_executor<tp::asio_context::executor_type>::value);
static_assert(std::is_convertible_v<tp::asio_context::executor_type, net::any_io_executor>);

}  // namespace

TEST_CASE("Asio runs what it is given on the pool", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  tp::asio_context context(pool);
  CHECK(net::post(context, net::use_future(here)).get() == pool.capi());
  CHECK(net::dispatch(context, net::use_future(here)).get() == pool.capi());
  net::any_io_executor any = context.get_executor();
  CHECK(net::post(any, net::use_future(here)).get() == pool.capi());
  CHECK(context.get_executor() == context.get_executor());
  support::Arrivals ran;
  net::post(context, [object = MoveOnly(1), &ran] { ran.arrive(); });
  ran.wait(1);
  pool.finish();
  CHECK_THROWS_AS(net::post(context, here), tp::PoolNotRunning);
}

TEST_CASE("Asio gives work to a full pool and does not wait", "[cpp]") {
  tp::pool_options how = with_workers(1);
  how.max_pending = 1;
  support::Arrivals ran;
  TestPool pool(how);
  tp::asio_context context(pool);
  {
    AllBusy busy(pool);
    for (int i = 0; i < 10; ++i) net::post(context, [&ran] { ran.arrive(); });
    CHECK(ran.count() == 0);
  }
  ran.wait(10);
  pool.finish();
}

TEST_CASE("a strand of Asio takes turns on the pool", "[cpp]") {
  TestPool pool;
  tp::asio_context context(pool);
  const auto strand = net::make_strand(context);
  int count = 0;
  for (int i = 0; i < 1000; ++i) net::post(strand, [&count] { ++count; });
  CHECK(net::post(strand, net::use_future([&count] { return count; })).get() == 1000);
  pool.finish();
}

TEST_CASE("a timer of Asio ends on the pool", "[cpp]") {
  TestPool pool(1);
  tp::asio_context context(pool);
  net::io_context loop;
  net::steady_timer timer(loop, std::chrono::milliseconds(1));
  std::promise<tp_pool_t*> ended;
  timer.async_wait(net::bind_executor(context.get_executor(), [&](boost::system::error_code) {
    ended.set_value(tp_worker_pool());
  }));
  loop.run();
  CHECK(ended.get_future().get() == pool.capi());
  pool.finish();
}

TEST_CASE("a context stays with a pool that moves", "[cpp]") {
  TestPool pool(1);
  tp::asio_context context(pool);
  TestPool moved = std::move(pool);
  CHECK(net::post(context, net::use_future(here)).get() == moved.capi());
}

TEST_CASE("what Asio left unrun is destroyed with the pool", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  tp::asio_context context(pool);
  AllBusy busy(pool);
  net::post(context, [object = MoveOnly(1)] { ++wrong; });
  pool.terminate();
  CHECK(alive == 0);
  busy.open();
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)
namespace {

net::awaitable<tp_pool_t*> walk() {
  co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
  co_return tp_worker_pool();
}

}  // namespace

TEST_CASE("a coroutine of Asio runs on the pool", "[cpp]") {
  TestPool pool;
  tp::asio_context context(pool);
  CHECK(net::co_spawn(context, walk(), net::use_future).get() == pool.capi());
  pool.finish();
}
#endif
#endif
