// SPDX-License-Identifier: MIT
// Barriers in other threads, by membarrier(2). Stage: base, used by all.
#include "base/dekker.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kept_errno.h"
#include "base/noise.h"

namespace tp::core {

std::atomic<bool> can_settle{false};

namespace {

std::atomic<bool> refused{false};   // the kernel is not asked again
std::atomic<bool> draining{false};  // a thread may still publish as if settling worked
std::atomic<unsigned> meetings{0};

bool membarrier(int command) noexcept {
  const KeptErrno errno_stays;
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

}  // namespace

void prepare_to_settle() noexcept {
  if (can_settle.load() || refused.load()) return;
  if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
    can_settle.store(true);
  else
    refused.store(true);
}

void settle() noexcept {
  if (can_settle.load()) {
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return;
    if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&  // a forked child may have to ask
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
      return;
    refused.store(true);
    draining.store(true);
    noise("dekker.refused");
    can_settle.store(false);
  }
  meet_settlers();
  if (!draining.load()) return;
  drain_stores();  // also while another thread drains: this thread's write may be later than that
  draining.store(false);
}

void meet_settlers() noexcept { meetings.fetch_add(1); }

}  // namespace tp::core
