// SPDX-License-Identifier: MIT
// Stage 3: one submit call on its way into a bounded pool; from submit/enter, to result/room.
#include "submit/entrance.h"

#include "wait/wait.h"
#include "tpool/submit.h"

namespace tp::core {

/// Takes room for one job. The pool's own threads never wait: what they wait for could be their own. Nor
/// does what follows from accepted work: what has no room could end only after that.
int Entrance::wait_for_room(std::uint32_t flags, Deadline deadline) {
  Room& room = pool_.room();
  if ((flags & TP_JOB_UNBOUNDED) || Frame::inside(&pool_)) {
    room.take_anyway();
    return TP_OK;
  }
  bool took = false;
  const auto may_go = [&] {
    return (took = room.take()) || pool_.state() != State::running || pool_.cut_error();
  };
  const bool try_only = flags & TP_JOB_TRY;
  const int status = wait_for_pool(room.waiters(), {pool_.blocked(), room.taken()}, Wait::checked,
                                   try_only ? Deadline::in(0) : deadline, may_go);
  if (status != TP_OK) return try_only ? TP_EAGAIN : status;
  noise("entrance.room");
  if (!took) room.take_anyway();  // about to be refused
  return TP_OK;
}

}  // namespace tp::core
