// SPDX-License-Identifier: MIT
// Stage 7: waiting for the next value of a stream; from queue/stream_job, to the waiter.
#include "base/spin.h"
#include "base/sync_point.h"
#include "queue/stream_job.h"
#include "wait/wait.h"

namespace tp::core {

int next(StreamJob& stream, Deadline deadline, void* value, Error*& error) {
  const auto told = [&] { return stream.has_next(); };
  const auto changed = [&] { return told() || stream.claimable_here(); };
  for (int status;;) {
    if (stream.try_next(value, status, error)) return status;
    const bool can_help = stream.claimable_here();
    if (can_help && !has_stack()) return TP_EDEADLK;
    const bool helped = can_help && stream.help(Deadline::in(0));
    if (helped && !deadline.passed()) continue;
    if (helped && stream.try_next(value, status, error)) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
    if (CallScope::inside(&stream)) return TP_EDEADLK;
    if (!CallScope::current() && spin(4, told)) continue;
    sync_point("stream.wait");
    stream.reopen();  // this thread can make no more room now
    // behind a job that waits for it the stream would never start
    const auto kind = stream.waits_for_group() ? Wait::checked : Wait::next_value;
    status = block(stream, deadline, kind, changed);
    if (status != TP_OK) return status;
  }
}

}  // namespace tp::core
