// SPDX-License-Identifier: MIT
// Barriers in other threads, by membarrier(2). Stage: base, used by all.
#include "base/dekker.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kept_errno.h"

namespace tp::core {

std::atomic<bool> can_settle{false};

namespace {

bool membarrier(int command) noexcept {
  const KeptErrno errno_stays;
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

}  // namespace

void prepare_to_settle() noexcept {
  if (!can_settle.load() && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
    can_settle.store(true);
}

void settle() noexcept {
  if (!can_settle.load()) return;
  while (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))  // the child of a fork may have to ask anew
    membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

}  // namespace tp::core
