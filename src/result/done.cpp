// SPDX-License-Identifier: MIT
// Stage 6: done callbacks, the last step of a job's end; from result/job, to the user.
#include <new>
#include <utility>

#include "base/order.h"
#include "base/slab.h"
#include "base/sync_point.h"
#include "result/followers.h"
#include "result/job.h"
#include "trace/traced.h"

namespace tp::core {
namespace {

DoneCallback& to_callback(WaitList::Node& note) noexcept {
  return static_cast<DoneCallback&>(note);
}

}  // namespace

int Job::add_done_callback(void (*fn)(void*, tp_result_t*), void* user, bool calls_user) {
  if (!ready()) {
    order::release(this);  // what user points to
    void* const memory = slab_alloc(sizeof(DoneCallback));
    if (!memory) return TP_ENOMEM;
    const auto kind = calls_user ? DoneCallback::user_code : DoneCallback::quick;
    auto* const callback = new (memory) DoneCallback{{}, fn, user, kind, nullptr};
    // under the list's mutex: the thread that takes the note finds the outcome kept
    const auto keep = [this] { handles_.fetch_or(kForDone); };
    const auto over = [this] {
      expect_wake();
      return ready();
    };
    if (waiters_.add_note(*callback, over, keep)) return TP_OK;
    slab_free(memory, sizeof(DoneCallback));
  }
  order::acquire(order::ends(this));
  add_handle();
  const ScopeExit handle([this] { drop_handle(); });
  CallScope scope(CallScope::Kind::hook, nullptr, nullptr);  // the pool may be gone
  call_user(scope, [&] { fn(user, to_handle(this)); });
  return TP_OK;
}

void Job::add_follower(DoneCallback& follower) {
  const auto over = [this] {
    expect_wake();
    return ready();
  };
  if (!ready() && waiters_.add_note(follower, over, [] {})) return;
  Followers::add(follower);
  Followers::run();
}

/// The thread that makes the job ready then locks the job's WaitList, because this thread is in it.
PoolContext* Job::retain_pool() noexcept {
  const Waiting waiting(waiters_);
  expect_wake();
  PoolContext* pool = nullptr;
  waiters_.locked([&] {
    if (ready()) return;
    pool = pool_;
    pool->retain();
  });
  return pool;
}

/// User code runs between ready and the end of the job: a wait_idle that polls does not wait for it.
void Job::begin_telling() noexcept {
  if (std::exchange(step_, Step::telling) != Step::telling) pool_->set_telling(true);
}

void Job::end_telling() {
  if (step_ == Step::telling) pool_->set_telling(false);
  let_go();
}

/// Tells the followers and the done callbacks. Followers come first, because a done callback may wait for one.
void Job::tell_done() {
  WaitList::Node* const notes = waiters_.take_notes();
  if (!notes) return end_telling();
  sync_point("job.tell");
  WaitList::Node* const rest = Followers::take(notes);
  const ScopeExit follow([] { Followers::run(); });  // when the job may be gone
  if (rest)
    tell_rest(rest);
  else
    end_telling();
}

/// Calls the done callbacks and ends the job, or leaves that to a worker.
void Job::tell_rest(WaitList::Node* rest) {
  if (this_thread.ending) return defer_done(rest);
  PoolContext& pool = *pool_;
  const bool outside = this_thread.pool != &pool;
  if (outside) pool.retain();  // a callback may destroy the pool
  const ScopeExit memory([&] {
    if (outside) pool.release();
  });
  // a done callback may wait for a callback of the strand
  if (!CallScope::inside_callback(&pool)) pool.callbacks().leave(pool);
  call_or_else([&] { call_done(rest); }, [&] { defer_done(rest); });
  const ScopeExit told([this] { end_telling(); });
  if (handles_.fetch_and(~kForDone) == kForDone) {
    begin_telling();
    dispose();
  }
}

/// Calls each note and then frees it. If a callback ends the thread, rest is that callback's note.
void Job::call_done(WaitList::Node*& rest) {
  // without a job: threads that wait for this job do not wait for its done callbacks
  CallScope scope(CallScope::Kind::hook, pool_, nullptr);
  order::acquire(this);
  order::acquire(order::ends(this));
  while (rest) {
    DoneCallback& callback = to_callback(*rest);
    if (auto* const fn = std::exchange(callback.fn, nullptr)) {
      if (callback.kind == DoneCallback::user_code) begin_telling();
      const Traced<Point::callback> traced(*pool_, this, JobKind::unknown);
      call_user(scope, [&] { fn(callback.user, to_handle(this)); });
    }
    rest = callback.next;
    slab_free(&callback, sizeof callback);
  }
}

void Job::defer_done(WaitList::Node* rest) noexcept {
  begin_telling();
  while (rest) {
    WaitList::Node* const next = rest->next;
    waiters_.add(*rest);
    rest = next;
  }
  pool_->defer(*this);
}

Job*& Job::deferred_link() noexcept {
  return extras_ ? extras_->next_due : to_callback(waiters_.oldest_note()).next_deferred;
}

}  // namespace tp::core
