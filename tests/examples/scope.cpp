// SPDX-License-Identifier: MIT
// A scope that ends with an exception: its group cancels what has not started, and waits for what runs, so that no job
// uses what the scope has destroyed.
//
//   c++ scope.cpp $(pkg-config --cflags --libs tpool)
#include "check.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

static std::atomic<int> ran{0};

// Parses lines while workers look at those that it has.
static std::size_t parse(tp::ThreadPool& pool, const std::vector<std::string>& lines) {
  std::vector<std::size_t> lengths(lines.size());  // which the jobs use
  tp::Group group(pool);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) throw std::runtime_error("line " + std::to_string(i) + " is empty");
    group.apply_async(tp::forget, [&, i] {
      sleep_tenths(0.1);
      lengths[i] = lines[i].size();
      ++ran;
    });
  }
  group.wait();
  std::size_t all = 0;
  for (const std::size_t length : lengths) all += length;
  return all;
}

int main() {
  tp::ThreadPool pool(2);
  std::vector<std::string> lines(100, "a line");
  CHECK(parse(pool, lines) == 600);
  lines.back().clear();
  try {
    parse(pool, lines);
    CHECK(false);
  } catch (const std::runtime_error& error) {
    std::printf("%s; %d of the other lines were looked at\n", error.what(), ran - 100);
  }
  CHECK(ran < 199);
}
