// SPDX-License-Identifier: MIT
// Stage 5: on which CPUs a pool's threads run, with what priority and signals; from worker/workers, to
// worker/worker.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <cstddef>
#include <memory>

namespace tp::core {

/// The options cpus and nice of a pool, and what its creator's thread had, for threads that others
/// start. Constant once set.
class Placement {
 public:
  /// Copies cpus, and asks the system for both. TP_OK; TP_EINVAL for a CPU that is not to be had;
  /// TP_EAGAIN for such a priority; TP_ENOMEM.
  int set(const unsigned* cpus, std::size_t count, int nice) noexcept;

  /// Workers have the creator's mask of signals.
  void keep_signals() noexcept { keeps_signals_ = true; }
  /// What a child of fork in a task gets.
  const sigset_t& creators_signals() const noexcept { return creators_signals_; }
  /// What a worker begins with.
  sigset_t workers_signals() const noexcept;

  /// Starts a thread for the worker: 0 or an errno.
  int create(std::size_t worker, pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;
  /// Starts one that is no worker.
  int create(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;
  /// Makes the priority the calling thread's, if the system lets it.
  void take_priority() const noexcept;

 private:
  int set_nice(int nice) noexcept;
  int create_anywhere(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept;

  std::unique_ptr<unsigned[]> cpus_;  // none: where the system likes
  std::size_t count_ = 0;
  cpu_set_t creators_;
  bool knows_creators_ = false;  // not on a machine of more CPUs: there threads inherit
  int nice_ = 0;                 // as the kernel counts
  sigset_t creators_signals_;
  bool keeps_signals_ = false;
};

}  // namespace tp::core
