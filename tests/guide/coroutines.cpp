// SPDX-License-Identifier: MIT
// Guide: coroutines that await results of a pool; C++20.
#include <string>
#include <tpool/coroutine.hpp>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

#if defined(__cpp_lib_coroutine)

std::string download(const std::string& url) { return "<html>" + url; }
std::size_t count_letters(const std::string& page) { return page.size(); }

tp::Future<std::size_t> letters_of(tp::ThreadPool& pool, std::string url) {
  std::string page = co_await pool.apply_async(download, url);
  co_return co_await pool.apply_async(count_letters, page);
}

tp::Future<std::size_t> letters_of_all(tp::ThreadPool& pool, std::vector<std::string> urls) {
  auto pages = pool.imap(download, urls);
  std::size_t letters = 0;
  while (auto page = co_await pages) letters += page->size();
  co_return letters;
}

int main() {
  tp::ThreadPool pool;
  CHECK(letters_of(pool, "a.org").get() == 11);
  CHECK(letters_of_all(pool, {"a.org", "b.org"}).get() == 22);
}

#else

int main() {}

#endif
