// SPDX-License-Identifier: MIT
// Stage 6: the end of a job; from queue/*, to the waiter.
#include "result/job.h"

#include <new>
#include <utility>

#include "base/order.h"
#include "base/slab.h"
#include "base/sync_point.h"
#include "result/group.h"
#include "trace/traced.h"

namespace tp::core {

Job::Job(PoolContext& pool, JobKind kind, std::size_t remaining, Extras* extras,
         bool handle) noexcept
    : pool_(&pool),
      extras_(extras),
      remaining_(remaining),
      life_((handle ? 3 : 2) * kReference),
      handles_(handle ? 2 : 1),
      caller_helps_(pool.caller_helps()),
      kind_(kind) {}

void Job::keep_pool_for_callbacks() noexcept {
  if (!pool_->callbacks().is_manual() || !extras_->callbacks.any()) return;
  pool_->retain();
  keeps_pool_ = true;
}

void Job::unref() noexcept {
  order::release(order::ends(this));
  // the only owner need not count down, because no other thread can count up; acquire pairs with the release below
  const bool only = life_.load(std::memory_order_acquire) < 2 * kReference;
  // acq_rel: the last owner sees what the others wrote before it frees the job
  if (!only && life_.fetch_sub(kReference, std::memory_order_acq_rel) >= 2 * kReference) return;
  order::acquire(order::ends(this));
  destroy();
}

void Job::drop_handle() {
  if (is_bare() && ready() && !error())
    return unref();  // nothing is left to drop, so nobody counts
  drop_counted_handle();
}

void Job::drop_counted_handle() {
  const Reference handles(*this);
  order::release(order::ends(this));
  // the only holder need not count down, because no other thread can count up; acquire pairs with fetch_sub
  const bool only = handles_.load(std::memory_order_acquire) == 1;
  const std::uint32_t before = only ? 1 : handles_.fetch_sub(1);
  sync_point("job.drop_handle");
  if (before == 1)
    dispose();
  else if (users(before) == 2 && remaining() != 0)
    detach();
}

bool Job::add_handle_beside(std::size_t others) noexcept {
  std::uint32_t handles = handles_.load();
  while (users(handles) == 1 + others && !ready())  // the job's own, and those
    if (handles_.compare_exchange_weak(handles, handles + 1)) {
      ref();
      return true;
    }
  return false;
}

bool Job::drop_spare_handle() noexcept {
  std::uint32_t handles = handles_.load();
  while (users(handles) > 1)
    if (handles_.compare_exchange_weak(handles, handles - 1)) return true;
  return false;
}

/// Drops the current error first, then the errors that were lent and replaced.
void Job::drop_errors() {
  if (!error_.load()) return;  // then none was replaced either
  call_in_turn([this] {
    Error* error = error_.exchange(nullptr);
    if (Lent* const lent = !error && extras_ ? extras_->lent_before : nullptr) {
      error = lent->error;
      extras_->lent_before = lent->next;
      slab_free(lent, sizeof(Lent));
    }
    if (error) error->release();
    return error != nullptr;
  });
}

/// No thread can ask for the outcome any more.
void Job::dispose() {
  order::acquire(order::ends(this));
  const ScopeExit outputs([this] { drop_outputs(); });
  const ScopeExit errors([this] { drop_errors(); });
  if (!keeps_pool_to_report_) return;
  const ScopeExit kept([this] { pool_->release(); });
  if (!observed_.load()) pool_->report(*error());
}

bool Job::available() const noexcept {
  const std::uint32_t life = life_.load();
  return (life & kReady) || ((life & kDone) && CallScope::inside_callback(pool_));
}

Error* Job::lend_error() noexcept {
  Lock lock(mutex_);
  observed_.store(true);
  lent_ = true;
  return error_.load();
}

/// A job keeps only one failure.
Error* Job::item_error(std::size_t index) noexcept {
  Error* const error = lend_error();
  const bool is_it = error && error->index() == index && item_status(index) == error->status();
  return is_it ? error : nullptr;
}

/// Takes over the error. Keeps it if its index is lower than that of the error it replaces, or always.
void Job::put_error(Error* error, bool always) {
  Error* unused = error;
  order::release(error);  // the thread that replaces it frees it
  {
    Lock lock(mutex_);
    Error* const old = error_.load();
    const bool better = always || !old || error->index() < old->index();
    Lent* const lent =
        better && old && lent_ ? static_cast<Lent*>(slab_alloc(sizeof(Lent))) : nullptr;
    if (lent) extras_->lent_before = new (lent) Lent{old, extras_->lent_before};
    if (better && (lent || !old || !lent_)) {  // without memory a lent error has to stay
      error_.store(error);
      unused = lent ? nullptr : old;
    }
  }
  if (unused) unused->release();
}

void Job::record(int status, int code, std::size_t index, Cause cause) {
  put_error(Error::make(status, code, index, cause), false);
}

void Job::record_shared(Error& error) {
  error.retain();
  put_error(&error, false);
}

void Job::record_cut(int status, std::size_t index) {
  Error* const broken = pool_->cut_error();
  if (status == TP_EINIT && broken)
    record_shared(*broken);
  else
    put_error(Error::make(status, 0, index, {}), false);
}

bool Job::stop(int status) noexcept {
  std::int8_t none = 0;
  return stop_.compare_exchange_strong(none, static_cast<std::int8_t>(status));
}

void Job::stop_unrun() noexcept {
  if (const int status = pool().cut_status(); status != TP_OK) stop(status);
  if (job_deadline() && job_deadline()->at.passed()) stop(TP_ETIMEDOUT);
  stop(TP_ECANCELED);  // unless the job has been stopped before
}

bool Job::pin() noexcept {
  std::size_t count = remaining_.load();
  while (count)
    if (remaining_.compare_exchange_weak(count, count + 1)) return true;
  return false;
}

void Job::cancel(int status) {
  if (!is_bare()) {
    if (pin()) end_cancel(status);
  } else if (remaining()) {  // nobody counts it: the one item is cut, or has begun
    order::release(this);
    cut(status);
  }
}

bool Job::cancel_pending(int status) {
  order::release(this);
  if (is_bare()) return cut_pending(status);  // as in cancel
  if (!pin()) return false;
  ref();
  const Reference own(*this);
  const ScopeExit unpin([this] { over(1); });
  sync_point("job.cancel_pending");
  return cut_pending(status);
}

bool Job::begin_pool_cancel() noexcept {
  return !extras_->is_pool_cancelled && (extras_->is_pool_cancelled = begin_cancel(TP_ECANCELED));
}

void Job::end_cancel(int status) {
  ref();
  const Reference own(*this);  // once it is unpinned, another thread may end and free the job
  const ScopeExit unpin([this] { over(1); });
  order::release(this);  // to the threads that see the stop flag
  sync_point("job.cancel");
  cut(status);
}

void Job::go_on() {
  if (remaining())
    end_cancel(TP_ETIMEDOUT);
  else
    finish();
}

void Job::drop_extras() noexcept {
  if (!extras_) return;
  for (JobDeadline* const each : {extras_->job_deadline, extras_->job_start})
    if (each) slab_free(each, sizeof(JobDeadline));
  if (!extras_->member) return;
  Group* const mine = group();
  slab_free(extras_->member, sizeof(Member));
  mine->release();
}

void Job::over(std::size_t count) {
  // acq_rel: the thread that finishes the job sees what the others produced
  sync_point("job.over");
  order::release(order::ends(this));
  const std::size_t left = remaining_.fetch_sub(count, std::memory_order_acq_rel) - count;
  sync_point("job.left");
  if (stopping()) waiters_.wake_all();  // only a source that does not return may be left
  if (left != 0) return;
  order::acquire(order::ends(this));
  if (job_deadline()) fail_late();
  sync_point("job.last");
  if (this_thread.ending && !is_blocking_ && (has_hooks() || (extras_ && extras_->callbacks.any())))
    pool_->defer(*this);
  else
    finish();
}

bool Job::over_at_once(std::uint32_t references) {
  if (!is_bare() || error()) {
    over(1);
    return false;
  }
  sync_point("job.over");
  remaining_.store(0, std::memory_order_relaxed);  // the exchange below releases it
  PoolContext& pool = *pool_;
  mark_end(pool, this, nullptr);
  order::release(order::ends(this));
  pool.count(TP_OK);
  sync_point("job.settle");
  std::uint32_t life = life_.load(std::memory_order_relaxed), left;  // the exchange decides
  do {
    if (life & kWaited) {
      step_ = Step::ready;
      finish();
      return false;
    }
    left = (life | kReady) - (1 + references) * kReference;
  } while (!life_.compare_exchange_weak(life, left));
  sync_point("job.ready");
  if (left < kReference) {
    order::acquire(order::ends(this));
    destroy();
  }
  sync_point("job.ended");
  pool.ended();
  return true;
}

/// The callback for the outcome, or nullptr.
auto Job::callback() const noexcept -> void (*)(void*, tp_result_t*) {
  if (!extras_) return nullptr;
  return outcome() == TP_OK ? extras_->callbacks.success : extras_->callbacks.failure;
}

/// User code is ending the thread. A worker runs the rest, unless that runs no user code, or the job uses a caller's
/// memory, which is about to go.
void Job::hand_on() {
  if (is_blocking_ || step_ == Step::ready)
    finish();
  else
    pool_->defer(*this);
}

void Job::finish() {
  order::acquire(order::ends(this));
  if (step_ < Step::callback) drop_inputs();
  if (step_ == Step::callback) {
    step_ = Step::dispose;
    order::release(order::ends(this));
    if (callback()) return pool_->callbacks().deliver(*this);  // call_back comes back here
  }
  if (step_ == Step::dispose) settle();
  if (step_ >= Step::done || set_ready())  // no note is added once the job is ready
    tell_done();
  else
    let_go();
}

void Job::drop_inputs() {
  const auto drop = [this] {
    CallScope scope(CallScope::Kind::hook, pool_, this);
    if (step_ == Step::items) {
      step_ = Step::ctx;
      drop_items();
    }
    step_ = Step::callback;
    drop_ctx();
  };
  if (extras_)
    call_or_else(drop, [this] { hand_on(); });
  else
    step_ = Step::callback;  // there is no hook
}

/// Runs the callback on the thread that runs the strand, and then goes on with the job's end.
void Job::call_back() {
  const auto call = [this] {
    auto* const run = callback();
    if (outcome() != TP_OK) observe();
    pool_->bump(&Counters::callbacks, 1);
    const Traced<Point::callback> traced(*pool_, this, JobKind::unknown);
    const order::InTurn strand(&pool_->callbacks());
    CallScope scope(CallScope::Kind::callback, pool_, this);
    const CallResult result =
        call_user(scope, [&] { run(extras_->callbacks.user, to_handle(this)); });
    if (result.status != TP_OK || scope.has_cause())
      put_error(Error::make(TP_ETASK, 0, 0, scope.take_cause()), true);
  };
  call_or_else(call, [this] { hand_on(); });
  finish();
}

void Job::settle() {
  step_ = Step::ready;
  if (extras_ && (extras_->may_open || extras_->job_deadline)) pool_->settled(*this);
  mark_end(*pool_, this, error());
  const int status = outcome();
  if (pool_->reports() && (status == TP_ETASK || status == TP_ELOST) && !observed_.load()) {
    pool_->retain();
    keeps_pool_to_report_ = true;
  }
  sync_point("job.settle");
  // before ready, so that the thread that drops the last handle of a ready job drops what is left of it
  if (handles_.fetch_sub(1) == 1) {
    const auto drop = [this] {
      CallScope scope(CallScope::Kind::hook, pool_, this);
      dispose();
    };
    call_or_else(drop, [this, status] {
      count(status);
      hand_on();
    });
  }
  // from here to ended no user code runs but done callbacks, so wait_idle may wait that long
  count(status);
}

void Job::count(int status) noexcept {
  if (Group* const mine = group()) mine->counted(*this, status);
  pool_->count(status, takes_room());
}

/// Returns whether there are done callbacks.
bool Job::set_ready() noexcept {
  step_ = Step::done;
  order::release(order::ends(this));
  life_.fetch_or(kReady);
  sync_point("job.ready");
  const bool notes =
      waiters_.wake_all();  // before the done callbacks, which may wait for a waiter's work
  if (Group* const mine = group()) mine->left(*this);
  return notes;
}

/// The last step: tells the pool, and gives up the runner's reference.
void Job::let_go() {
  PoolContext& pool = *pool_;
  const Reference own(*this);
  sync_point("job.ended");
  pool.ended();
}

}  // namespace tp::core
