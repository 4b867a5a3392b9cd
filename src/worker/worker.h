// SPDX-License-Identifier: MIT
// Stage 5: one thread that finds and runs work; from queue/*, to result/job.
#pragma once

#include <pthread.h>

#include <csignal>

#include "base/modes.h"
#include "queue/entry.h"
#include "queue/run.h"
#include "worker/pool.h"

namespace tp::core {

/// A worker thread of a pool. If user code ends the thread (pthread_exit), the same object goes on in
/// a new one; what it had claimed stays here.
/// The owning thread's, but for run(), which others steal from.
class Worker {
 public:
  void init(Pool& pool, std::size_t index) noexcept;

  /// Starts the thread: 0 or an errno.
  int start() noexcept;
  /// Waits for the thread to be gone; a thread that is its own worker lets go of itself.
  void join() noexcept;

  /// The calling thread, which is the host's, is this worker until the deadline or the pool's end.
  /// TP_OK, TP_END or TP_EINIT. ran counts its items.
  int enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran);
  bool is_taken = false;    // by a thread; Workers'
  bool is_awaited = false;  // that thread is about to be started; as well

  /// Whether the pool has become smaller than to need this worker. It leaves after what it runs.
  bool is_surplus() const noexcept { return surplus_.load(); }
  void set_surplus(bool surplus) noexcept { surplus_.store(surplus); }

  Run<Entry>& run() noexcept { return run_; }
  Tally& tally() noexcept { return tally_; }
  /// What its thread blocks while it runs a task that changes nothing there; the worker's alone.
  const sigset_t& signals() const noexcept { return signals_; }

 private:
  static void* main(void* self);

  bool serve(Deadline deadline);
  bool retires() const noexcept { return is_surplus() && pool_->state() != State::terminated; }
  bool initialize();
  void finalize();
  void lost();

  /// Runs something, if there is anything: one turn of the loop.
  bool work();
  bool run_deferred();
  bool run_callbacks();
  bool run_own();
  bool take_own(Entry& entry) noexcept;
  bool run_normal();
  bool run_open(Level level = Level::normal);
  bool run_claimed();
  bool run_stolen();
  void run_first(Entry* entries, std::size_t count, Level level = Level::normal);

  // what pools with levels and pauses look at first (worker/levels.cpp)
  bool run_by_level();
  bool run_below_urgent();
  bool run_at(Level level);
  bool run_lane(Level level);
  bool goes_back(Level level);
  bool may_go_on() const noexcept;

  void execute(Entry entry, Level level = Level::normal);
  bool run_plain(Entry& entry);
  bool next(Entry& entry) noexcept;
  void plain_failed(int status, int code, Frame& frame);
  void pace() noexcept;
  void wake_next() noexcept;
  void pass_on() noexcept;

  void rest(Deadline deadline);
  bool spin() noexcept;

  Pool* pool_ = nullptr;
  std::size_t index_ = 0;
  Started* thread_ = nullptr;  // that is this worker, or was the last one
  std::atomic<bool> surplus_{false};
  bool initialized_ = false;
  bool woken_ = false;  // by a notify: the next is to be woken before running
  bool lanes_first_[kLevels] = {};
  bool turned_[kLevels] = {};  // from a job that may have more: it comes first, for the order
  unsigned urgent_starts_ = 0, normal_starts_ = 0;  // in a row, while lower levels may wait
  bool has_worked_ = false;                         // since it last spun
  std::size_t most_ = 1;          // entries to claim at once: few while tasks are slow
  std::size_t claimed_ = 0;       // at the last claim
  std::uint64_t claimed_at_ = 0;  // when that was
  Inlet* cursor_ = nullptr;
  Modes modes_;         // what tasks find that are claimed
  sigset_t signals_{};  // that a thread of the pool blocks, from when it has rested
  Sleep::Sleeper sleeper_{};
  Run<Entry> run_;
  Tally tally_;
};

inline Worker& Roster::operator[](std::size_t index) const noexcept {
  const Block* block = blocks_;
  while (index >= block->end) ++block;
  return block->workers[index - block->begin];
}

}  // namespace tp::core
