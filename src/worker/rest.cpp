// SPDX-License-Identifier: MIT
// Stage 5: what a worker does when it finds nothing to do; from worker/worker, to worker/sleep.
#include <sched.h>

#include <csignal>

#include <utility>

#include "base/spin.h"
#include "base/sync_point.h"
#include "trace/traced.h"
#include "worker/worker.h"

namespace tp::core {
namespace {

constexpr unsigned kFew = 8;  // turns with work between two sleeps, or such sleeps in a row

}  // namespace

/// Where workers have much to do between two sleeps, the sleepers pay for the order.
void Worker::note_work() noexcept {
  has_worked_ = true;
  if (++turns_ < kFew) return;
  idle_sleeps_ = 0;
  pool_->finder().sleep().let_submitters_pay(false);
}

/// A thread that has waited for the job that this worker has just ended may submit the next one at once. Nobody is
/// woken for that until this worker has looked: to wake a thread takes long, and it would take the CPU of one of the
/// two. A host's thread may run hooks of jobs that are due before it looks (Timer::fire_unwatched), so it does not.
void Worker::stay_near() noexcept {
  if (has_flight_ || pool_->is_hosted() || local_queue_.size()) return;
  if (!spins_.pays() || !may_spin()) return;
  Sleep& sleep = pool_->finder().sleep();
  has_flight_ = sleep.count() && sleep.take_flight();
}

/// Gives up the flight. REQUIRES: a look for work.
void Worker::land() noexcept {
  if (!std::exchange(has_flight_, false)) return;
  sync_point("worker.land");
  pool_->finder().sleep().land();
  woken_ = true;  // a thread that submitted meanwhile has woken nobody
}

void Worker::rest(Deadline deadline) {
  claims_.found_nothing();
  pool_->check_drained();
  Timer& timer = pool_->timer();
  if (timer.is_engaged()) {
    land();
    modes_.restore();
    timer.fire();
  }
  if (pool_->over() || pool_->finder().any_spawned()) return;  // a thief was quicker to look there
  const bool has_worked = std::exchange(has_worked_, false);
  if (has_worked) idle_until_ = pool_->workers().idle_deadline();
  const bool spins =
      has_worked && spins_.pays() && may_spin() && pool_->finder().sleep().start_searching();
  if (spins && spin()) return;
  land();
  if (has_worked && linger()) return;
  const std::uint64_t slept_ns = sleep(Deadline::earlier(deadline, idle_until_));
  if (has_worked && slept_ns) spins_.slept(spins, slept_ns);
  if (sleeper_.team) join_team();
}

/// Whether a CPU is free to look for work, as far as the pool knows.
bool Worker::may_spin() const noexcept {
  const Workers& workers = pool_->workers();
  return workers.alive().load() - pool_->finder().sleep().count() <= workers.cpus();
}

/// Looks for work a little longer before it sleeps. One worker at a time does.
bool Worker::spin() noexcept {
  Sleep& sleep = pool_->finder().sleep();
  const auto look = [&] {
    if (!has_flight_) has_flight_ = sleep.take_flight();
    return pool_->finder().has_work();
  };
  const int pauses = claims_.has_many() ? 16 : 1;  // lets quick tasks gather
  const bool found = core::spin(pauses, look, spins_.length_ns());
  if (found) spins_.found();
  sync_point("worker.stop_searching");
  sleep.stop_searching();
  land();
  return found;
}

/// Where many quick tasks come, lets other threads go first a few times before it sleeps: to wake it costs the
/// submitter more than some of these tasks.
bool Worker::linger() noexcept {
  constexpr int kTimes = 16;
  if (!claims_.is_quick() || (turns_ < kFew && !claims_.has_many())) return false;
  for (int i = 0; i < kTimes; ++i) {
    if (pool_->finder().has_work()) return true;
    sched_yield();
  }
  return false;
}

/// Returns how many nanoseconds it slept until a submitter woke it: 0 when there was work after all, kForever when
/// something else ended its sleep.
std::uint64_t Worker::sleep(Deadline deadline) {
  if (!pool_->is_hosted()) pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  Sleep& sleep = pool_->finder().sleep();
  const unsigned turns =
      std::exchange(turns_, 0);  // none: it was woken in vain, which says nothing
  if (turns >= kFew)
    idle_sleeps_ = 0;
  else if (turns && ++idle_sleeps_ >= kFew)
    sleep.let_submitters_pay(true);
  Parker& parker = this_parker();
  sleeper_.parker = &parker;
  sleep.announce(sleeper_);
  sync_point("worker.announced");
  std::uint64_t slept_ns = 0;
  if (!pool_->finder().has_work() && !pool_->over() && !retires()) {
    pool_->bump(&Counters::parks, 1);
    sync_point("worker.park");
    const Traced<Point::sleep> traced(*pool_, nullptr, JobKind::unknown);
    Timer& timer = pool_->timer();
    const Deadline until = timer.rest_until(deadline);
    const std::uint64_t before = now_ns();
    parker.park(timer.is_engaged() ? Deadline::earlier(until, timer.next()) : until);
    slept_ns = now_ns() - before;
  }
  sync_point("worker.retire");
  const bool is_woken = sleep.retire(sleeper_);
  if (is_woken) woken_ = true;  // else it may still be, from spin
  return slept_ns && !is_woken ? SpinHistory::kForever : slept_ns;
}

}  // namespace tp::core
