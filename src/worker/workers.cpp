// SPDX-License-Identifier: MIT
// Stage 5: which threads are a pool's workers, and how many; from worker/pool, to worker/worker.
#include "worker/workers.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/cpus.h"
#include "base/fork.h"
#include "base/scope_guards.h"
#include "base/spin.h"
#include "base/sync_point.h"
#include "base/thread.h"
#include "worker/worker.h"

namespace tp::core {

/// Runs in the child of a fork, whose one thread is no worker and runs no task. If a task has forked, the child
/// gets the signals that its program would have without the pool, unless the task has a mask of its own.
static void be_no_worker() noexcept {
  const CurrentWorker worker = this_thread.become({});
  if (worker.pool || CallScope::current()) this_thread.forked = true;
  CallScope::forget();
  if (!worker.pool) return;
  const Workers& workers = static_cast<const Pool*>(worker.pool)->workers();
  if (worker.pool->is_hosted()) return;
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  if (has_same_signals(now, workers.table()[static_cast<std::size_t>(worker.index)].signals()))
    pthread_sigmask(SIG_SETMASK, &workers.placement().creators_signals(), nullptr);
}

int Workers::status_of(int rc) noexcept {
  if (rc == 0) return TP_OK;
  return rc == ENOMEM ? TP_ENOMEM : TP_EAGAIN;
}

int Workers::start() {
  const std::size_t count = pool_.worker_count();  // an initializer may already change it
  const tp_pool_options_t& options = pool_.options();
  std::strncpy(name_, options.name ? options.name : "tpool", sizeof name_ - 1);
  on_fork_child(be_no_worker);
  if (const int status = placement_.set(options); status != TP_OK) return status;
  if (!table_.grow(pool_, count)) return TP_ENOMEM;
  if (count == 1 && !pool_.finder().share_producer()) return TP_ENOMEM;
  cpus_.store(roughly_usable_cpus());
  pool_.set_worker_count(count);
  if (pool_.is_hosted()) return TP_OK;
  const std::size_t first = set_idle(options) ? least_ : count;
  alive_.store(first);
  for (std::size_t i = 0; i < first; ++i) table_[i].is_taken = true;
  if (is_elastic_) expect_threads(count - first);
  for (std::size_t i = 0; i < first; ++i) {
    const int rc = table_[i].start();
    if (rc == 0) continue;
    alive_.fetch_sub(first - i);
    pool_.advance(State::terminated);
    join_threads();
    return status_of(rc);
  }
  return TP_OK;
}

/// New threads wait for the end of this (await_resize), so none has run anything if the system refuses another.
int Workers::resize(std::size_t count) {
  Lock one_at_a_time(resizing_);
  if (!table_.grow(pool_, count)) return TP_ENOMEM;
  if (const int status = is_elastic_ ? hold(count) : TP_OK; status != TP_OK) return status;
  const std::size_t old = pool_.worker_count();
  const int status = set_target(count);
  if (status != TP_OK) return status;
  sync_point("workers.resize");
  int rc = 0;
  for (std::size_t i = 0; i < count && rc == 0; ++i)
    if (table_[i].is_awaited && (rc = table_[i].start()) == 0) table_[i].is_awaited = false;
  if (rc != 0) {  // gives up what it would have added
    Lock lock(outside_);
    retarget(old);
    for (std::size_t i = 0; i < table_.size(); ++i)
      if (std::exchange(table_[i].is_awaited, false)) leave(table_[i]);
  }
  cpus_.store(roughly_usable_cpus());
  pool_.finder().sleep().wake_all();  // surplus workers leave
  return status_of(rc);
}

/// From here on the pool does not end before the workers that are about to be started have left.
int Workers::set_target(std::size_t count) noexcept {
  Lock lock(outside_);
  all_stay_ = false;
  const bool goes_on = pool_.taker() && alive_.load();  // what is out may need more
  if (pool_.state() != State::running && !goes_on) return TP_ECLOSED;
  if (pool_.cut_error() && !goes_on) return TP_EINIT;
  retarget(count);
  for (std::size_t i = 0; i < count && !may_be_absent(); ++i) {
    Worker& worker = table_[i];
    if (worker.is_taken) continue;
    worker.is_taken = worker.is_awaited = true;
    alive_.fetch_add(1);
  }
  return TP_OK;
}

void Workers::retarget(std::size_t count) noexcept {
  pool_.set_worker_count(count);
  surplus_ = 0;
  std::size_t absent = 0;
  for (std::size_t i = 0; i < table_.size() && !pool_.is_hosted(); ++i) {
    table_[i].set_surplus(i >= count);
    if (i >= count && table_[i].is_taken) ++surplus_;
    if (i < count && !table_[i].is_taken) ++absent;
  }
  if (is_elastic_) set_absent(absent);
  pool_.change_signs(surplus_ ? Signs::kShrinking : 0, surplus_ ? 0 : Signs::kShrinking);
}

/// Tries as long as the worker is needed, because what was accepted has to run.
void Workers::replace(Worker& lost) {
  pool_.check_drained();
  sync_point("workers.replace");
  while (!left(lost, Leaving::lost)) {
    if (lost.start() == 0) return;
    nap(1'000'000);
  }
}

/// Whether a lost worker needs no successor. outside_ keeps two that are lost at once from relying on each other.
bool Workers::is_spare(const Worker& lost) const noexcept {
  const bool is_last = alive_.load() == 1 && !pool_.totals().drained();
  return may_retire(lost) || (pool_.state() == State::terminated ? !is_last : pool_.over());
}

/// Whether the worker is too many. A terminated pool does not replace lost workers, so there the last one stays.
bool Workers::may_retire(const Worker& worker) const noexcept {
  return worker.is_surplus() && (pool_.state() != State::terminated || alive_.load() > 1);
}

/// A worker without a thread, for a thread that enters; nullptr when there are enough.
Worker* Workers::take_place() noexcept {
  Lock lock(outside_);
  const std::size_t count = pool_.worker_count();
  if (alive_.load() >= count) return nullptr;  // surplus workers count, too
  for (std::size_t i = 0; i < count; ++i) {
    if (table_[i].is_taken) continue;
    sync_point("workers.take_place");
    table_[i].is_taken = true;
    alive_.fetch_add(1);
    return &table_[i];
  }
  return nullptr;
}

bool Workers::left(Worker& worker, Leaving why) {
  bool frees = false;
  sync_point("workers.left");
  {
    Lock lock(outside_);
    const bool is_absent = why != Leaving::for_good && becomes_absent(worker);
    if (why == Leaving::surplus && !is_absent && !may_retire(worker)) return false;
    if (why == Leaving::lost && !is_absent && !is_spare(worker)) return false;
    frees = leave(worker);
  }
  if (frees) pool_.end();
  return true;
}

/// True when the caller has to free the pool.
bool Workers::leave(Worker& worker) noexcept {
  worker.is_taken = worker.is_going = false;  // only the holder of resizing_ changes is_awaited
  if (worker.is_surplus() && --surplus_ == 0) pool_.change_signs(0, Signs::kShrinking);
  alive_.fetch_sub(1);
  if (worker.is_surplus() || pool_.is_hosted()) pool_.blocked().look_again();
  pool_.idle().wake_all();
  return is_abandoned();
}

/// Whether the pool has neither a handle nor workers nor, if threads of the host run its jobs, a job.
bool Workers::is_abandoned() noexcept {
  return orphaned_.load() && alive_.load() == 0 && (!pool_.is_hosted() || pool_.totals().drained());
}

bool Workers::orphan() noexcept {
  Lock lock(outside_);
  sync_point("workers.orphan");
  orphaned_.store(true);
  return is_abandoned();
}

bool Workers::end_outside() noexcept {
  Lock lock(outside_);
  pool_.bump(&Counters::ended, 1);
  pool_.check_drained();
  return pool_.is_hosted() && is_abandoned();
}

int Workers::enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran) {
  if (pool_.over()) return TP_END;
  Worker* const worker = take_place();
  return worker ? worker->enter(dispatch, deadline, ran) : TP_EAGAIN;
}

void Workers::await_hands() noexcept {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const Hands& hands = table_[i].counters();
    sync_point("workers.await_hands");
    if (&hands != this_thread.hands) wait_briefly([&] { return !hands.full.load(); });
  }
}

void Workers::join_threads() noexcept {
  const Uncancelled whole;
  await_resize();
  for (std::size_t i = 0; i < table_.size(); ++i) table_[i].join();
  pool_.timer().stop();
  leavers_.join_all();
  Lock last_touch(outside_);
}

}  // namespace tp::core
