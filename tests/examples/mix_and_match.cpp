// SPDX-License-Identifier: MIT
// apply, apply_async and map_async on one pool, mixed as the program needs them: each task has
// arguments and a result of its own type.
#include "check.h"

#include <cmath>
#include <numeric>
#include <string>
#include <tpool/tpool.hpp>
#include <utility>
#include <vector>

int sum(const std::vector<int>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0);
}

double absolute(double number) { return std::fabs(number); }

// Stands for a download that hands over the text of the page.
std::string download(const std::string& url, bool save_to_file) {
  return save_to_file ? url : "<!doctype html>";
}

int any(const std::pair<bool, bool>& pair) { return pair.first || pair.second; }

int main() {
  const std::vector<std::pair<bool, bool>> pairs = {{true, false}, {false, false}};
  double positive = 0;
  std::vector<int> answers;
  auto to_positive = tp::make_options([&](double value) { positive = value; });
  auto to_answers = tp::make_options([&](const std::vector<int>& values) { answers = values; });
  tp::ThreadPool pool(5);

  const int total = pool.apply(sum, std::vector<int>{1, 2, 3, 4, 5});
  const double again = pool.apply(absolute, -5.67);
  const std::string page = pool.apply(download, "http://example.com", false);
  pool.apply_async(to_positive, absolute, -5.67);
  pool.map_async(any, pairs, to_answers);
  pool.wait_idle();

  pool.terminate();
  pool.close();
  std::printf("%d\n%.2f\n%s\n%d, %d\n", total, positive, page.c_str(), answers[0], answers[1]);
  CHECK(total == 15);
  CHECK(positive == 5.67 && again == 5.67);
  CHECK(page == "<!doctype html>");
  CHECK(answers == std::vector<int>{1, 0});
}
