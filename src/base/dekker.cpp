// SPDX-License-Identifier: MIT
// Barriers in other threads, by membarrier(2). Stage: base, used by all.
#include "base/dekker.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace tp::core {

std::atomic<bool> can_settle{false};

namespace {

bool membarrier(int command) noexcept {
  const int kept = errno;
  const bool done = syscall(SYS_membarrier, command, 0, 0) == 0;
  errno = kept;
  return done;
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
