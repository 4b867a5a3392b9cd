// SPDX-License-Identifier: MIT
// Guide: callbacks in C++.
#include <cstdio>
#include <exception>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int main() {
  tp::ThreadPool pool;
  std::string said;

  auto callback = [&](const std::string& page) { said = page; };
  auto error_callback = [](std::exception_ptr) { std::puts("no page"); };
  auto download = [](std::string url) { return "<html>" + url; };
  auto result = pool.apply_async(tp::make_options(callback, error_callback), download, "a.org");
  result.wait();  // the callback has returned by then

  CHECK(said == "<html>a.org");
  CHECK(result.get() == said);
}
