// SPDX-License-Identifier: MIT
// A program that is built with ThreadSanitizer, over a library that is not: the C++ layer's calls, with values on the
// heap and callables that write to the caller's memory.
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tpool/as_completed.hpp>
#include <tpool/coroutine.hpp>
#include <tpool/future.hpp>
#include <tpool/keep_errors.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>
#include <tuple>
#include <vector>

#define CHECK(holds)                                                   \
  do {                                                                 \
    if (!(holds)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
      std::exit(1);                                                    \
    }                                                                  \
  } while (0)

namespace {

constexpr int kItems = 100;

std::string text(int n) { return std::string(40, 'a') + std::to_string(n); }

void apply(tp::ThreadPool& pool) {
  std::vector<int> out(kItems);
  for (int i = 0; i < kItems; ++i) pool.apply_async(tp::forget, [&out, i] { out[i] = i; });
  pool.wait_idle();
  for (int i = 0; i < kItems; ++i) CHECK(out[i] == i);
  std::vector<tp::AsyncResult<std::string>> results;
  for (int i = 0; i < kItems; ++i) results.push_back(pool.apply_async(text, i));
  for (int i = 0; i < kItems; ++i) CHECK(results[i].get() == text(i));
  CHECK(pool.apply(text, 3) == text(3));
}

void callbacks(tp::ThreadPool& pool) {
  std::vector<std::string> got;
  std::vector<std::string> failed;
  tp::options how = tp::make_options([&](const std::string& value) { got.push_back(value); },
                                     [&](std::exception_ptr error) {
                                       try {
                                         std::rethrow_exception(error);
                                       } catch (const std::exception& what) {
                                         failed.push_back(what.what());
                                       }
                                     });
  for (int i = 0; i < kItems; ++i)
    pool.apply_async(how, [i]() -> std::string {
      if (i % 10 == 0) throw std::runtime_error(text(i));
      return text(i);
    });
  pool.wait_idle();
  CHECK(got.size() == kItems - kItems / 10 && failed.size() == kItems / 10);
}

void maps(tp::ThreadPool& pool) {
  std::vector<std::string> in;
  for (int i = 0; i < kItems; ++i) in.push_back(text(i));
  const auto sizes = pool.map([](const std::string& s) { return s.size(); }, in);
  for (int i = 0; i < kItems; ++i) CHECK(sizes[i] == in[i].size());
  const std::list<std::string> chain(in.begin(), in.end());
  CHECK(pool.map([](const std::string& s) { return s; }, chain) == in);
  auto later = pool.map_async([](const std::string& s) { return s + "!"; }, in);
  CHECK(later.get().back() == in.back() + "!");
  const std::vector<std::tuple<int, int>> rows(kItems, {1, 2});
  CHECK(pool.starmap([](int a, int b) { return a + b; }, rows).back() == 3);
  const auto kept = pool.map(
      tp::keep_errors,
      [](const std::string& s) {
        if (s.back() == '7') throw std::runtime_error(s);
        return s;
      },
      in);
  CHECK(kept.size() == kItems);
  try {
    pool.map([](const std::string& s) -> std::string { throw std::runtime_error(s); }, in);
    CHECK(false);
  } catch (const std::runtime_error& error) {
    CHECK(error.what() == in[0]);
  }
}

void streams(tp::ThreadPool& pool) {
  std::vector<int> numbers;
  for (int i = 0; i < kItems; ++i) numbers.push_back(i);
  int next = 0;
  for (std::string& value : pool.imap(text, numbers)) CHECK(value == text(next++));
  tp::options<> narrow;
  narrow.buffersize = 3;
  std::size_t letters = 0;
  for (std::string& value : pool.imap_unordered(text, numbers, narrow)) letters += value.size();
  CHECK(letters > 40 * kItems);
  try {
    for (int& value :
         pool.imap([](int n) { return n > 50 ? throw std::runtime_error("no") : n; }, numbers))
      CHECK(value <= 50);
    CHECK(false);
  } catch (const std::runtime_error&) {
  }
  pool.wait_idle();
}

void compose(tp::ThreadPool& pool) {
  auto size = pool.apply_async(text, 5).then([](const std::string& s) { return s.size(); });
  CHECK(size.get() == 41);
  auto both = tp::when_all(pool.apply_async(text, 1), pool.apply_async(text, 2));
  CHECK(std::get<1>(both.get()) == text(2));
  std::vector<tp::AsyncResult<std::string>> mirrors;
  for (int i = 0; i < 8; ++i) mirrors.push_back(pool.apply_async(text, i));
  const std::size_t first = tp::when_any(mirrors).get();
  CHECK(mirrors[first].get() == text(static_cast<int>(first)));
  std::vector<tp::AsyncResult<std::string>> all;
  for (int i = 0; i < 20; ++i) all.push_back(pool.apply_async(text, i));
  std::size_t letters = 0;
  for (auto& one : tp::as_completed(all)) letters += one.get().size();
  CHECK(letters > 800);
  auto failing =
      pool.apply_async([]() -> int { throw std::runtime_error(text(1)); }).then([](int n) {
        return n;
      });
  try {
    failing.get();
    CHECK(false);
  } catch (const std::runtime_error& error) {
    CHECK(error.what() == text(1));
  }
}

#if defined(__cpp_lib_coroutine)
tp::Future<std::size_t> letters_of(tp::ThreadPool& pool, int n) {
  std::string first = co_await pool.apply_async(text, n);
  auto more = pool.imap(text, std::vector<int>{1, 2, 3});
  while (auto value = co_await more) first += *value;
  co_return co_await pool.apply_async([](const std::string& s) { return s.size(); }, first);
}
void coroutines(tp::ThreadPool& pool) { CHECK(letters_of(pool, 7).get() == 4 * 41); }
#else
void coroutines(tp::ThreadPool&) {}
#endif

void all(tp::ThreadPool& pool) {
  apply(pool);
  callbacks(pool);
  maps(pool);
  streams(pool);
  compose(pool);
  coroutines(pool);
}

}  // namespace

int main() {
  for (const bool helps : {false, true})
    for (const std::size_t workers : {1, 2, 4}) {
      tp::pool_options how;
      how.workers = workers;
      how.caller_helps = helps;
      how.finalizer = [guarded = std::make_shared<std::string>(text(0))] {
        CHECK(!guarded->empty());
      };
      tp::ThreadPool pool(how);
      for (int round = 0; round < 5; ++round) all(pool);
      std::thread other([&] { all(pool); });
      all(pool);
      other.join();
      pool.close();
      pool.join();
    }
}
