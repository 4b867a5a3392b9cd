// SPDX-License-Identifier: MIT
// Stage 7: waiting for room in a stream that is fed; from queue/stream_job, to the waiter.
#include "base/spin.h"
#include "base/sync_point.h"
#include "queue/stream_job.h"
#include "wait/wait.h"

namespace tp::core {

int push(StreamJob& stream, const void* item, Deadline deadline) {
  const auto changed = [&] { return stream.may_push() || stream.claimable_here(); };
  for (;;) {
    const int status = stream.try_push(item);
    if (status != TP_EAGAIN) return status;
    if (!stream.is_full()) {  // a thread is pushing, which may be inside its item_move
      const CallScope* const scope = CallScope::current();
      if (scope && scope->kind() == CallScope::Kind::hook && scope->job() == &stream)
        return TP_EDEADLK;
      wait_briefly([&] { return stream.may_push() || stream.is_full(); });
      continue;
    }
    if (CallScope::inside(&stream)) return TP_EDEADLK;
    const bool can_help = stream.claimable_here();
    if (can_help && !has_stack()) return TP_EDEADLK;
    if (can_help && stream.help(Deadline::in(0)) && !deadline.passed()) continue;
    if (deadline.passed()) return TP_ETIMEDOUT;
    stream.count_pusher(1);
    const ScopeExit counted([&] { stream.count_pusher(UINT32_MAX); });
    sync_point("stream.push_waits");
    const auto kind = stream.waits_for_group() ? Wait::checked : Wait::next_value;
    const int waited = block(stream, deadline, kind, changed);
    if (waited != TP_OK) return waited;
  }
}

}  // namespace tp::core
