// SPDX-License-Identifier: MIT
// A program that is itself without a warning, and expands and instantiates what the headers have:
// strict.sh compiles it, plugin.sh makes it a plugin.
#include <tpool/tpool.h>

#include <tpool/as_completed.hpp>
#if !defined(PLUGIN)  // Asio's own variables keep it in memory
#include <tpool/asio.hpp>
#endif
#include <tpool/executor.hpp>
#include <tpool/keep_errors.hpp>
#include <tpool/progress.hpp>
#include <tpool/stop_token.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <initializer_list>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "macros.h"

namespace {

// Can be neither assigned nor made without a value.
struct Fixed {
  explicit Fixed(int n) : number(n) {}
  const int number;
};

int twice(int n) { return 2 * n; }

// std::to_string would keep a plugin in memory.
std::string text_of(int n) { return std::string(static_cast<std::size_t>(n), 'x'); }

void use(int number) { std::printf("%d\n", number); }

void use_calls(tp::ThreadPool& pool) {
  use(pool.apply(twice, 1));
  use(pool.apply_async(twice, 2).get());
  use(pool.apply_async(tp::make_options([](int) {}, [](std::exception_ptr) {}),
                       [owned = std::make_unique<int>(3)] { return *owned; })
          .get());
  pool.apply_async([] {}).wait();
  pool.apply_async(tp::forget, use, 4);
  pool.apply_async(
      tp::forget, [](const std::string& text) { std::puts(text.c_str()); }, std::string("owned"));
  const auto parts =
      pool.apply([] { return tp::invoke([] {}, [] { return 5; }, [] { return 6; }); });
  use(std::get<1>(parts));
}

void use_maps(tp::ThreadPool& pool) {
  const std::vector<int> numbers{1, 2, 3};
  const std::vector<std::tuple<int, std::string>> rows{{1, "one"}};
  const auto name = [](int, const std::string& text) { return text; };
  use(pool.map(twice, numbers).front());
  use(pool.map(twice, std::list<int>{1, 2}).front());
  use(pool.map([](int n) { return Fixed(n); }, std::vector<int>{1}).front().number);
  pool.map([](int) {}, numbers);
  use(static_cast<int>(pool.map([](int n) { return n > 1; }, numbers).size()));
  use(pool.map_async(twice, numbers).get().front());
  tp::options<> how{};
  how.chunksize = 2;
  use(pool.map_async(text_of, std::list<int>{1}, how).get().size() == 1);
  use(pool.starmap(name, rows).empty());
  use(pool.starmap_async(name, rows).get().empty());
  use(pool.map(tp::keep_errors, twice, numbers).front().value());
  use(pool.map_async(tp::keep_errors, twice, numbers).get().front().has_value());
  pool.map_async(tp::keep_errors, [](int) {}, numbers).wait();
  int array[] = {1, 2};
  use(pool.map_async(twice, array).get().front());
  use(pool.map_async(twice, std::ref(array)).get().front());
  use(pool.map_async(twice, std::initializer_list<int>{1, 2}).get().front());
}

template <class F>
void use_failure(F f) {
  try {
    f();
  } catch (const std::runtime_error& error) {
    std::puts(error.what());
  }
}

void use_failures(tp::ThreadPool& pool) {
  const auto fails = [](int) -> int { throw std::runtime_error("failed"); };
  use_failure([&] { pool.apply(fails, 1); });
  use_failure([&] { pool.map(fails, std::vector<int>{1}); });
  use_failure([&] { pool.apply_async(fails, 1).then(twice).get(); });
  use_failure([&] { pool.imap(fails, std::vector<int>{1}).next(); });
  use(pool.map(tp::keep_errors, fails, std::vector<int>{1}).front().has_value());
}

void use_streams(tp::ThreadPool& pool) {
  const std::vector<int> numbers{1, 2, 3};
  for (int n : pool.imap(twice, numbers)) use(n);
  for (const auto& text : pool.imap_unordered(text_of, std::vector<int>{1})) {
    std::puts(text.c_str());
  }
  for (const auto& fixed : pool.imap([](int n) { return Fixed(n); }, numbers)) use(fixed.number);
  const auto stream = pool.imap([](int) {}, numbers);
  while (stream.next()) {
  }
  pool.imap(twice, std::initializer_list<int>{1, 2}).detach();
  tp::ImapIterator<int> ended = pool.imap(twice, std::ref(numbers));
  ended = pool.imap_unordered(twice, std::list<int>{1, 2});
  for (int n : tp::progress(numbers)) use(n);
  tp::progress(pool.map_async(twice, numbers), [](const tp::Pace&) {}).wait();
  std::vector<tp::AsyncResult<int>> results;
  results.push_back(pool.apply_async(twice, 1));
  for (const auto& result : tp::as_completed(results)) use(result.get());
}

void use_futures(tp::ThreadPool& pool) {
  auto one = pool.apply_async(twice, 1);
  use(one.then(twice).get());
  use(pool.apply_async(twice, 1).then(text_of).get().empty());
  pool.apply_async([] {}).then([] {}).wait();
  use(std::get<0>(tp::when_all(one, pool.apply_async(twice, 2)).get()));
  use(static_cast<int>(tp::when_any(one).get()));
  std::vector<tp::AsyncResult<int>> many;
  many.push_back(pool.apply_async(twice, 1));
  use(tp::when_all(many).get().front());
  use(static_cast<int>(tp::when_any(many).get()));
}

struct Receiver {
  void set_value() && {}
  void set_stopped() && {}
  void set_error(std::exception_ptr) && {}
};

void use_executors(tp::ThreadPool& pool) {
  auto operation = tp::scheduler(pool).schedule().connect(Receiver());
  operation.start();
  pool.wait_idle();
#if defined(TPOOL_HAS_ASIO)
  tp::asio_context context(pool);
  context.get_executor().execute([] {});
  pool.wait_idle();
#endif
}

#if defined(__cpp_lib_coroutine)
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"  // what g++ 12 adds to coroutines
#endif
tp::Future<int> coroutine(tp::ThreadPool& pool) {
  co_await tp::schedule(pool);
  int sum = co_await pool.apply_async(twice, 1);
  sum += co_await pool.apply_async(twice, 1).then(twice);
  const auto stream = pool.imap([](int n) { return Fixed(n); }, std::vector<int>{1, 2});
  while (auto fixed = co_await stream) sum += fixed->number;
  co_return sum;
}
#endif

}  // namespace

#if defined(PLUGIN)
extern "C" int use_all();
extern "C" int use_all() {
#else
int main() {
#endif
  try {
    tp::ThreadPool pool(2);
    use_calls(pool);
    use_maps(pool);
    use_failures(pool);
    use_streams(pool);
    use_futures(pool);
    use_executors(pool);
#if defined(__cpp_lib_coroutine)
    use(coroutine(pool).get());
#endif
    use(use_of_expand());
  } catch (const tp::Error& error) {
    return error.status() == TP_OK ? 0 : 1;
  } catch (...) {
    return 1;
  }
  return 0;
}
