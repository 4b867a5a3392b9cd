// SPDX-License-Identifier: MIT
// Stage 4: what tp_spawn offers, and the worker that offers it; from submit/spawn, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/stack.h"
#include "base/wait_list.h"
#include "queue/spawn_deque.h"
#include "result/pool_context.h"
#include "tpool/spawn.h"
#include "trace/traced.h"

namespace tp::core {

struct Spawner;

/// One call that a worker has spawned, in the memory of its tp_spawn_t. A part of its item: it runs inside a call scope
/// with the job of the item's call scope. The spawning thread owns it until a thief takes it, and again once it has
/// ended.
class Spawned {
 public:
  Spawned(int (*fn)(void*), void* ctx, CallScope* item, Spawned* outer) noexcept
      : fn_(fn), ctx_(ctx), item_(item), outer_(outer), outcome_(running()) {}
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  // -- the spawning thread's ----------------------------------------------------------------------
  std::size_t index = SpawnDeque<Spawned>::kNowhere;  // in the deque
  Spawned* outer() const noexcept { return outer_; }  // spawned before this one, and not yet synced
  /// Runs it in the thread that spawned it: nullptr, or why it failed.
  Error* run_here() {
    return call([](CallScope&) {});
  }
  /// Runs it, outside of items: the outcome.
  void run_at_once();
  /// Ends it without a run.
  void end(Error* error) noexcept { outcome_.store(error); }
  /// nullptr, or why it failed, which the caller takes over. It is over no more, so that a second sync is seen.
  /// REQUIRES: is_over().
  Error* take_outcome() noexcept { return outcome_.exchange(running()); }
  /// Who has taken it. REQUIRES: the deque's pop has said that it was taken.
  Spawner& thief() const noexcept { return *thief_; }

  // -- the thief's --------------------------------------------------------------------------------
  /// Takes it from its deque. Under the deque's mutex.
  void take(Spawner& thief) noexcept {
    thief_ = &thief;
    thief_scope_.store(nullptr);
  }
  /// Runs it, after take, and wakes who waits for it. This object is then the spawner's.
  void run_taken();

  // -- all threads' -------------------------------------------------------------------------------
  bool is_over() const noexcept { return outcome_.load() != running(); }
  /// The call scope of the thief, only to be compared; nullptr when the call has not begun.
  const CallScope* thief_scope() const noexcept { return thief_scope_.load(); }

 private:
  /// Stands for no outcome yet: an address that no error has.
  Error* running() const noexcept { return reinterpret_cast<Error*>(const_cast<Spawned*>(this)); }
  /// Calls it as a part of its item, after begin(scope): nullptr, or why it failed.
  template <class Begin>
  Error* call(Begin begin);

  int (*const fn_)(void*);
  void* const ctx_;
  CallScope* const item_;  // in which it was spawned; nullptr outside of user code
  Spawned* const outer_;
  Spawner* thief_;                             // once taken
  std::atomic<const CallScope*> thief_scope_;  // once taken
  std::atomic<Error*> outcome_;
};
static_assert(sizeof(Spawned) == sizeof(tp_spawn_t) && alignof(Spawned) == alignof(tp_spawn_t));

/// A worker as the one that spawns and steals.
struct Spawner {
  /// No function is ahead of it. The look-up takes memory of malloc, which gives each thread an arena for that: so
  /// only threads that spawn make it.
  static constexpr StackReserve kNotLookedUp{0, UINTPTR_MAX};

  SpawnDeque<Spawned> deque;
  Spawned* newest = nullptr;  // that is not synced. The worker's own, as the next
  StackReserve reserve = kNotLookedUp;
  Counters::Counter calls{0};  // of spawned functions, in its thread; the worker's, as the next
  Counters::Counter taken{0};  // calls that it has taken and runs now
  WaitList waiters;            // who waits for what this worker has taken

  /// Takes the oldest of what another worker of the pool has spawned, if may_take(); nullptr when there is none.
  template <class MayTake>
  Spawned* take_from(Spawner& victim, PoolContext& pool, MayTake may_take) noexcept;
  /// There is something to steal here, of which nobody may have been told. A sleeping worker is woken, and
  /// wakes the next one; who waits for what this worker has taken may steal nowhere else.
  void tell_thieves(PoolContext& pool) noexcept {
    pool.note_spawned();
    pool.notify();
    waiters.wake_all();
  }
  /// Whether this worker's stack has room for one more call.
  bool has_stack() noexcept {
    if (reserve.is_ahead()) [[likely]]
      return true;
    reserve = stack_reserve();
    return reserve.is_ahead();
  }
  /// A thread begins to be this worker.
  void begin() noexcept {
    deque.clear();
    newest = nullptr;
    reserve = kNotLookedUp;
  }
};

/// The counters of a worker, which also spawns. this_thread.hands leads to them.
struct SpawnerCounters : Counters {
  Spawner spawner;
};

/// REQUIRES: the calling thread is a worker.
inline Spawner& this_spawner() noexcept {
  return static_cast<SpawnerCounters*>(static_cast<Counters*>(this_thread.hands))->spawner;
}

inline Error* error_of(const CallResult& result, CallScope& scope) {
  return Error::make(result.status, result.code, 0, scope.take_cause());
}

template <class Begin>
Error* Spawned::call(Begin begin) {
  const Traced<Point::task> traced(*this_thread.pool, item_->job(), JobKind::apply, 0, 1);
  CallScope scope(CallScope::Kind::spawned, item_->pool(), item_->job());
  scope.begin_part(*item_);
  begin(scope);
  const CallResult result = call_user(scope, [this] { return fn_(ctx_); });
  return result.status == TP_OK ? nullptr : error_of(result, scope);
}

template <class MayTake>
Spawned* Spawner::take_from(Spawner& victim, PoolContext& pool, MayTake may_take) noexcept {
  bool has_looked = false;
  Spawned* const spawned = victim.deque.steal([&](Spawned& oldest) {
    has_looked = true;
    if (!may_take()) return false;
    oldest.take(*this);
    return true;
  });
  if (has_looked && victim.deque.size()) victim.tell_thieves(pool);
  if (spawned) count_steal(pool);
  return spawned;
}

}  // namespace tp::core
