// SPDX-License-Identifier: MIT
// The kernel that src meets in a model: futexes, barriers in all threads, and time.
#include <linux/futex.h>
#include <linux/membarrier.h>

#include <algorithm>
#include <cerrno>

#include "model/suite.hpp"

namespace tp::core {

long syscall(long, model::Word* word, int operation, long value, const timespec* until,
             ::std::nullptr_t, unsigned) {
  const model::ThreadLocals kept;
  rl::context& context = rl::ctx();
  const auto fails = [](int error) { return errno = error, -1; };
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAKE) {
    if (model::planted.kind == model::Mistake::no_wake) return 0;
    context.atomic_thread_fence_seq_cst();
    model::Cells::Cell* const cell = model::cells.find(word);  // the memory may be gone
    return cell ? cell->wake(context, static_cast<rl::thread_id_t>(value), RL_INFO) : 0;
  }
  context.atomic_thread_fence_seq_cst();
  model::Cells::Cell& cell = model::cells[word];
  context.disable_preemption();
  const bool same = cell.load(rl::mo_acquire, RL_INFO) == static_cast<::std::uint32_t>(value);
  context.enable_preemption();
  if (!same) return fails(EAGAIN);
  const rl::unpark_reason reason = cell.wait(context, until != nullptr, true, RL_INFO);
  if (reason == rl::unpark_reason_timeout) {
    model::time_ns = std::max(model::time_ns, until->tv_sec * 1'000'000'000 + until->tv_nsec);
    return fails(ETIMEDOUT);
  }
  return reason == rl::unpark_reason_spurious ? fails(EINTR) : 0;
}

static void barrier_in_all_threads() {
  const model::Step step;
  rl::ctx().sched();
  rl::ctx().rl_global_fence();
}

long syscall(long, int command, int, int) {
  if (command != MEMBARRIER_CMD_PRIVATE_EXPEDITED) return 0;
  if (model::barriers_granted == 0) return errno = EPERM, -1;
  if (model::barriers_granted != UINT_MAX) --model::barriers_granted;
  if (model::planted.kind != model::Mistake::no_fence) barrier_in_all_threads();
  return 0;
}

/// So much time passes that no CPU holds back what it had stored.
void drain_stores() noexcept {
  if (model::planted.kind != model::Mistake::no_drain) barrier_in_all_threads();
}

int clock_gettime(int, timespec* now) {
  model::time_ns += 20'000;
  now->tv_sec = model::time_ns / 1'000'000'000;
  now->tv_nsec = model::time_ns % 1'000'000'000;
  return 0;
}

}  // namespace tp::core
