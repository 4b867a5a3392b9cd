// SPDX-License-Identifier: MIT
// Rows of arguments for a native function, and what it makes of them.
#pragma once

#include "support/test.hpp"

struct Scaling {
  double x;
  int power;
};

constexpr const char* kScale = "double(double, int)";
inline double scale(double x, int power) { return std::ldexp(x, power); }

struct Scalings {
  explicit Scalings(int n) {
    for (int i = 0; i < n; ++i) {
      rows.push_back({i * 0.5, i % 20 - 10});
      expected.push_back(scale(rows.back().x, rows.back().power));
    }
  }

  const double* check(const double* values) const {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (values[i] != expected[i]) FAIL(i);
    }
    return values;
  }

  static int pull(void* self, void* row) {
    auto* scalings = static_cast<Scalings*>(self);
    if (scalings->pulled == scalings->rows.size()) return 0;
    *static_cast<Scaling*>(row) = scalings->rows[scalings->pulled++];
    return 1;
  }

  std::vector<Scaling> rows;
  std::vector<double> expected;
  std::size_t pulled = 0;
};
