// SPDX-License-Identifier: MIT
// Stage 5: a pool: admission, states, and the end; from capi/* and submit/*, to worker/worker.
#include "worker/pool.h"

#include <sched.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/cpus.h"
#include "base/fork.h"
#include "base/scope_guards.h"
#include "base/slab.h"
#include "base/thread.h"
#include "wait/wait.h"
#include "worker/worker.h"

namespace tp::core {

int Pool::create(const tp_pool_options_t& options, Pool*& pool, Taker* taker) {
  const KeptErrno errno_stays;  // most machines lack some of the files that this reads
  const Uncancelled whole;
  if (!watch_forks()) return TP_ENOMEM;
  prepare_heavy_fence();
  tp_pool_options_t known = options;
  if (known.workers == 0) known.workers = usable_cpus();
  auto* const made = new (std::nothrow) Pool(known, taker);
  if (!made) return TP_ENOMEM;
  const int status = made->blocked().ok() ? made->workers_.start() : TP_ENOMEM;
  if (status == TP_OK)
    pool = made;
  else
    delete made;
  return status;
}

Pool::Pool(const tp_pool_options_t& options, Taker* taker) noexcept
    : PoolContext(options, waits_, taker), options_(options) {
  blocked().set_threads(workers_.alive(), is_hosted());
  if (options.flags & TP_POOL_MANUAL_CALLBACKS) callbacks().make_manual();
}

/// A pool that was not made may have an error, whose hook may end the thread: that must not leave a destructor.
Pool::~Pool() {
  if (cut_error()) call_elsewhere([this] { drop_broken(); });
}

/// Whether a job that is counted may be accepted.
int Pool::ask(bool needs_thread) noexcept {
  if (state() != State::running) return TP_ECLOSED;
  if (cut_error()) return TP_EINIT;
  return needs_thread && is_vacant() ? workers_.come() : TP_OK;
}

int Pool::refuse(Producer& producer, std::uint64_t admitted_before, int status) noexcept {
  sync_point("pool.refuse");
  producer.admitted.store(admitted_before);
  check_drained();
  return status;
}

void Pool::withdraw(Producer& producer, std::size_t items) noexcept {
  Counters::add(producer.items, 0 - std::uint64_t{items});
  refuse(producer, producer.admitted.load(std::memory_order_relaxed) - 1, TP_OK);  // own writes
}

void Pool::advance(State state) noexcept {
  std::uint32_t old = state_.load();
  const auto to = static_cast<std::uint32_t>(state);
  while ((old & kStates) < to && !state_.compare_exchange_weak(old, (old & kVacant) | to)) {
  }
  if (state == State::terminated) lift_pauses();
  sync_point("pool.advance");
  heavy_fence();
  sync_point("pool.ending");
  ending_.store(true);
  room().waiters().wake_all();
  check_drained();
}

/// The first thread that calls this sweeps.
void Pool::terminate() {
  if (state() == State::terminated) return;
  // first: a worker that sees the state sees these
  const bool sweeps = signs_.set_unless(Signs::kTerminated | Signs::kSweeping, Signs::kTerminated);
  if (sweeps) sweeper_.store(&this_parker());
  sync_point("pool.terminates");
  advance(State::terminated);
  sync_point("pool.terminated");
  if (!sweeps) return;
  workers_.await_hands();
  {
    const ScopeExit over([this] { change_signs(0, Signs::kSweeping); });
    finder_.sweep();
  }
  if (is_hosted()) finder_.sweep();  // again: no thread may come to end what was pushed meanwhile
  check_drained();
}

void Pool::break_with(Error* error) {
  // first: a thread that sees the error sees these
  change_signs(Signs::kBroken, 0);
  lift_pauses();
  Error* none = nullptr;
  if (!broken_.compare_exchange_strong(none, error)) error->release();
  room().waiters().wake_all();
  finder_.sweep();
}

void Pool::post(Posted& posted) noexcept {
  retain();  // a worker may end the pool before this is over
  inbox().add(posted);
  sync_point("pool.posted");
  finder_.sleep().notify();
  release();
}

void Pool::ended() {
  order::release(this);
  if (this_thread.pool == this)
    bump(&Counters::ended, 1);  // rest() and serve() look whether this was the last
  else if (workers_.end_outside())
    end();
}

void Pool::settled(Job& job) noexcept {
  if (job.extras().may_open) finder_.open_jobs().shut(job);
  for (JobDeadline* const each : {job.extras().job_deadline, job.extras().job_start})
    if (each) timer_.remove(*each);
}

void Pool::check_drained() noexcept {
  if (this_thread.pool == this) {
    Counters::Counter& mine = static_cast<Counters*>(this_thread.hands)->ended;
    mine.store(mine.load(std::memory_order_relaxed));  // seq_cst: precedes the look for waiters
  }
  const bool ends = ending_.load();
  if (!ends && !idle().any()) return;
  const bool is_drained = totals_.drained();
  const std::uint64_t spared = is_drained ? 0 : spared_.load();
  if (!is_drained && (spared == 0 || !totals_.drained(spared))) return;
  sync_point("pool.over");
  idle().wake_all();
  if (ends && is_drained) finder_.sleep().wake_all();
}

bool Pool::turns_from(Priority priority) const noexcept {
  if (signs_.is_paused()) return true;
  if (this_thread.pool == this &&
      workers_.table()[static_cast<std::size_t>(this_thread.index)].is_surplus())
    return true;
  if (!signs_.any(Signs::kPrioritized)) return false;
  for (const Priority above : {Priority::urgent, Priority::normal})
    if (above < priority && finder_.waits(above)) return true;
  return false;
}

int Pool::resize(std::size_t workers) {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  const int status = workers_.resize(workers ? workers : usable_cpus());
  if (status != TP_OK || !workers_.may_be_absent()) return status;
  heavy_fence();  // what was published before has not seen the workers that are new and have no thread
  notify();
  return status;
}

bool Pool::run_due_outside() {
  if (callbacks().due_outside() && callbacks().run_due(*this)) return true;
  if (!is_hosted()) return false;
  if (Job* const job = deferred().next()) {
    job->go_on();
    return true;
  }
  return callbacks().due() && callbacks().run_due(*this) != 0;
}

/// Waits for what the end of jobs makes true, and meanwhile runs manual callbacks: TP_OK, TP_ETIMEDOUT, TP_EDEADLK.
template <class Condition>
int Pool::wait_serving(Deadline deadline, Wait::Kind kind, Condition condition) {
  for (;;) {
    while (run_due_outside()) {
    }
    timer_.fire_unwatched();
    const Deadline until = timer_.rest_until(deadline);
    const auto told = [&] {
      return condition() || has_due_outside() || timer_.rest_until(until).ns() < until.ns();
    };
    const int status = wait_for_pool(idle(), {.pool = &blocked()}, kind, until, told);
    if (condition()) return TP_OK;
    if (status == TP_EDEADLK) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
  }
}

int Pool::run_callbacks(Deadline deadline, std::size_t& ran) {
  ran = 0;
  const CallScope* const inner = CallScope::innermost(this);
  const bool is_nested = inner && inner->kind() == CallScope::Kind::callback;
  if (this_thread.pool == this || runs_taken_from(this) || (inner && !is_nested) ||
      (is_nested && !has_stack()))
    return TP_EDEADLK;
  const bool awaits_end = state() != State::running && !deadline.is_poll();
  const auto lifting = lifted(*this, awaits_end);
  // jobs that end only after this has returned
  const std::size_t mine = CallScope::callbacks(this);
  const auto ended = [&] { return state() != State::running && totals_.drained(mine); };
  const auto due = [&] { return is_nested ? callbacks().has_next() : callbacks().due_outside(); };
  const std::size_t outer = is_nested ? spared_.exchange(mine) : 0;
  const ScopeExit spare([&] {
    if (is_nested) spared_.store(outer);
  });
  do {  // another thread may take what is due
    timer_.fire_unwatched();
    const Deadline until = timer_.rest_until(deadline);
    const auto told = [&] {
      return due() || ended() || timer_.rest_until(until).ns() < until.ns();
    };
    wait_until(idle(), until, told);
    if (!is_nested) ran = callbacks().run_due(*this);
    while (is_nested && callbacks().run_nested()) ++ran;
    if (ran) return TP_OK;
    if (ended()) return TP_END;
  } while (!deadline.passed());
  return deadline.is_poll() ? TP_OK : TP_ETIMEDOUT;
}

/// From here on neither a pause nor the window of an unread stream keeps the pool from its end.
void Pool::let_end() noexcept {
  if (!lifted_for_good_.exchange(true)) finder_.lift();
  lift_pauses();
}

void Pool::lift_pauses() noexcept {
  change_signs(Signs::kUnpausable, Signs::kPaused);
  groups().resume_all();
}

int Pool::join(Deadline deadline, Wait::Kind kind) {
  if (CallScope::inside(this)) return TP_EDEADLK;
  if (state() == State::running) return TP_ERUNNING;
  const KeptErrno errno_stays;
  let_end();
  // every worker has left, or none will come
  const auto is_gone = [&] {
    return workers_.alive().load() == 0 && (!workers_.may_be_absent() || over());
  };
  const int status = wait_serving(deadline, kind, is_gone);
  if (status != TP_OK) return status;
  sync_point("pool.join");
  if (taker()) {
    const Uncancelled whole;
    if (const int left = taker()->leave(taker()->ctx, deadline); left != TP_OK) return left;
  }
  Lock lock(joining_);
  if (!joined_.load()) workers_.join_threads();
  stop_trace();
  joined_.store(true);
  slab_trim();
  return TP_OK;
}

int Pool::wait_idle(Deadline deadline) {
  if (CallScope::inside(this)) return TP_EDEADLK;
  const auto lifting = lifted(*this, !deadline.is_poll());
  const int status = wait_serving(deadline, Wait::checked, [&] { return totals_.idles(); });
  if (status == TP_OK) slab_trim();
  return status;
}

/// In a pool without threads: the calling thread runs what is left, unless enough others do.
void Pool::serve(Deadline deadline) {
  const auto may_enter = [this] { return over() || workers_.alive().load() < worker_count(); };
  std::size_t ran = 0;
  while (workers_.enter(nullptr, deadline, ran) == TP_EAGAIN &&
         wait_until(idle(), deadline, may_enter)) {
  }
}

int Pool::destroy(Deadline deadline) {
  const bool drains = options_.flags & TP_POOL_DRAIN;
  drains ? close() : terminate();
  let_end();
  int status = TP_OK;
  if (!CallScope::inside(this)) {
    if (drains && is_hosted()) serve(deadline);
    status = join(deadline, Wait::must_not_return);
    if (status == TP_OK) {
      end();
      return status;
    }
  }
  callbacks().make_automatic();
  notify();
  unblock_any();
  if (!workers_.orphan()) return status;
  if (status != TP_OK && taker()) return end_apart(), status;
  end();
  return TP_OK;
}

/// Only the taker is left, for which nobody wanted to wait: a thread of its own does.
void Pool::end_apart() {
  const auto end = [](void* pool) -> void* { return static_cast<Pool*>(pool)->end(), nullptr; };
  const SignalMask masked(signals_of_others());
  pthread_t thread;
  if (pthread_create(&thread, nullptr, end, this) != 0) return this->end();
  pthread_detach(thread);
}

void Pool::stats(tp_pool_stats_t& stats) const noexcept {
  const State now = state();
  const bool is_joined =
      joined_.load();  // then all is over, but a submit may count itself before it is refused
  const bool is_broken = cut_error() && now != State::terminated;
  stats.state = is_joined ? 3 : is_broken ? 4 : std::uint64_t(now);
  stats.workers = workers_.alive().load();
  stats.busy = totals_.busy();
  if (taker()) stats.workers = is_joined ? 0 : taker()->workers.load();
  const std::uint64_t plain = totals_.of(&Counters::plain);
  stats.completed = totals_.of(&Counters::completed) + plain;
  stats.failed = totals_.of(&Counters::failed);
  stats.cancelled = totals_.of(&Counters::cancelled);
  stats.items = totals_.of(&Counters::items) + plain;
  stats.running = totals_.of(&Counters::running);
  stats.steals = totals_.of(&Counters::steals);
  stats.parks = totals_.of(&Counters::parks);
  stats.callbacks = totals_.of(&Counters::callbacks);
  stats.paused = signs_.any(Signs::kPaused);
  stats.timed_out = totals_.of(&Counters::timed_out);
  const std::uint64_t over = stats.items + totals_.of(&Counters::cut) + stats.running;
  stats.submitted = is_joined ? stats.completed : std::max(totals_.accepted(), stats.completed);
  const std::uint64_t known = totals_.of(&Producer::items) + totals_.of(&Counters::pulled);
  stats.queued = known > over ? known - over : 0;
  stats.items += totals_.of(&Spawner::calls);  // which were never queued
  stats.running += totals_.of(&Spawner::taken);
  if (taker()) stats.busy = std::min<std::uint64_t>(taken_.load(), stats.workers);
}

void Pool::end() {
  const KeptErrno errno_stays;
  workers_.join_threads();
  order::acquire(this);
  stop_trace();
  sync_point("pool.end");
  for (Producer* producer = finder_.first_producer(); producer; producer = producer->next)
    while (producer->inside.load()) sched_yield();  // a call whose job is over is about to return
  finder_.sweep();                                  // queued tasks of jobs that are over
  groups().clear();
  if (!CallScope::inside(this)) {  // no report runs from here on
    reports_stopped_.store(true);
    wait_until(idle(), Deadline::never(), [&] { return reports_running_.load() == 0; });
  }
  const ScopeExit rest([this] { release(); });
  const ScopeExit arg([this] { call_hook(options_.arg_drop, options_.arg); });
  const ScopeExit taken([this] {  // workers of the taker may still use the argument
    const Uncancelled whole;
    if (checks()) checks()->drop(checks()->ctx);
  });
  call_in_turn([this] { return drop_broken(); });
}

void Pool::report(const Error& error) {
  reports_running_.fetch_add(1);
  const ScopeExit rest([this] {
    sync_point("pool.report");
    reports_running_.fetch_sub(1);
    idle().wake_all();
  });
  if (!options_.unobserved || reports_stopped_.load()) return;
  call_in_turn([&, told = false]() mutable {
    if (std::exchange(told, true)) return false;
    CallScope scope(CallScope::Kind::hook, this, nullptr);
    call_user(scope, [&] { options_.unobserved(options_.arg, to_handle(error)); });
    return false;
  });
}

}  // namespace tp::core
