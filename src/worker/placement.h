// SPDX-License-Identifier: MIT
// Stage 5: CPUs, priority, stack and signals of a pool's threads; from worker/workers, to worker/worker.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <cstddef>
#include <memory>

#include "tpool/pool.h"

namespace tp::core {

/// How the options of a pool place its threads, whichever thread starts them. Constant once set.
class Placement {
 public:
  /// Copies and tries the options: TP_OK; TP_EINVAL or TP_EAGAIN for a CPU or a priority that is refused; TP_ENOMEM.
  int set(const tp_pool_options_t& options) noexcept;

  /// The mask for a child that a task forks.
  const sigset_t& creators_signals() const noexcept { return creators_signals_; }

  /// Starts a thread for the worker: 0 or an errno.
  int create(std::size_t worker, pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;
  /// Starts a thread that is no worker.
  int create(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;
  /// Gives the calling thread the priority, if the system lets it.
  void take_priority() const noexcept;

 private:
  int create_on(std::size_t bytes, const cpu_set_t* cpus, pthread_t& thread, void* (*main)(void*),
                void* arg) const noexcept;
  int create_anywhere(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;

  std::unique_ptr<unsigned[]> cpus_;  // none: the system chooses
  std::size_t count_ = 0;
  cpu_set_t creators_;
  bool knows_creators_ = false;  // not on a machine with more CPUs: there threads inherit them
  int nice_ = 0;                 // as the kernel counts
  std::size_t stack_size_ = 0;   // 0: the system's
  sigset_t creators_signals_;
  bool keeps_signals_ = false;
};

}  // namespace tp::core
