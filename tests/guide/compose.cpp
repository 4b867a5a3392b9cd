// SPDX-License-Identifier: MIT
// Guide: jobs made of jobs in C++: then, when_all, when_any, as_completed.
#include <string>
#include <tpool/as_completed.hpp>
#include <tpool/future.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>
#include <vector>

#include "check.h"

std::string download(const std::string& url) { return "<html>" + url; }
std::size_t count_letters(const std::string& page) { return page.size(); }

void show_then(tp::ThreadPool& pool) {
  auto letters = pool.apply_async(download, "a.org").then(count_letters);
  CHECK(letters.get() == 11);
}

void show_all(tp::ThreadPool& pool) {
  auto both =
      tp::when_all(pool.apply_async(download, "a.org"), pool.apply_async(download, "b.org"));
  auto [first, second] = both.get();
  CHECK(first == "<html>a.org" && second == "<html>b.org");
}

void show_any(tp::ThreadPool& pool) {
  std::vector<tp::AsyncResult<std::string>> mirrors;
  mirrors.push_back(pool.apply_async(download, "a.org"));
  mirrors.push_back(pool.apply_async(download, "b.org"));
  const std::size_t fastest = tp::when_any(mirrors).get();
  CHECK(mirrors[fastest].get().size() == 11);
}

void show_as_completed(tp::ThreadPool& pool) {
  std::vector<tp::AsyncResult<std::string>> pages;
  for (const char* url : {"a.org", "b.org", "c.org"}) {
    pages.push_back(pool.apply_async(download, url));
  }
  std::size_t letters = 0;
  for (auto& page : tp::as_completed(pages)) letters += page.get().size();
  CHECK(letters == 33);
}

int main() {
  tp::ThreadPool pool;
  show_then(pool);
  show_all(pool);
  show_any(pool);
  show_as_completed(pool);
}
