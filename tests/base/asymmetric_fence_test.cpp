// SPDX-License-Identifier: MIT
// Tests of the asymmetric fence: of two threads that write and then look, one sees the other.
#include "base/asymmetric_fence.h"

#include "support/sandbox.hpp"
#include "support/test.hpp"

using tp::core::heavy_fence;
using tp::core::light_store;
using tp::core::prepare_heavy_fence;

namespace {

// One word of each side, for each of many rounds.
struct Rounds {
  static constexpr int kCount = 20'000;
  std::atomic<int> light[kCount] = {};
  std::atomic<int> heavy[kCount] = {};
  bool light_saw[kCount] = {};
  bool heavy_saw[kCount] = {};
};

// Runs all rounds, whose words have this order. In how many of them neither side has seen the other.
template <class Round>
int count_missed(std::memory_order order, Round before_round) {
  prepare_heavy_fence();
  const auto rounds = std::make_unique<Rounds>();
  std::atomic<int> begun{-1};
  std::thread light_side([&] {
    for (int i = 0; i < Rounds::kCount; ++i) {
      while (begun < i) {
      }
      light_store(rounds->light[i], 1);
      rounds->light_saw[i] = rounds->heavy[i].load(order);
    }
  });
  for (int i = 0; i < Rounds::kCount; ++i) {
    begun = i;
    before_round(i);
    rounds->heavy[i].store(1, order);
    heavy_fence();
    rounds->heavy_saw[i] = rounds->light[i].load(order);
  }
  light_side.join();
  int missed = 0;
  for (int i = 0; i < Rounds::kCount; ++i) missed += !rounds->light_saw[i] && !rounds->heavy_saw[i];
  return missed;
}

// The kernel begins to refuse in the middle.
int fence_until_refused() {
  bool refused = true;
  const int missed = count_missed(std::memory_order_seq_cst, [&](int round) {
    if (round == Rounds::kCount / 2) refused = support::refuse_membarrier();
  });
  return missed != 0 ? 1 : refused && tp::core::has_membarrier ? 2 : 0;
}

}  // namespace

TEST_CASE("A heavy fence that the kernel refuses from some moment on ends, and nobody is missed") {
  if (support::kThreadSanitizer || support::kEmulated) return;  // no threads there; no seccomp
  CHECK(support::in_child(fence_until_refused) == 0);
}

TEST_CASE("Who stores lightly and looks, or who fences heavily and looks, sees the other") {
  CHECK(count_missed(std::memory_order_relaxed, [](int) {}) == 0);
}
