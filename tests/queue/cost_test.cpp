// SPDX-License-Identifier: MIT
// Tests of the table of what items have cost.
#include "queue/cost.h"

#include <cmath>

#include "support/catch.hpp"

using tp::core::CostTable;

namespace {

// Addresses as functions and contexts have them.
alignas(16) char functions[100][16];
alignas(16) char contexts[100][16];

}  // namespace

TEST_CASE("What was never noted costs infinitely much") {
  const CostTable table;
  CHECK(std::isinf(table.expected(functions[0], contexts[0])));
}

TEST_CASE("A cost is that of the function with its context") {
  CostTable table;
  table.note(functions[1], contexts[1], 12.5);
  CHECK(table.expected(functions[1], contexts[1]) == 12.5);
  for (int i = 0; i < 100; ++i) {  // some fall on the same row
    if (i == 1) continue;
    CHECK(std::isinf(table.expected(functions[1], contexts[i])));
    CHECK(std::isinf(table.expected(functions[i], contexts[1])));
  }
  table.note(functions[1], nullptr, 3.0);
  CHECK(table.expected(functions[1], nullptr) == 3.0);
}

TEST_CASE("The last cost counts") {
  CostTable table;
  table.note(functions[1], contexts[1], 12.5);
  table.note(functions[1], contexts[1], 1.0);
  CHECK(table.expected(functions[1], contexts[1]) == 1.0);
}

TEST_CASE("A full table forgets, but never takes one for another") {
  CostTable table;
  int known = 0;
  for (int i = 0; i < 100; ++i) {
    table.note(functions[i], contexts[i], i);
    CHECK(table.expected(functions[i], contexts[i]) == i);
  }
  for (int i = 0; i < 100; ++i) {
    const double cost = table.expected(functions[i], contexts[i]);
    CHECK((cost == i || std::isinf(cost)));
    known += cost == i;
  }
  CHECK(known >= 8);  // neighbours do not all fall on one row
  CHECK(known <= 32);
}
