// SPDX-License-Identifier: MIT
// Stage 5: which threads are a crew's workers, and how many; from worker/crew, to worker/worker.
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/fork.h"
#include "base/noise.h"
#include "base/thread.h"
#include "base/uncancelled.h"
#include "worker/crew.h"
#include "worker/worker.h"

namespace tp::core {
namespace {

int start_patiently(Worker& worker) noexcept {
  return core::start_patiently([&] { return worker.start(); });
}

/// In the child of a fork: its one thread is no worker and runs no task, and what was locked then stays
/// so. A child of a task gets the signals that its program would have without the pool, unless the task
/// has a mask of its own.
void be_no_worker() noexcept {
  const Identity worker = this_thread.become({});
  Frame::forget();
  if (!worker.owner) return;
  const auto& crew = *static_cast<const Crew*>(worker.owner);
  const auto index = static_cast<std::size_t>(worker.index);
  if (crew.is_hosted()) return;
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  if (has_same_signals(now, crew.roster()[index].signals()))
    pthread_sigmask(SIG_SETMASK, &crew.placement().creators_signals(), nullptr);
}

int status_of(int rc) noexcept { return rc == ENOMEM ? TP_ENOMEM : TP_EAGAIN; }

}  // namespace

int Crew::start() {
  const std::size_t count = workers();  // an initializer may already change it
  std::strncpy(name_, options_.name ? options_.name : "tpool", sizeof name_ - 1);
  on_fork_child(be_no_worker);
  if (options_.keeps_signals) placement_.keep_signals();
  const int placed = placement_.set(options_.cpus, options_.n_cpus, options_.nice);
  if (placed != TP_OK) return placed;
  if (!roster_.grow(*this, count)) return TP_ENOMEM;
  if (count == 1 && !(shared_inlet_ = make_inlet(true))) return TP_ENOMEM;
  update_may_spin();
  blocked().set_workers(count);
  if (is_hosted()) return TP_OK;
  alive_.store(count);
  for (std::size_t i = 0; i < count; ++i) roster_[i].is_taken = true;
  for (std::size_t i = 0; i < count; ++i) {
    const int rc = start_patiently(roster_[i]);
    if (rc == 0) continue;
    alive_.fetch_sub(count - i);
    advance(State::terminated);
    join_threads();
    return status_of(rc);
  }
  return TP_OK;
}

void Crew::update_may_spin() noexcept { may_spin_.store(workers() <= roughly_usable_cpus()); }

/// New threads wait for the end of this (await_resize), so that none has run anything if the next
/// one is refused.
int Crew::resize(std::size_t count) {
  Lock one_at_a_time(resizing_);
  if (!roster_.grow(*this, count)) return TP_ENOMEM;
  const std::size_t old = workers();
  const int status = set_target(count);
  if (status != TP_OK) return status;
  noise("crew.resize");
  const int rc = start_awaited(count);
  if (rc != 0) give_up_growth(old);
  update_may_spin();
  sleep_.wake_all();  // those that are too many leave
  return rc == 0 ? TP_OK : status_of(rc);
}

/// From here on the pool does not end before the threads that are to be started have left.
int Crew::set_target(std::size_t count) noexcept {
  Lock lock(outside_);
  if (state() != State::running) return TP_ECLOSED;
  if (broken()) return TP_EINIT;
  retarget(count);
  for (std::size_t i = 0; i < count && !is_hosted(); ++i) {
    Worker& worker = roster_[i];
    if (worker.is_taken) continue;
    worker.is_taken = worker.is_awaited = true;
    alive_.fetch_add(1);
  }
  return TP_OK;
}

void Crew::retarget(std::size_t count) noexcept {
  target_.store(count);
  surplus_ = 0;
  for (std::size_t i = 0; i < roster_.size() && !is_hosted(); ++i) {
    roster_[i].set_surplus(i >= count);
    if (i >= count && roster_[i].is_taken) ++surplus_;
  }
  set_signs(surplus_ ? kShrinking : 0, surplus_ ? 0 : kShrinking);
  blocked().set_workers(count);
}

int Crew::start_awaited(std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (!roster_[i].is_awaited) continue;
    if (const int rc = start_patiently(roster_[i]); rc != 0) return rc;
    roster_[i].is_awaited = false;
  }
  return 0;
}

void Crew::give_up_growth(std::size_t count) noexcept {
  Lock lock(outside_);
  retarget(count);
  for (std::size_t i = 0; i < roster_.size(); ++i)
    if (std::exchange(roster_[i].is_awaited, false)) leave(roster_[i]);
}

/// Tries for as long as the worker is needed: what was accepted has to run.
void Crew::replace(Worker& lost) {
  check_drained();
  noise("crew.replace");
  while (!left_unless_needed(lost)) {
    if (start_patiently(lost) == 0) return;
    nap(1'000'000);
  }
}

/// Leaves, unless a successor has to be started: two that are lost at once must not both think that
/// the other stays.
bool Crew::left_unless_needed(Worker& lost) {
  bool frees = false;
  {
    Lock lock(outside_);
    const bool is_last = alive() == 1 && !drained();
    if (!may_retire(lost) && (state() == State::terminated ? is_last : !over())) return false;
    frees = leave(lost);
  }
  if (frees) end();
  return true;
}

/// Whether there are more workers than there should be. In a terminated pool those that are lost
/// are not replaced, so that nobody is too many.
bool Crew::may_retire(const Worker& worker) const noexcept {
  return worker.is_surplus() && (state() != State::terminated || alive() > 1);
}

/// A worker that no thread has entered as; nullptr when there are as many as there should be.
Worker* Crew::take_place() noexcept {
  Lock lock(outside_);
  if (alive() >= workers()) return nullptr;  // also those that have to leave
  for (std::size_t i = 0; i < workers(); ++i) {
    if (roster_[i].is_taken) continue;
    noise("crew.take_place");
    roster_[i].is_taken = true;
    alive_.fetch_add(1);
    return &roster_[i];
  }
  return nullptr;
}

bool Crew::left(Worker& worker, bool for_good) {
  bool frees = false;
  noise("crew.left");
  {
    Lock lock(outside_);
    if (!for_good && !may_retire(worker)) return false;
    frees = leave(worker);
  }
  if (frees) end();
  return true;
}

/// True when the caller has to free the pool. REQUIRES: outside_ is held.
bool Crew::leave(Worker& worker) noexcept {
  worker.is_taken = false;  // is_awaited is for who holds resizing_
  if (worker.is_surplus() && --surplus_ == 0) set_signs(0, kShrinking);
  alive_.fetch_sub(1);
  if (worker.is_surplus() || is_hosted()) blocked().look_again();
  idle_.wake_all();
  return is_abandoned();
}

/// Whether the pool has neither a handle nor workers, and, where others run its jobs, no job. REQUIRES:
/// outside_ is held.
bool Crew::is_abandoned() noexcept {
  return orphaned_.load() && alive() == 0 && (!is_hosted() || drained());
}

void Crew::join_threads() noexcept {
  const Uncancelled whole;
  await_resize();
  for (std::size_t i = 0; i < roster_.size(); ++i) roster_[i].join();
  timer_.stop();
  leavers_.join_all();
  Lock last_touch(outside_);
}

}  // namespace tp::core
