// SPDX-License-Identifier: MIT
// Models of the parker and of the mutex.
#include "base/parker.h"

#include "base/mutex.h"
#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;
using tp::core::Deadline;

/// Two threads give the token, perhaps while the third one waits: it comes to see what each has
/// done before.
struct ParkerModel : Suite<ParkerModel, 3> {
  static constexpr int kGivers = 2;

  void run(unsigned index) {
    if (index < kGivers) {
      given[index].store(true, std::memory_order_relaxed);  // the token publishes it
      return parker.unpark();
    }
    while (!given[0].load(std::memory_order_relaxed) || !given[1].load(std::memory_order_relaxed))
      RL_ASSERT(parker.park(Deadline::never()));
  }

  tp::core::Parker parker;
  StdAtomic<bool> given[kGivers];
};

/// A token that comes after the deadline is kept for the next time; there is no second one.
struct TimedParkerModel : Suite<TimedParkerModel, 2> {
  void run(unsigned index) {
    if (index == 0) {
      good = 1;
      parker.unpark();
      return;
    }
    if (!parker.park(Deadline::in(1))) RL_ASSERT(parker.park(Deadline::never()));
    RL_ASSERT(good.get() == 1);
    RL_ASSERT(!parker.park(Deadline::in(0)));
  }

  tp::core::Parker parker;
  Data good;
};

/// One thread at a time is inside, and sees what those before it did. The last one frees the mutex.
struct MutexModel : Suite<MutexModel, 3> {
  struct Guarded {
    tp::core::Mutex mutex;
    Data rounds;
  };
  static constexpr int kRounds = 2;

  MutexModel() : guarded(new (allocate(sizeof(Guarded))) Guarded) {}

  void run(unsigned) {
    for (int i = 0; i < kRounds; ++i) {
      bool last = false;
      {
        tp::core::Lock lock(guarded->mutex);
        guarded->rounds = guarded->rounds.get() + 1;
        last = guarded->rounds.get() == 3 * kRounds;
      }
      if (!last) continue;
      guarded->~Guarded();
      deallocate(guarded);
    }
  }

  Guarded* guarded;
};

}  // namespace

TEST_CASE("A parker: no token is lost and each brings what was done before") {
  check_holds<ParkerModel>(2);
  check_holds<TimedParkerModel>(2);
}

TEST_CASE("A parker: the model finds mistakes") {
  check_finds<ParkerModel>({Mistake::relaxed, "Parker::give"});
  check_finds<ParkerModel>({Mistake::relaxed, "Parker::park"});
  check_finds<ParkerModel>({Mistake::torn, "Parker::park"});
  check_finds<ParkerModel>({Mistake::torn, "Parker::give"});
  check_finds<ParkerModel>({Mistake::no_wake});
  check_finds<TimedParkerModel>({Mistake::relaxed, "Parker::give"});
  check_finds<TimedParkerModel>({Mistake::no_wake});
}

TEST_CASE("A mutex: one thread at a time is inside and the next may free it") {
  check_holds<MutexModel>();
}

TEST_CASE("A mutex: the model finds mistakes") {
  check_finds<MutexModel>({Mistake::relaxed, "Mutex::lock("});
  check_finds<MutexModel>({Mistake::relaxed, "Mutex::lock_slow"});
  check_finds<MutexModel>({Mistake::relaxed, "Mutex::unlock"});
  check_finds<MutexModel>({Mistake::torn, "Mutex::lock("});
  check_finds<MutexModel>({Mistake::torn, "Mutex::lock_slow"});
  check_finds<MutexModel>({Mistake::torn, "Mutex::unlock"});
  check_finds<MutexModel>({Mistake::no_wake});
}
