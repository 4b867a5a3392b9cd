// SPDX-License-Identifier: MIT
// Stage 5: a pool: admission, states, and the end; from capi/* and submit/*, to worker/worker.
#include "worker/pool.h"

#include <sched.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/cpus.h"
#include "base/fork.h"
#include "base/kept_errno.h"
#include "base/slab.h"
#include "base/uncancelled.h"
#include "wait/wait.h"
#include "worker/worker.h"

namespace tp::core {

int Pool::create(const tp_pool_options_t& options, Pool*& pool) {
  const KeptErrno errno_stays;  // most machines lack some of the files that this reads
  const Uncancelled whole;
  if (!watch_forks()) return TP_ENOMEM;
  prepare_to_settle();
  tp_pool_options_t known = options;
  if (known.workers == 0) known.workers = usable_cpus();
  auto* const made = new (std::nothrow) Pool(known);
  if (!made) return TP_ENOMEM;
  const int status = made->blocked().ok() ? made->workers_.start() : TP_ENOMEM;
  if (status == TP_OK)
    pool = made;
  else
    delete made;
  return status;
}

Pool::Pool(const tp_pool_options_t& options) noexcept
    : PoolContext(options, waits_), options_(options) {
  blocked().set_threads(workers_.alive(), is_hosted());
  if (options.flags & TP_POOL_MANUAL_CALLBACKS) callbacks().make_manual();
}

/// A pool that was not made may have an error, whose hook may end the thread: that must not leave a destructor.
Pool::~Pool() {
  if (cut_error()) call_elsewhere([this] { drop_broken(); });
}

int Pool::admit(Inlet& inlet, std::size_t items) noexcept {
  const std::uint64_t before = inlet.admitted.load(std::memory_order_relaxed);  // own writes
  publish(inlet.admitted, before + 1);                                          // advance settles
  noise("pool.admit");
  const bool running = state() == State::running;
  if (running && !cut_error()) {
    Tally::add(inlet.items, items);
    return TP_OK;
  }
  noise("pool.refuse");
  inlet.admitted.store(before);
  check_drained();
  return running ? TP_EINIT : TP_ECLOSED;
}

void Pool::advance(State state) noexcept {
  State old = state_.load();
  while (old < state && !state_.compare_exchange_weak(old, state)) {
  }
  if (state == State::terminated) change_signs(Signs::kUnpausable, Signs::kPaused);
  noise("pool.advance");
  settle();
  noise("pool.ending");
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
  noise("pool.terminates");
  advance(State::terminated);
  noise("pool.terminated");
  if (!sweeps) return;
  workers_.await_hands();
  {
    const Finally over([this] { change_signs(0, Signs::kSweeping); });
    finder_.sweep();
  }
  if (is_hosted()) finder_.sweep();  // again: no thread may come to end what was pushed meanwhile
  check_drained();
}

void Pool::break_with(Error* error) {
  // first: a thread that sees the error sees these
  change_signs(Signs::kBroken | Signs::kUnpausable, Signs::kPaused);
  Error* none = nullptr;
  if (!broken_.compare_exchange_strong(none, error)) error->release();
  room().waiters().wake_all();
  finder_.sweep();
}

void Pool::ended() {
  order::release(this);
  if (this_thread.owner == this)
    bump(&Tally::ended, 1);  // rest() and serve() look whether this was the last
  else if (workers_.end_outside())
    end();
}

void Pool::settled(Job& job) noexcept {
  if (job.extras().uses_board) finder_.board().shut(job);
  if (Timing* const timing = job.extras().timing) timer_.remove(*timing);
}

void Pool::check_drained() noexcept {
  if (this_thread.owner == this) {
    Tally::Counter& mine = static_cast<Tally*>(this_thread.hands)->ended;
    mine.store(mine.load(std::memory_order_relaxed));  // seq_cst: precedes the look for waiters
  }
  const bool ends = ending_.load();
  if (!ends && !idle().any()) return;
  const bool is_drained = totals_.drained();
  const std::uint64_t spared = is_drained ? 0 : spared_.load();
  if (!is_drained && (spared == 0 || !totals_.drained(spared))) return;
  noise("pool.over");
  idle().wake_all();
  if (ends && is_drained) finder_.sleep().wake_all();
}

bool Pool::turns_from(Level level) const noexcept {
  if (signs_.is_paused()) return true;
  if (this_thread.owner == this &&
      workers_.roster()[static_cast<std::size_t>(this_thread.index)].is_surplus())
    return true;
  if (!signs_.any(Signs::kLeveled)) return false;
  for (const Level above : {Level::urgent, Level::normal})
    if (above < level && finder_.waits(above)) return true;
  return false;
}

int Pool::resize(std::size_t workers) {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  return workers_.resize(workers ? workers : usable_cpus());
}

/// In a pool without threads, goes on with a job that is left to workers at its end; false when there is none.
bool Pool::run_left() {
  if (!is_hosted()) return false;
  if (Job* const job = finder_.board().next_deferred()) {
    job->go_on();
    return true;
  }
  return callbacks().due() && callbacks().run_due(*this) != 0;
}

/// Waits for what the end of jobs makes true, and meanwhile runs manual callbacks: TP_OK, TP_ETIMEDOUT, TP_EDEADLK.
template <class Condition>
int Pool::wait_serving(Deadline deadline, Wait::Kind kind, Condition condition) {
  const auto due = [&] { return callbacks().due_outside(); };
  const auto left = [&] {
    return is_hosted() && (finder_.board().any_deferred() || callbacks().due());
  };
  for (;;) {
    while ((due() && callbacks().run_due(*this)) || run_left()) {
    }
    timer_.fire_unwatched();
    const Deadline until = timer_.rest_until(deadline);
    const auto told = [&] {
      return condition() || due() || left() || timer_.rest_until(until).ns() < until.ns();
    };
    const int status = wait_for_pool(idle(), {.pool = &blocked()}, kind, until, told);
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
  const auto lifting = lifted(*this, awaits_end);
  const std::size_t mine = Frame::callbacks(this);  // jobs that end only after this has returned
  const auto ended = [&] { return state() != State::running && totals_.drained(mine); };
  const auto due = [&] { return is_nested ? callbacks().has_next() : callbacks().due_outside(); };
  const std::size_t outer = is_nested ? spared_.exchange(mine) : 0;
  const Finally spare([&] {
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

int Pool::join(Deadline deadline, Wait::Kind kind) {
  if (Frame::inside(this)) return TP_EDEADLK;
  if (state() == State::running) return TP_ERUNNING;
  const KeptErrno errno_stays;
  if (!lifted_for_good_.exchange(true)) finder_.lift();
  change_signs(Signs::kUnpausable, Signs::kPaused);
  // every worker has left, or none will come
  const auto is_gone = [&] { return workers_.alive().load() == 0 && (!is_hosted() || over()); };
  const int status = wait_serving(deadline, kind, is_gone);
  if (status != TP_OK) return status;
  noise("pool.join");
  Lock lock(joining_);
  if (!joined_.load()) workers_.join_threads();
  stop_trace();
  joined_.store(true);
  slab_trim();
  return TP_OK;
}

int Pool::wait_idle(Deadline deadline) {
  if (Frame::inside(this)) return TP_EDEADLK;
  const auto lifting = lifted(*this, !deadline.is_poll());
  const int status = wait_serving(deadline, Wait::checked, [&] { return totals_.idles(); });
  if (status == TP_OK) slab_trim();
  return status;
}

void Pool::destroy() {
  terminate();
  if (!Frame::inside(this)) {
    join(Deadline::never(), Wait::must_not_return);
    return end();
  }
  callbacks().make_automatic();
  notify();
  if (workers_.orphan()) end();
}

void Pool::stats(tp_pool_stats_t& stats) const noexcept {
  const State now = state();
  const bool is_broken = cut_error() && now != State::terminated;
  stats.state = joined_.load() ? 3 : is_broken ? 4 : std::uint64_t(now);
  stats.workers = workers_.alive().load();
  stats.busy = totals_.busy();
  const std::uint64_t plain = totals_.of(&Tally::plain);
  stats.completed = totals_.of(&Tally::completed) + plain;
  stats.failed = totals_.of(&Tally::failed);
  stats.cancelled = totals_.of(&Tally::cancelled);
  stats.items = totals_.of(&Tally::items) + plain;
  stats.running = totals_.of(&Tally::running);
  stats.steals = totals_.of(&Tally::steals);
  stats.parks = totals_.of(&Tally::parks);
  stats.callbacks = totals_.of(&Tally::callbacks);
  stats.paused = signs_.any(Signs::kPaused);
  stats.timed_out = totals_.of(&Tally::timed_out);
  const std::uint64_t over = stats.items + totals_.of(&Tally::cut) + stats.running;
  stats.submitted = std::max(totals_.accepted(), stats.completed);
  const std::uint64_t known = totals_.of(&Inlet::items) + totals_.of(&Tally::pulled);
  stats.queued = known > over ? known - over : 0;
}

void Pool::end() {
  const KeptErrno errno_stays;
  workers_.join_threads();
  order::acquire(this);
  stop_trace();
  noise("pool.end");
  for (Inlet* inlet = finder_.first_inlet(); inlet; inlet = inlet->next)
    while (inlet->inside.load()) sched_yield();  // a call whose job is over is about to return
  finder_.sweep();                               // entries of jobs that are over
  if (!Frame::inside(this)) {                    // no report runs from here on
    reports_stopped_.store(true);
    wait_until(idle(), Deadline::never(), [&] { return reports_running_.load() == 0; });
  }
  const Finally rest([this] { release(); });
  const Finally arg([this] { call_hook(options_.arg_drop, options_.arg); });
  call_in_turn([this] { return drop_broken(); });
}

void Pool::report(const Error& error) {
  reports_running_.fetch_add(1);
  const Finally rest([this] {
    noise("pool.report");
    reports_running_.fetch_sub(1);
    idle().wake_all();
  });
  if (!options_.unobserved || reports_stopped_.load()) return;
  call_in_turn([&, told = false]() mutable {
    if (std::exchange(told, true)) return false;
    Frame frame(Frame::Kind::hook, this, nullptr);
    call_user(frame, [&] { options_.unobserved(options_.arg, to_handle(error)); });
    return false;
  });
}

}  // namespace tp::core
