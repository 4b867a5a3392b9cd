// SPDX-License-Identifier: MIT
// Results of results: a chain of continuations, all of several, and the first of them.
#include "check.h"

#include <string>
#include <tpool/future.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>
#include <vector>

static std::string load(int page) { return std::string(static_cast<std::size_t>(page), 'x'); }

int main() {
  tp::ThreadPool pool;

  auto letters = pool.apply_async(load, 20)
                     .then([](const std::string& page) { return page.size(); })
                     .then([](std::size_t n) { return n + 1; });
  std::printf("a chain: %zu\n", letters.get());
  CHECK(letters.get() == 21);

  std::vector<tp::AsyncResult<std::string>> pages;
  for (int i = 0; i < 5; ++i) pages.push_back(pool.apply_async(load, i));
  CHECK(pages[tp::when_any(pages).get()].ready());
  auto sum = tp::when_all(std::move(pages)).then([](const std::vector<std::string>& all) {
    std::size_t n = 0;
    for (const std::string& page : all) n += page.size();
    return n;
  });
  std::printf("all of them: %zu\n", sum.get());
  CHECK(sum.get() == 10);
}
