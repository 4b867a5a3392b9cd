// SPDX-License-Identifier: MIT
// A ClusterPool: types that cross, and errors from other ranks.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <tpool/cluster.hpp>
#include <tpool/tpool.hpp>
#include <utility>
#include <vector>

#include "check.h"

struct Point {
  std::string name;
  double x;
};

template <>
struct tp::codec<Point> {
  static void pack(const Point& point, tp::Packer& to) {
    to.put(point.name);
    to.put(point.x);
  }
  static Point unpack(tp::Unpacker& from) {
    auto name = from.get<std::string>();
    return {std::move(name), from.get<double>()};
  }
};

static Point doubled(const Point& point) { return {point.name + point.name, 2 * point.x}; }

static int checked_root(int x) {
  if (x < 0) throw std::domain_error("a negative number");
  int root = 0;
  while ((root + 1) * (root + 1) <= x) ++root;
  return root;
}

int main() {
  tp::ClusterPool pool;
  if (!pool) return 0;
  const std::vector<Point> points = pool.map(doubled, std::vector<Point>{{"a", 1}, {"b", 2}});
  CHECK(points[1].name == "bb" && points[1].x == 4);

  try {
    pool.map(checked_root, std::vector<int>{4, -1, 9});
    CHECK(false);
  } catch (const tp::RemoteError& error) {
    std::printf("rank %d: %s (%s)\n", error.rank(), error.what(), error.type().c_str());
  }

  const std::vector<double> rates{2.8, 3.2, 3.5, 3.9};
  const tp::Shared<std::vector<double>> table = pool.share(rates);
  const auto doubled_rate = [](const std::vector<double>& all, std::size_t i) { return 2 * all[i]; };
  CHECK(pool.map(tp::with(table, doubled_rate), std::vector<std::size_t>{0, 3}).back() == 7.8);

  const int factor = 3;
  std::vector<std::pair<int, int>> rows;
  for (int x = 0; x < 5; ++x) rows.emplace_back(x, factor);  // not captured: in the items
  const auto products = pool.starmap([](int x, int by) { return x * by; }, rows);
  CHECK(products.back() == 12);
  return 0;
}
