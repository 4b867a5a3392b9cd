// SPDX-License-Identifier: MIT
// Barriers in other threads, by membarrier(2). Stage: base, used by all.
#include "base/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/scope_guards.h"
#include "base/sync_point.h"

namespace tp::core {

std::atomic<bool> has_membarrier{false};

namespace {

std::atomic<bool> refused{false};   // the kernel is not asked again
std::atomic<bool> draining{false};  // a thread may still publish as if the heavy fence worked
std::atomic<unsigned> meetings{0};

bool membarrier(int command) noexcept {
  const KeptErrno errno_stays;
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

}  // namespace

void prepare_heavy_fence() noexcept {
  if (has_membarrier.load() || refused.load()) return;
  if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
    has_membarrier.store(true);
  else
    refused.store(true);
}

void heavy_fence() noexcept {
  if (has_membarrier.load()) {
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return;
    if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&  // a forked child may have to ask
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
      return;
    refused.store(true);
    draining.store(true);
    sync_point("fence.refused");
    has_membarrier.store(false);
  }
  meet_heavy_fences();
  if (!draining.load()) return;
  drain_stores();  // also while another thread drains: this thread's write may be later than that
  draining.store(false);
}

void meet_heavy_fences() noexcept { meetings.fetch_add(1); }

}  // namespace tp::core
