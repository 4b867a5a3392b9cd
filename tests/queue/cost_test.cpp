// SPDX-License-Identifier: MIT
// Tests of the table of what items have cost.
#include "queue/cost.h"

#include "base/clock.h"
#include "support/test.hpp"

using tp::core::cost_table;
using tp::core::CostTable;
using tp::core::kWakeNs;
using tp::core::QuickProbe;

// Addresses as functions and contexts have them.
alignas(16) static char functions[200][16];
alignas(16) static char contexts[200][16];

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
  for (int i = 0; i < 200; ++i) {
    table.note(functions[i], contexts[i], i);
    CHECK(table.expected(functions[i], contexts[i]) == i);
  }
  for (int i = 0; i < 200; ++i) {
    const double cost = table.expected(functions[i], contexts[i]);
    CHECK((cost == i || std::isinf(cost)));
    known += cost == i;
  }
  CHECK(known >= 100);  // neighbours do not fall on one row
  CHECK(known <= 127);
}

TEST_CASE("A cost that is doubted stays the expected one") {
  CostTable table;
  CHECK_FALSE(table.is_sure(functions[1], contexts[1]));
  table.note(functions[1], contexts[1], 12.5);
  CHECK(table.is_sure(functions[1], contexts[1]));
  table.doubt(functions[1], contexts[1]);
  CHECK_FALSE(table.is_sure(functions[1], contexts[1]));
  CHECK(table.expected(functions[1], contexts[1]) == 12.5);
  table.doubt(functions[2], contexts[2]);
  CHECK(std::isinf(table.expected(functions[2], contexts[2])));
}

TEST_CASE("A loop is run inline when its units are known to cost little") {
  const auto is_quick = [](int i, std::size_t units) {
    return QuickProbe(functions[i], contexts[i], units).is_quick();
  };
  CHECK_FALSE(is_quick(1, 1));
  cost_table()->note(functions[1], contexts[1], kWakeNs / 10);
  CHECK(is_quick(1, 0));
  CHECK(is_quick(1, 10));
  CHECK_FALSE(is_quick(1, 11));
}

TEST_CASE("A quick loop of unsure cost is timed") {
  cost_table()->note(functions[3], contexts[3], 1.0);
  cost_table()->doubt(functions[3], contexts[3]);
  const QuickProbe probe(functions[3], contexts[3], 2);
  REQUIRE(probe.is_quick());
  for (const auto end = tp::core::now_ns() + 4 * static_cast<std::uint64_t>(kWakeNs);
       tp::core::now_ns() < end;) {
  }
  probe.done();
  CHECK(cost_table()->is_sure(functions[3], contexts[3]));
  CHECK(cost_table()->expected(functions[3], contexts[3]) >= 2 * kWakeNs);
}

TEST_CASE(
    "A quick loop that took long, or came long after the last one, is to be timed the next time") {
  cost_table()->note(functions[4], contexts[4], 1.0);
  const QuickProbe probe(functions[4], contexts[4], 2);
  for (const auto end = tp::core::now_ns() + 4 * static_cast<std::uint64_t>(kWakeNs);
       tp::core::now_ns() < end;) {
  }
  probe.done();
  CHECK_FALSE(cost_table()->is_sure(functions[4], contexts[4]));
}
