// SPDX-License-Identifier: MIT
// Stage 3: a pool's states and its end; from capi/*, to worker/crew.
#include "submit/pool.h"

#include <algorithm>
#include <new>

#include "base/cpus.h"
#include "base/dekker.h"
#include "base/fork.h"
#include "base/kept_errno.h"
#include "base/noise.h"
#include "base/slab.h"
#include "base/uncancelled.h"
#include "tpool/submit.h"
#include "wait/wait.h"

namespace tp::core {

int Pool::create(const tp_pool_options_t& options, Pool*& pool) {
  const KeptErrno errno_stays;  // most machines lack some of the files that are looked at
  const Uncancelled whole;
  if (!watch_forks()) return TP_ENOMEM;
  prepare_to_settle();
  CrewOptions crew{options.workers,   options.initializer,
                   options.finalizer, options.arg,
                   options.name,      options.unobserved,
                   options.arg_drop,  (options.flags & TP_POOL_NO_THREADS) != 0,
                   options.cpus,      options.n_cpus,
                   options.nice,      (options.flags & TP_POOL_KEEP_SIGNALS) != 0};
  if (crew.workers == 0) crew.workers = usable_cpus();
  auto* const made = new (std::nothrow) Pool(crew);
  if (!made) return TP_ENOMEM;
  if (!made->blocked().ok()) return delete made, TP_ENOMEM;
  made->caller_helps_ = options.flags & TP_POOL_CALLER_HELPS;
  made->reports_ = options.unobserved != nullptr;
  if (options.flags & TP_POOL_MANUAL_CALLBACKS) made->callbacks().make_manual();
  made->max_pending_ = options.max_pending;
  made->bounded_ = options.max_pending != 0;
  const int status = made->start();
  if (status == TP_OK)
    pool = made;
  else
    delete made;
  return status;
}

int Pool::resize(std::size_t workers) {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  return Crew::resize(workers ? workers : usable_cpus());
}

void Pool::terminate() {
  if (state() == State::terminated) return;
  const bool sweeps = begin_sweep();  // first: a worker that sees the state sees this
  noise("pool.terminates");
  advance(State::terminated);
  noise("pool.terminated");
  if (!sweeps) return;
  await_hands();
  {
    const Finally over([this] { end_sweep(); });
    sweep();
  }
  if (is_hosted()) sweep();  // what was pushed meanwhile: maybe nobody comes to end it
  check_drained();
}

/// Goes on with what is at its end and left to workers, where none may come; false when there is none.
bool Pool::run_left() {
  if (!is_hosted()) return false;
  if (Job* const job = board().next_deferred()) return job->go_on(), true;
  return callbacks().due() && callbacks().run_due(*this) != 0;
}

/// Waits for a condition that the end of jobs makes true; meanwhile runs manual callbacks. TP_OK,
/// TP_ETIMEDOUT, TP_EDEADLK.
template <class Condition>
int Pool::wait_serving(Deadline deadline, Wait::Kind kind, Condition condition) {
  const auto due = [&] { return callbacks().due_outside(); };
  const auto left = [&] { return is_hosted() && (board().any_deferred() || callbacks().due()); };
  for (;;) {
    while ((due() && callbacks().run_due(*this)) || run_left()) {
    }
    watch_deadlines();
    const Deadline until = rest_until(deadline);
    const auto told = [&] {
      return condition() || due() || left() || rest_until(until).ns() < until.ns();
    };
    const int status = wait_for_pool(idle(), Awaited(blocked()), kind, until, told);
    if (condition()) return TP_OK;
    if (status == TP_EDEADLK) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
  }
}

int Pool::run_callbacks(Deadline deadline, std::size_t& ran) {
  ran = 0;
  if (!callbacks().is_manual()) return TP_EINVAL;
  const Frame* const inner = Frame::innermost(this);
  const bool is_nested = inner && inner->kind() == Frame::Kind::callback;
  if (this_thread.owner == this || (inner && !is_nested) || (is_nested && !has_stack()))
    return TP_EDEADLK;
  const bool awaits_end = state() != State::running && !deadline.is_poll();
  const Lifting lifting(*this, awaits_end);
  const std::size_t mine = Frame::callbacks(this);  // jobs that end when this thread has returned
  const auto ended = [&] { return state() != State::running && drained(mine); };
  const auto due = [&] { return is_nested ? callbacks().has_next() : callbacks().due_outside(); };
  const std::size_t outer = is_nested ? spared_.exchange(mine) : 0;
  const Finally spare([&] {
    if (is_nested) spared_.store(outer);
  });
  do {  // what was due may have been taken by another
    watch_deadlines();
    const Deadline until = rest_until(deadline);
    const auto told = [&] { return due() || ended() || rest_until(until).ns() < until.ns(); };
    wait_until(idle(), until, told);
    if (!is_nested) ran = callbacks().run_due(*this);
    while (is_nested && callbacks().run_nested()) ++ran;
    if (ran) return TP_OK;
    if (ended()) return TP_END;
  } while (!deadline.passed());
  return deadline.is_poll() ? TP_OK : TP_ETIMEDOUT;
}

int Pool::join(Deadline deadline, Wait::Kind kind) {
  if (Frame::inside(this)) return TP_EDEADLK;
  if (state() == State::running) return TP_ERUNNING;
  lift_for_good();
  end_pauses();
  const int status = wait_serving(deadline, kind, [&] { return gone(); });
  if (status != TP_OK) return status;
  noise("pool.join");
  Lock lock(joining_);
  if (!joined_.load()) join_threads();
  end_trace();
  joined_.store(true);
  slab_trim();
  return TP_OK;
}

int Pool::wait_idle(Deadline deadline) {
  if (Frame::inside(this)) return TP_EDEADLK;
  const Lifting lifting(*this, !deadline.is_poll());
  const int status = wait_serving(deadline, Wait::checked, [&] { return idles(); });
  if (status == TP_OK) slab_trim();
  return status;
}

void Pool::destroy() {
  if (Frame::inside(this)) {
    terminate();
    if (orphan()) end();
    return;
  }
  terminate();
  join(Deadline::never(), Wait::must_not_return);
  end();
}

void Pool::stats(tp_pool_stats_t& stats) const noexcept {
  const State now = state();
  stats.state = joined_.load() ? 3 : broken() && now != State::terminated ? 4 : std::uint64_t(now);
  stats.workers = alive();
  stats.busy = busy();
  const std::uint64_t plain = sum(&Tally::plain);
  stats.completed = sum(&Tally::completed) + plain;
  stats.failed = sum(&Tally::failed);
  stats.cancelled = sum(&Tally::cancelled);
  stats.items = sum(&Tally::items) + plain;
  stats.running = sum(&Tally::running);
  stats.steals = sum(&Tally::steals);
  stats.parks = sum(&Tally::parks);
  stats.callbacks = sum(&Tally::callbacks);
  stats.paused = (signs_.load() & kPaused) != 0;
  stats.timed_out = sum(&Tally::timed_out);
  const std::uint64_t over = stats.items + sum(&Tally::cut) + stats.running;
  stats.submitted = std::max(accepted(), stats.completed);
  const std::uint64_t known = known_items();
  stats.queued = known > over ? known - over : 0;
}

/// Takes room for one job. The pool's own threads never wait: what they wait for could be their own. Nor
/// does what follows from accepted work: what has no room could end only after that.
int Pool::wait_for_room(std::uint32_t flags, Deadline deadline) {
  if ((flags & TP_JOB_UNBOUNDED) || Frame::inside(this)) {
    pending_.fetch_add(1);
    return TP_OK;
  }
  bool took = false;
  const auto may_go = [&] { return (took = take_room()) || state() != State::running || broken(); };
  const bool try_only = flags & TP_JOB_TRY;
  const int status = wait_for_pool(room_, {blocked(), pending_}, Wait::checked,
                                   try_only ? Deadline::in(0) : deadline, may_go);
  if (status != TP_OK) return try_only ? TP_EAGAIN : status;
  noise("pool.room");
  if (!took) pending_.fetch_add(1);  // about to be refused
  return TP_OK;
}

bool Pool::take_room() noexcept {
  std::size_t pending = pending_.load();
  while (pending < max_pending_)
    if (pending_.compare_exchange_weak(pending, pending + 1)) return true;
  return false;
}

void Pool::made_room(bool job_over) noexcept {
  if (!bounded_) return;
  if (job_over) pending_.fetch_sub(1);
  room_.wake_all();
}

}  // namespace tp::core
