// SPDX-License-Identifier: MIT
// Stage 5: threads that come when there is work and go when they have been idle; from worker/pool, to worker/worker.
#include <algorithm>
#include <utility>

#include "base/asymmetric_fence.h"
#include "base/scope_guards.h"
#include "base/sync_point.h"
#include "base/thread.h"
#include "worker/worker.h"

namespace tp::core {

/// How long the system is not asked again for a thread that it has refused.
static constexpr double kRefusedFor = 0.01;

bool Workers::may_be_absent() const noexcept { return is_elastic_ || pool_.is_hosted(); }

/// Whether the pool is elastic.
bool Workers::set_idle(const tp_pool_options_t& options) noexcept {
  is_elastic_ = options.idle_timeout > 0;
  if (!is_elastic_) return false;
  idle_ns_ = Deadline::span(options.idle_timeout);
  least_ = options.min_workers;
  return true;
}

/// So many workers of the new pool have no thread yet.
void Workers::expect_threads(std::size_t absent) noexcept {
  Lock lock(outside_);
  pool_.finder().sleep().set_caller(*this);
  set_absent(absent);
  pool_.set_vacant(least_ == 0);
}

/// Firm threads of the workers from this one on.
std::size_t Workers::count_firm(std::size_t from) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = from; i < table_.size(); ++i)
    count += table_[i].is_taken && !table_[i].is_going && !table_[i].is_surplus();
  return count;
}

void Workers::set_absent(std::size_t count) noexcept {
  absent_ = count;
  pool_.finder().sleep().set_absent(count);
}

bool Workers::may_go(Worker& worker, Deadline& idle_until) noexcept {
  Lock lock(outside_);
  const std::size_t firm = count_firm();
  const bool is_one_too_many = firm > std::min(least_, pool_.worker_count());
  idle_until = is_one_too_many ? idle_deadline() : Deadline::never();
  if (!is_one_too_many || all_stay_ || worker.is_surplus()) return false;
  if (firm == 1 && !vacates()) return false;
  return worker.is_going = true;
}

/// Whether the last firm thread may go: no job is accepted and not over.
bool Workers::vacates() noexcept {
  pool_.set_vacant(true);
  sync_point("workers.vacates");
  // a submitter that has not seen this has counted its job, and the sum sees that
  heavy_fence();
  const bool drained = pool_.totals().drained();
  if (!drained) pool_.set_vacant(false);
  return drained;
}

/// Whether a worker that went, and has run its finalizer, is absent from now on. It counts itself before its last look
/// for work, as a worker does that goes to sleep.
bool Workers::becomes_absent(Worker& worker) noexcept {
  if (!std::exchange(worker.is_going, false)) return false;  // it was recalled
  if (worker.is_surplus()) return true;
  set_absent(absent_ + 1);
  sync_point("workers.absent");
  heavy_fence();
  if (pool_.finder().backlog() <= coming_) return true;
  set_absent(absent_ - 1);
  pool_.set_vacant(false);
  return false;
}

/// Has one of the first workers stay that is about to go; false when there is none.
bool Workers::recall(std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::exchange(table_[i].is_going, false)) continue;
    pool_.set_vacant(false);
    return true;
  }
  return false;
}

/// REQUIRES: one is absent.
Worker& Workers::take_absent() noexcept {
  std::size_t i = 0;
  while (table_[i].is_taken) ++i;
  table_[i].is_taken = table_[i].is_coming = true;
  ++coming_;
  alive_.fetch_add(1);
  set_absent(absent_ - 1);
  return table_[i];
}

/// Starts a thread for a worker that was absent: TP_OK; or TP_EAGAIN, TP_ENOMEM, and it is absent again.
int Workers::start_absent(Worker& worker, bool patiently) noexcept {
  for (;;) {
    sync_point("workers.start_absent");
    const int status = status_of(worker.start(patiently));
    Lock lock(outside_);
    pool_.blocked().set_short(status != TP_OK);
    refused_until_ = status == TP_OK ? 0 : Deadline::in(kRefusedFor).ns();
    if (status == TP_OK) {
      pool_.set_vacant(false);
      return status;
    }
    if (!orphaned_.load() || alive_.load() > 1) {
      coming_ -= worker.is_coming;
      worker.is_coming = worker.gets_flight = false;
      leave(worker);
      set_absent(absent_ + 1);
      return status;
    }
    lock.unlock();  // all others have left, so this one has to end the pool
    nap(1'000'000);
  }
}

/// A thread for a job that is counted. It can't go before that is over.
int Workers::come() noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  Lock one_at_a_time(resizing_);
  Lock lock(outside_);
  if (pool_.state() != State::running) return TP_ECLOSED;
  if (!pool_.is_vacant() || recall(pool_.worker_count())) return TP_OK;
  Worker& worker = take_absent();
  lock.unlock();
  return start_absent(worker, true);
}

/// Whether more could start than threads are on their way. A pool without any thread is over, or gets one by come().
bool Workers::wants_one_more() noexcept {
  if (!absent_ || !alive_.load() || pool_.over()) return false;
  if (refused_until_ && !Deadline::at(refused_until_).passed()) return false;
  return pool_.finder().backlog() > coming_;
}

bool Workers::is_needed() noexcept {
  Lock lock(outside_);
  return wants_one_more();
}

bool Workers::call() noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  Lock one_at_a_time(resizing_);
  Lock lock(outside_);
  if (!wants_one_more()) return false;
  Worker& worker = take_absent();
  worker.gets_flight = true;
  all_stay_ = true;
  lock.unlock();
  const bool is_started = start_absent(worker, false) == TP_OK;
  lock.lock();
  all_stay_ = false;
  return is_started;
}

void Workers::arrived(Worker& worker) noexcept {
  Lock lock(outside_);
  worker.is_coming = worker.gets_flight = false;
  --coming_;
}

/// Before the pool shrinks to so many workers: has a firm thread that stays, if there is one that will not.
int Workers::hold(std::size_t count) noexcept {
  Lock lock(outside_);
  all_stay_ = true;
  const std::size_t firm = count_firm(), surplus = count_firm(count);
  if (firm != surplus || surplus == 0 || pool_.state() != State::running) return TP_OK;
  if (recall(count)) return TP_OK;
  Worker& worker = take_absent();
  lock.unlock();
  const int status = start_absent(worker, true);
  if (status == TP_OK) return status;
  lock.lock();
  all_stay_ = false;
  return status;
}

}  // namespace tp::core
