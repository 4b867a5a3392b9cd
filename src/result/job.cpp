// SPDX-License-Identifier: MIT
// Stage 6: the end of a job; from queue/*, to the waiter.
#include "result/job.h"

#include <new>
#include <utility>

#include "base/noise.h"
#include "base/order.h"
#include "base/slab.h"
#include "trace/traced.h"

namespace tp::core {

Job::Job(PoolContext& owner, JobKind kind, std::size_t remaining, Extras* extras, bool handle) noexcept
    : owner_(&owner),
      extras_(extras),
      remaining_(remaining),
      refs_(handle ? 3 : 2),
      handles_(handle ? 2 : 1),
      caller_helps_(owner.caller_helps()),
      kind_(kind) {}

void Job::keep_pool_for_callbacks() noexcept {
  const Callbacks& callbacks = extras_->callbacks;
  if (!owner_->callbacks().is_manual() || (!callbacks.success && !callbacks.failure)) return;
  owner_->retain();
  keeps_pool_ = true;
}

Job::~Job() {
  if (keeps_pool_) owner_->release();
}

void Job::unref() noexcept {
  order::release(order::ends(this));
  // the only owner need not count down: nobody else can count up; acquire pairs with the release below
  const bool only = refs_.load(std::memory_order_acquire) == 1;
  // acq_rel: the last owner sees what the others wrote, before it frees
  if (!only && refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  order::acquire(order::ends(this));
  destroy();
}

void Job::add_handle() noexcept {
  ref();
  handles_.fetch_add(1);
}

void Job::drop_handle() {
  const Reference handles(*this);
  order::release(order::ends(this));
  // the only holder need not count down: nobody else can count up; acquire pairs with fetch_sub
  const bool only = handles_.load(std::memory_order_acquire) == 1;
  const std::uint32_t before = only ? 1 : handles_.fetch_sub(1);
  noise("job.drop_handle");
  if (before == 1)
    dispose();
  else if (users(before) == 2 && remaining() != 0)
    detach();
}

bool Job::drop_spare_handle() noexcept {
  std::uint32_t handles = handles_.load();
  while (users(handles) > 1)
    if (handles_.compare_exchange_weak(handles, handles - 1)) return true;
  return false;
}

/// The last one first, then those that were lent and replaced.
Error* Job::take_error() noexcept {
  if (Error* const error = error_.exchange(nullptr)) return error;
  Lent* const lent = extras_ ? extras_->lent_before : nullptr;
  if (!lent) return nullptr;
  Error* const error = lent->error;
  extras_->lent_before = lent->next;
  slab_free(lent, sizeof(Lent));
  return error;
}

void Job::drop_errors() {
  if (!error_.load()) return;  // then none was replaced either
  call_in_turn([this] {
    Error* const error = take_error();
    if (error) error->release();
    return error != nullptr;
  });
}

/// Nobody can ask for the outcome any more.
void Job::dispose() {
  order::acquire(order::ends(this));
  const Finally outputs([this] { drop_outputs(); });
  const Finally errors([this] { drop_errors(); });
  if (!keeps_owner_) return;
  const Finally owner([this] { owner_->release(); });
  if (!observed_.load()) owner_->report(*error());
}

bool Job::available() const noexcept {
  const std::uint32_t state = state_.load();
  return state == kReady || (state == kDone && Frame::inside_callback(owner_));
}

bool Job::helpable() const noexcept { return caller_helps_ || this_thread.owner == owner_; }

int Job::outcome() const noexcept {
  const Error* const error = error_.load();
  return error ? error->status() : TP_OK;
}

Error* Job::lend_error() noexcept {
  Lock lock(mutex_);
  observed_.store(true);
  lent_ = true;
  return error_.load();
}

/// Only the failure that is the job's is kept.
Error* Job::item_error(std::size_t index) noexcept {
  Error* const error = lend_error();
  const bool is_it = error && error->index() == index && item_status(index) == error->status();
  return is_it ? error : nullptr;
}

void Job::put_error(Error* error, bool always) {
  Error* unused = error;
  order::release(error);  // who replaces it frees it
  {
    Lock lock(mutex_);
    Error* const old = error_.load();
    const bool better = always || !old || error->index() < old->index();
    Lent* const lent =
        better && old && lent_ ? static_cast<Lent*>(slab_alloc(sizeof(Lent))) : nullptr;
    if (lent) extras_->lent_before = new (lent) Lent{old, extras_->lent_before};
    if (better && (lent || !old || !lent_)) {  // without memory what was lent has to stay
      error_.store(error);
      unused = lent ? nullptr : old;
    }
  }
  if (unused) unused->release();
}

void Job::record(int status, int code, std::size_t index, Frame& frame) {
  put_error(Error::make(status, code, index, frame.take_cause()), false);
}

void Job::record_shared(Error& error) {
  error.retain();
  put_error(&error, false);
}

void Job::record_cut(int status, std::size_t index) {
  Error* const broken = owner_->cut_error();
  if (status == TP_EINIT && broken)
    record_shared(*broken);
  else
    put_error(Error::make(status, 0, index, {}), false);
}

bool Job::stop(int status) noexcept {
  std::int8_t none = 0;
  return stop_.compare_exchange_strong(none, static_cast<std::int8_t>(status));
}

bool Job::pin() noexcept {
  std::size_t count = remaining_.load();
  while (count)
    if (remaining_.compare_exchange_weak(count, count + 1)) return true;
  return false;
}

void Job::cancel(int status) {
  if (pin()) end_cancel(status);
}

void Job::end_cancel(int status) {
  ref();
  const Reference own(*this);  // once it is unpinned others may end it: a worker has no reference
  const Finally unpin([this] { over(1); });
  order::release(this);  // who sees the stop flag
  noise("job.cancel");
  cut(status);
}

void Job::go_on() {
  if (remaining())
    end_cancel(TP_ETIMEDOUT);
  else
    finish();
}

/// A job that was not over by its deadline has failed, however its items have ended.
void Job::fail_late() {
  const bool late = timing()->at.passed();
  if (late) stop(TP_ETIMEDOUT);
  if ((!late && stop_status() != TP_ETIMEDOUT) || outcome() == TP_ETIMEDOUT) return;
  lend_error();  // so that what it replaces stays: to drop it may run user code
  put_error(Error::make(TP_ETIMEDOUT, 0, 0, {}), true);
}

void Job::drop_timing() noexcept {
  if (timing()) slab_free(extras_->timing, sizeof(Timing));
}

void Job::over(std::size_t count) {
  // acq_rel: the one that finishes sees what the others produced
  noise("job.over");
  order::release(order::ends(this));
  const std::size_t left = remaining_.fetch_sub(count, std::memory_order_acq_rel) - count;
  noise("job.left");
  if (stopping()) waiters_.wake_all();  // all that is left may be a source that does not return
  if (left != 0) return;
  order::acquire(order::ends(this));
  if (timing()) fail_late();
  noise("job.last");
  if (this_thread.ending && !is_blocking_ && !ends_quietly())
    owner_->defer(*this);
  else
    finish();
}

/// Whether no user code is left to run, so that a thread that is being ended may end the job, too.
bool Job::ends_quietly() const noexcept {
  return !has_hooks() && (!extras_ || (!extras_->callbacks.success && !extras_->callbacks.failure));
}

auto Job::callback() const noexcept -> void (*)(void*, tp_result_t*) {
  if (!extras_) return nullptr;
  return outcome() == TP_OK ? extras_->callbacks.success : extras_->callbacks.failure;
}

/// The thread is being ended: the rest is for a worker, unless it runs no user code. But what uses a
/// caller's memory must be over before that is gone.
void Job::hand_on() {
  if (is_blocking_ || step_ == Step::ready)
    finish();
  else
    owner_->defer(*this);
}

void Job::finish() {
  order::acquire(order::ends(this));
  if (step_ < Step::callback) drop_inputs();
  if (step_ == Step::callback) {
    step_ = Step::dispose;
    order::release(order::ends(this));
    if (callback()) return owner_->callbacks().deliver(*this);  // whose thread comes back here
  }
  if (step_ == Step::dispose) settle();
  if (step_ >= Step::done || set_ready())  // no note is added once the job is ready
    tell_done();
  else
    let_go();
}

void Job::drop_inputs() {
  if (!extras_) {  // no hook
    step_ = Step::callback;
    return;
  }
  const auto drop = [this] {
    Frame frame(Frame::Kind::hook, owner_, this);
    if (step_ == Step::items) {
      step_ = Step::ctx;
      drop_items();
    }
    step_ = Step::callback;
    drop_ctx();
  };
  call_or_else(drop, [this] { hand_on(); });
}

/// Runs on the lane's thread, after which the job's end goes on.
void Job::call_back() {
  const auto call = [this] {
    auto* const run = callback();
    if (outcome() != TP_OK) observe();
    owner_->bump(&Tally::callbacks, 1);
    const Traced<Point::callback> traced(*owner_, this, JobKind::unknown);
    const order::InTurn lane(&owner_->callbacks());
    Frame frame(Frame::Kind::callback, owner_, this);
    const Verdict verdict =
        call_user(frame, [&] { run(extras_->callbacks.user, to_handle(this)); });
    if (verdict.status != TP_OK || frame.has_cause())
      put_error(Error::make(TP_ETASK, 0, 0, frame.take_cause()), true);
  };
  call_or_else(call, [this] { hand_on(); });
  finish();
}

bool Job::worth_a_report() const noexcept {
  const int status = outcome();
  return owner_->reports() && (status == TP_ETASK || status == TP_ELOST) && !observed_.load();
}

void Job::settle() {
  step_ = Step::ready;
  if (extras_ && (extras_->uses_board || extras_->timing)) owner_->settled(*this);
  mark_end(*owner_, this, error());
  if (worth_a_report()) {
    owner_->retain();
    keeps_owner_ = true;
  }
  const int status = outcome();
  // before ready: so that the one who releases a ready job last drops what is left of it
  noise("job.settle");
  if (handles_.fetch_sub(1) == 1) dispose_unread(status);
  // from here to ended no user code runs but done callbacks: wait_idle waits that long
  owner_->count(status);
}

void Job::dispose_unread(int status) {
  const auto drop = [this] {
    Frame frame(Frame::Kind::hook, owner_, this);
    dispose();
  };
  call_or_else(drop, [this, status] {
    owner_->count(status);
    hand_on();
  });
}

/// Whether there are done callbacks.
bool Job::set_ready() noexcept {
  step_ = Step::done;
  order::release(order::ends(this));
  state_.store(kReady);
  noise("job.ready");
  return waiters_.wake_all();  // first: a done callback may wait for what a waiter does
}

/// The pool hears of it last.
void Job::let_go() {
  PoolContext& owner = *owner_;
  const Reference own(*this);
  noise("job.ended");
  owner.ended();
}

}  // namespace tp::core
