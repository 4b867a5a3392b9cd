// SPDX-License-Identifier: MIT
// Guide: the first steps in C++.
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

std::size_t length(const std::string& name) { return name.size(); }

void show_map(tp::ThreadPool& pool) {
  const std::vector<std::string> names = {"Ada", "Grace", "Barbara"};

  std::vector<std::size_t> lengths = pool.map(length, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::printf("%s: %zu\n", names[i].c_str(), lengths[i]);
  }

  CHECK(lengths == std::vector<std::size_t>{3, 5, 7});
}

void show_async(tp::ThreadPool& pool) {
  auto result = pool.apply_async([](double x, double y) { return std::hypot(x, y); }, 3, 4);
  // ... something else meanwhile ...
  std::printf("%g\n", result.get());

  CHECK(result.get() == 5);
}

void show_arguments(tp::ThreadPool& pool) {
  const std::vector<std::pair<double, double>> rectangles = {{1, 2}, {3, 4}};
  const double scale = 10;

  auto areas =
      pool.starmap([&](double width, double height) { return scale * width * height; }, rectangles);

  CHECK(areas == std::vector<double>{20, 120});
}

void show_stream(tp::ThreadPool& pool) {
  const std::map<std::string, int> ages = {{"Ada", 36}, {"Grace", 85}};
  auto next_year = [](const std::pair<const std::string, int>& who) { return who.second + 1; };

  int sum = 0;
  for (int age : pool.imap(next_year, ages)) sum += age;

  CHECK(sum == 123);
}

void show_in_place(tp::ThreadPool& pool) {
  std::vector<double> numbers = {4, 9, 16};

  pool.map([](double& x) { x = std::sqrt(x); }, numbers);

  CHECK(numbers == std::vector<double>{2, 3, 4});
}

double root(double x) {
  if (x < 0) throw std::domain_error("no root of a negative number");
  return std::sqrt(x);
}

bool show_error(tp::ThreadPool& pool) {
  try {
    pool.map(root, std::vector<double>{4, 9, -1});
  } catch (const std::domain_error& error) {
    std::printf("%s\n", error.what());
    return true;
  }
  return false;
}

int main() {
  tp::ThreadPool pool;  // a worker for each CPU that the process may use
  show_map(pool);
  show_async(pool);
  show_arguments(pool);
  show_stream(pool);
  show_in_place(pool);
  CHECK(show_error(pool));

  pool.close();  // no more work
  pool.join();   // all of it is done
}
