// SPDX-License-Identifier: MIT
// Model of threads that wait for a condition: no wake-up is lost, and a waker touches only parkers
// of threads that are still waiting.
#include "base/wait_list.h"

#include "model/check.hpp"
#include "model/suite.hpp"
#include "model/thread.hpp"

namespace {

using namespace model;
using tp::core::Deadline;

/// How a waiter can go wrong.
struct Looking {
  template <class Condition>
  static void wait(tp::core::WaitList& list, Condition condition) {
    tp::core::wait_until(list, Deadline::never(), condition);
  }
};
struct Blind {
  template <class Condition>
  static void wait(tp::core::WaitList& list, Condition condition) {
    if (condition()) return;
    tp::core::Waiting waiting(list);
    tp::core::heavy_fence();
    waiting.parker().park(Deadline::never());
  }
};

/// Two threads wait, each for a condition of its own, and go: what they parked with is gone then.
/// The wakers' changes are published, with or without the kernel's barriers, or until it refuses them.
template <class Waiter>
struct WaitListModel : Suite<WaitListModel<Waiter>, 4> {
  static constexpr unsigned kWaiters = 2;

  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < kWaiters) {
      Waiter::wait(list, [&] { return ready[index].load(); });
      RL_ASSERT(goods[index].get() == 1);
      return;
    }
    index -= kWaiters;
    goods[index] = 1;
    tp::core::light_store(ready[index], true);
    list.wake_all();
  }

  void after() { RL_ASSERT(!list.any()); }

  tp::core::WaitList list;
  StdAtomic<bool> ready[kWaiters];
  Data goods[kWaiters];
};

}  // namespace

TEST_CASE("Waiters: no wake-up is lost and nobody is woken who has gone") {
  check_holds<WaitListModel<Looking>>();
}

TEST_CASE("Waiters: the model finds mistakes") {
  using Model = WaitListModel<Looking>;
  check_finds<Model>({Mistake::no_fence});
  check_finds<Model>({Mistake::no_drain});
  check_finds<Model>({Mistake::blind, "heavy_fence("});
  check_finds<Model>({Mistake::paired});
  check_finds<Model>({Mistake::relaxed, "light_store("});
  check_finds<Model>({Mistake::skipped, "WaitList::link"});
  check_finds<Model>({Mistake::blind, "WaitList::any"});
  check_finds<Model>({Mistake::torn, "Mutex::lock("});
  check_finds<Model>({Mistake::no_wake});
  check_finds<WaitListModel<Blind>>(Mistake{});
}
