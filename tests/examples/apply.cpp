// SPDX-License-Identifier: MIT
// apply: one task at a time, each with arguments and a result of its own type.
#include "check.h"

#include <cmath>
#include <numeric>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

int sum(const std::vector<int>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0);
}

double absolute(double number) { return std::fabs(number); }

// Stands for a download that hands over the text of the page.
std::string download(const std::string& url, bool save_to_file) {
  return save_to_file ? url : "<!doctype html>";
}

int main() {
  tp::ThreadPool pool(5);

  const int total = pool.apply(sum, std::vector<int>{1, 2, 3, 4, 5});
  const double positive = pool.apply(absolute, -5.67);
  const std::string page = pool.apply(download, "http://example.com", false);
  std::printf("%d\n%.2f\n%s\n", total, positive, page.c_str());
  CHECK(total == 15);
  CHECK(positive == 5.67);
  CHECK(page == "<!doctype html>");

  pool.terminate();
  pool.close();
}
