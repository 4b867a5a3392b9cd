// SPDX-License-Identifier: MIT
// Tests of Dekker's agreement: of two threads that write and then look, one sees the other.
#include "base/dekker.h"

#include "support/sandbox.hpp"
#include "support/test.hpp"

using tp::core::prepare_to_settle;
using tp::core::publish;
using tp::core::settle;

namespace {

// One word of each side, for each of many rounds.
struct Rounds {
  static constexpr int kCount = 20'000;
  std::atomic<int> published[kCount] = {};
  std::atomic<int> settled[kCount] = {};
  bool publisher_saw[kCount] = {};
  bool settler_saw[kCount] = {};
};

// Runs all rounds, whose words have this order. In how many of them neither side has seen the other.
template <class Round>
int count_missed(std::memory_order order, Round before_round) {
  prepare_to_settle();
  const auto rounds = std::make_unique<Rounds>();
  std::atomic<int> begun{-1};
  std::thread publisher([&] {
    for (int i = 0; i < Rounds::kCount; ++i) {
      while (begun < i) {
      }
      publish(rounds->published[i], 1);
      rounds->publisher_saw[i] = rounds->settled[i].load(order);
    }
  });
  for (int i = 0; i < Rounds::kCount; ++i) {
    begun = i;
    before_round(i);
    rounds->settled[i].store(1, order);
    settle();
    rounds->settler_saw[i] = rounds->published[i].load(order);
  }
  publisher.join();
  int missed = 0;
  for (int i = 0; i < Rounds::kCount; ++i)
    missed += !rounds->publisher_saw[i] && !rounds->settler_saw[i];
  return missed;
}

// The kernel begins to refuse in the middle.
int settle_until_refused() {
  bool refused = true;
  const int missed = count_missed(std::memory_order_seq_cst, [&](int round) {
    if (round == Rounds::kCount / 2) refused = support::refuse_membarrier();
  });
  return missed != 0 ? 1 : refused && tp::core::can_settle ? 2 : 0;
}

}  // namespace

TEST_CASE("Settling that the kernel refuses from some moment on ends, and nobody is missed") {
  if (support::kThreadSanitizer || support::kEmulated) return;  // no threads there; no seccomp
  CHECK(support::in_child(settle_until_refused) == 0);
}

TEST_CASE("Who publishes and looks, or who settles and looks, sees the other") {
  CHECK(count_missed(std::memory_order_relaxed, [](int) {}) == 0);
}
