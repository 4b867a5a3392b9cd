// SPDX-License-Identifier: MIT
// Tests of Dekker's agreement: of two threads that write and then look, one sees the other.
#include "base/dekker.h"

#include "support/test.hpp"
#include "support/sandbox.hpp"

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

// The same with words that are all seq_cst, while the kernel begins to refuse.
int settle_until_refused() {
  prepare_to_settle();
  static Rounds rounds;
  std::atomic<int> begun{-1};
  std::thread publisher([&] {
    for (int i = 0; i < Rounds::kCount; ++i) {
      while (begun < i) {
      }
      publish(rounds.published[i], 1);
      rounds.publisher_saw[i] = rounds.settled[i].load();
    }
  });
  bool refused = true;
  for (int i = 0; i < Rounds::kCount; ++i) {
    begun = i;
    if (i == Rounds::kCount / 2) refused = support::refuse_membarrier();
    rounds.settled[i].store(1);
    settle();
    rounds.settler_saw[i] = rounds.published[i].load();
  }
  publisher.join();
  int missed = 0;
  for (int i = 0; i < Rounds::kCount; ++i)
    missed += !rounds.publisher_saw[i] && !rounds.settler_saw[i];
  return missed != 0 ? 1 : refused && tp::core::can_settle ? 2 : 0;
}

}  // namespace

TEST_CASE("Settling that the kernel refuses from some moment on ends, and nobody is missed") {
  if (support::kThreadSanitizer || support::kEmulated) return;  // no threads there; no seccomp
  CHECK(support::in_child(settle_until_refused) == 0);
}

TEST_CASE("Who publishes and looks, or who settles and looks, sees the other") {
  prepare_to_settle();
  static Rounds rounds;
  std::atomic<int> begun{-1};
  std::thread publisher([&] {
    for (int i = 0; i < Rounds::kCount; ++i) {
      while (begun < i) {
      }
      publish(rounds.published[i], 1);
      rounds.publisher_saw[i] = rounds.settled[i].load(std::memory_order_relaxed);
    }
  });
  for (int i = 0; i < Rounds::kCount; ++i) {
    begun = i;
    rounds.settled[i].store(1, std::memory_order_relaxed);
    settle();
    rounds.settler_saw[i] = rounds.published[i].load(std::memory_order_relaxed);
  }
  publisher.join();
  int missed = 0;
  for (int i = 0; i < Rounds::kCount; ++i)
    missed += !rounds.publisher_saw[i] && !rounds.settler_saw[i];
  CHECK(missed == 0);
}
