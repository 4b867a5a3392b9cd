// SPDX-License-Identifier: MIT
// Stage 5: one thread that finds and runs work; from queue/*, to result/job.
#pragma once

#include <pthread.h>

#include "queue/entry.h"
#include "queue/run.h"
#include "worker/crew.h"

namespace tp::core {

/// A worker thread of a crew. If user code ends the thread (pthread_exit), the same object goes on in
/// a new one; what it had claimed stays here.
/// The owning thread's, but for run(), which others steal from.
class Worker {
 public:
  void init(Crew& crew, std::size_t index) noexcept;

  /// Starts the thread: 0 or an errno.
  int start() noexcept;
  /// Waits for the thread to be gone; a thread that is its own worker lets go of itself.
  void join() noexcept;

  Run<Native, Entry>& run() noexcept { return run_; }

 private:
  static void* main(void* self);

  void serve();
  bool initialize();
  void finalize();
  void lost();

  /// Runs something, if there is anything: one turn of the loop.
  bool work();
  bool run_deferred();
  bool run_callbacks();
  bool run_own();
  bool run_open();
  bool run_claimed();
  bool run_stolen();
  void run_first(Entry* entries, std::size_t count);
  void execute(Entry entry);
  void execute_plain(Entry& entry);
  void plain_failed(const Entry& entry, int status, int code, Frame& frame);
  void wake_next() noexcept;

  void rest();
  bool spin() noexcept;

  Crew* crew_ = nullptr;
  std::size_t index_ = 0;
  pthread_t thread_{};
  bool joinable_ = false;
  bool initialized_ = false;
  bool woken_ = false;   // by a notify: the next is to be woken before running
  bool lanes_first_ = false;
  Inlet* cursor_ = nullptr;
  Sleep<Native, Parker>::Sleeper sleeper_{};
  Run<Native, Entry> run_;
};

}  // namespace tp::core
