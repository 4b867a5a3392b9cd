// SPDX-License-Identifier: MIT
// Stage 4: how what was spawned runs; from submit/spawn and worker/worker, to result/call_scope.
#include "queue/spawned.h"

namespace tp::core {

void Spawned::run_taken() {
  Spawner& mine = *thief_;
  Error* error = Error::of(TP_ELOST);  // unless the call returns
  Counters::add(mine.calls, 1);
  Counters::add(mine.taken, 1);
  const ScopeExit over([&] {
    Counters::add(mine.taken, UINT64_MAX);
    order::release(order::ends(this));
    sync_point("spawned.over");
    outcome_.store(error);  // seq_cst: precedes the look at the waiters
    mine.waiters.wake_all();
  });
  order::acquire(this);
  error = call([this](CallScope& scope) { thief_scope_.store(&scope); });
}

void Spawned::run_at_once() {
  Job* const job = item_ ? item_->job() : nullptr;
  CallScope scope(CallScope::Kind::at_once, item_ ? item_->pool() : nullptr, job);
  const auto lost = [this] { outcome_.store(Error::of(TP_ELOST)); };
  const CallResult result = call_user(
      scope, [this] { return fn_(ctx_); }, lost);
  outcome_.store(result.status == TP_OK ? nullptr : error_of(result, scope));
}

}  // namespace tp::core
