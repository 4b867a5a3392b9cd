// SPDX-License-Identifier: MIT
// Model of a range of units that its owner takes from and others steal from.
#include "queue/range.h"

#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;
using tp::core::Span;

/// Each unit is claimed once, and whoever claims it sees what it stands for.
struct RangeModel : Suite<RangeModel, 3> {
  static constexpr std::uint32_t kUnits = 5;

  void run(unsigned index) {
    if (index == 0)
      own();
    else
      rob();
  }

  void own() {
    for (Data& good : goods) good = 1;
    range.set({0, kUnits});
    while (use(range.take(2))) {
    }
  }

  void rob() {
    use(range.steal());
    use(range.steal(1));
    use(range.steal());
  }

  bool use(Span span) {
    for (std::uint32_t i = span.begin; i != span.end; ++i) {
      RL_ASSERT(goods[i].get() == 1);
      ++claims[i];
    }
    return !span.empty();
  }

  void after() {
    for (const int count : claims) RL_ASSERT(count == 1);
  }

  tp::core::Range range;
  Data goods[kUnits];
  int claims[kUnits] = {};
};

}  // namespace

TEST_CASE("A range: each unit is claimed once and published") { check_holds<RangeModel>(); }

TEST_CASE("A range: the model finds units that are claimed twice") {
  check_finds<RangeModel>({Mistake::torn, "Range::take"});
  check_finds<RangeModel>({Mistake::torn, "Range::steal"});
}

TEST_CASE("A range: the model finds units that are not published") {
  check_finds<RangeModel>({Mistake::relaxed, "Range::set"});
  check_finds<RangeModel>({Mistake::relaxed, "Range::steal"});
}
