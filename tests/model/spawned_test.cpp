// SPDX-License-Identifier: MIT
// Models of a spawned call: its worker and a thief hand it over and back, and no look for a thief is lost.
#include "queue/spawned.h"

#include "model/check.hpp"
#include "model/pool.hpp"
#include "submit/spawn.h"

namespace {

using namespace model;
using tp::core::CallScope;
using tp::core::Deadline;
using tp::core::Error;
using tp::core::Spawned;
using tp::core::Spawner;
using tp::core::SpawnerCounters;

/// A function that notes what it wrote, and may spawn another.
struct Call {
  static int run(void* self) {
    auto& call = *static_cast<Call*>(self);
    RL_ASSERT(call.given.get() == 1);  // what the spawner wrote
    ++call.runs;
    if (call.inner) {
      call.inner->spawn();
      call.inner->sync();
    }
    call.result = 1;
    call.has_begun.store(true);
    return 0;
  }

  void spawn() {
    given = 1;
    RL_ASSERT(tp::core::spawn(memory, run, this) == TP_OK);
  }
  void sync() {
    Error* error = nullptr;
    RL_ASSERT(tp::core::sync(tp::core::to_spawned(memory), error) == TP_OK);
    RL_ASSERT(result.get() == 1 && runs == 1);
  }

  tp_spawn_t memory;
  Data given, result;
  int runs = 0;
  StdAtomic<bool> has_begun{false};
  Call* inner = nullptr;
};

/// A worker of the pool: a thread of the model.
struct SpawnModel {
  static bool steals(Spawner& mine, Spawner& victim, tp::core::PoolContext& pool) {
    Spawned* const spawned = mine.take_from(victim, pool, [] { return true; });
    if (spawned) spawned->run_taken();
    return spawned != nullptr;
  }
};

/// The owner spawns a call, which spawns another, and syncs it. A thief may take the outer call; then the owner may
/// take the inner one back. Each sees what the other wrote, and the owner wakes up.
struct HandOverModel : Suite<HandOverModel, 2>, SpawnModel {
  void before() {
    prepare_heavy_fence();
    pool = Pool::make();
    outer.inner = &inner;
  }

  void run(unsigned index) {
    const ThreadParker parker;
    tp::core::this_thread.become({pool, static_cast<int>(index), &workers[index]});
    if (index == 0) {
      CallScope item(CallScope::Kind::task, pool, nullptr);
      outer.spawn();
      outer.sync();
    } else {
      for (int tries = 0; tries < 3; ++tries)
        if (steals(workers[1].spawner, workers[0].spawner, *pool)) break;
    }
    end_thread();
  }

  void after() {
    RL_ASSERT(outer.runs == 1 && inner.runs == 1);
    pool->destroy();
  }

  Pool* pool;
  SpawnerCounters workers[2];
  Call outer, inner;
};

/// The owner syncs one call while a thief looks for it, and spawns another, which the other thief has to take. That
/// thief sleeps until it finds something: it is told.
struct ToldModel : Suite<ToldModel, 3>, SpawnModel {
  void before() {
    prepare_heavy_fence();
    pool = Pool::make();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    tp::core::this_thread.become({pool, static_cast<int>(index), &workers[index]});
    if (index == 0)
      own();
    else
      rob(workers[index].spawner, index == 1);
    end_thread();
  }

  void own() {
    CallScope item(CallScope::Kind::task, pool, nullptr);
    first.spawn();
    first.sync();
    second.spawn();
    tp::core::wait_until(begun, Deadline::never(), [&] { return second.has_begun.load(); });
    second.sync();
    over.store(true);
    pool->notify();
  }

  /// once: looks one time, and not again.
  void rob(Spawner& mine, bool once) {
    Spawner& victim = workers[0].spawner;
    do {
      if (!once)
        tp::core::wait_until(pool->idle(), Deadline::never(),
                             [&] { return victim.deque.size() || over.load(); });
      steals(mine, victim, *pool);
      begun.wake_all();
    } while (!once && !over.load());
  }

  void after() {
    RL_ASSERT(first.runs == 1 && second.runs == 1);
    pool->destroy();
  }

  Pool* pool;
  SpawnerCounters workers[3];
  Call first, second;
  tp::core::WaitList begun;
  StdAtomic<bool> over{false};
};

}  // namespace

TEST_CASE("A spawned call: its worker and a thief hand it over and back") {
  check_holds<HandOverModel>();
}

TEST_CASE("A spawned call: the model finds an outcome that is not published") {
  check_finds<HandOverModel>({Mistake::relaxed, "run_taken"});
  check_finds<HandOverModel>({Mistake::skipped, "run_taken"});
}

TEST_CASE("A spawned call: the model finds a sync that is not woken") {
  check_finds<HandOverModel>({Mistake::blind, "WaitList::any"});
  check_finds<HandOverModel>({Mistake::no_wake});
}

TEST_CASE("A spawned call: the model finds a sync that does not wait") {
  check_finds<HandOverModel>({Mistake::blind, "Spawned::is_over"});
}

TEST_CASE("A spawned call: a thief that waits for one is told") { check_holds<ToldModel>(); }

TEST_CASE("A spawned call: the model finds a thief that is not told") {
  check_finds<ToldModel>({Mistake::skipped, "::steal_locked"});
  check_finds<ToldModel>({Mistake::no_fence});
}
