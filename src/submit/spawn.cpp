// SPDX-License-Identifier: MIT
// Stage 3: spawn and sync; from capi/spawn, to queue/spawned.
#include "submit/spawn.h"

#include <new>

#include "wait/taken.h"

namespace tp::core {
namespace {

using Pushed = SpawnDeque<Spawned>::Pushed;

/// mine: nullptr on a thread that is no worker.
int run_at_once(Spawned& spawned, Spawner* mine) {
  if (this_thread.forked && !CallScope::current()) return TP_EFORKED;
  if (has_stack())
    spawned.run_at_once();
  else
    spawned.end(Error::of(TP_EDEADLK));
  if (mine) mine->newest = &spawned;
  return TP_OK;
}

int status_of(Error* outcome, Error*& error) noexcept {
  error = outcome;
  return outcome ? outcome->status() : TP_OK;
}

int run_here(Spawned& spawned, Spawner& mine, Error*& error) {
  if (!mine.has_stack()) return TP_EDEADLK;
  Counters::add(mine.calls, 1);
  return status_of(spawned.run_here(), error);
}

/// What was not in the deque.
[[gnu::noinline]] int sync_elsewhere(Spawned& spawned, Spawner& mine, Error*& error) {
  if (!spawned.is_over()) {
    if (spawned.index == SpawnDeque<Spawned>::kNowhere) {
      mine.newest = spawned.outer();
      return run_here(spawned, mine, error);
    }
    await_taken(spawned, mine);
  }
  mine.newest = spawned.outer();
  order::acquire(order::ends(&spawned));
  return status_of(spawned.take_outcome(), error);
}

/// What is not the newest of a worker: it ran at once on a thread that is no worker; or a destructor syncs it
/// while its thread is being ended.
int sync_outcome(Spawned& spawned, Error*& error) {
  const bool may_be_over = !this_thread.hands || this_thread.ending;
  if (may_be_over && spawned.is_over()) return status_of(spawned.take_outcome(), error);
  return this_thread.forked ? TP_EFORKED : TP_EINVAL;
}

}  // namespace

int spawn(tp_spawn_t& memory, int (*fn)(void*), void* ctx) {
  CallScope* const item = CallScope::current();
  if (!this_thread.hands)
    return run_at_once(*new (&memory) Spawned(fn, ctx, item, nullptr), nullptr);
  Spawner& mine = this_spawner();
  if (!item || !item->is_item())
    return run_at_once(*new (&memory) Spawned(fn, ctx, item, mine.newest), &mine);
  auto* const spawned = new (&memory) Spawned(fn, ctx, item, mine.newest);
  mine.newest = spawned;
  order::release(spawned);
  if (mine.deque.push(spawned, spawned->index) == Pushed::alone)
    mine.tell_thieves(*this_thread.pool);
  return TP_OK;
}

int sync(Spawned& spawned, Error*& error) {
  if (!this_thread.hands) return sync_outcome(spawned, error);
  Spawner& mine = this_spawner();
  if (mine.newest != &spawned) [[unlikely]]
    return sync_outcome(spawned, error);
  if (!mine.deque.pop(spawned.index)) [[unlikely]]
    return sync_elsewhere(spawned, mine, error);
  mine.newest = spawned.outer();
  return run_here(spawned, mine, error);
}

}  // namespace tp::core
