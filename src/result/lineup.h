// SPDX-License-Identifier: MIT
// Stage 6: which jobs of a group have started, and which may; from result/group, to result/member.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "result/job.h"
#include "result/member.h"
#include "tpool/group.h"

namespace tp::core {

/// The jobs of one group. Those that have not started are in a line for each priority. If the group has a bound on
/// running jobs, only the first one of all may start (next_), and only below the bound; the others are held
/// (Job::in_group). A job counts as running until it is about to be ready, and for the bound until it is ready.
/// REQUIRES, where nothing else is said: the mutex of the pool's GroupRing is locked.
class Lineup {
 public:
  explicit Lineup(std::size_t most_running) noexcept
      : most_running_(static_cast<std::uint32_t>(std::min<std::size_t>(most_running, UINT32_MAX))) {}

  /// The bound; 0 for none. Without the mutex.
  std::size_t most_running() const noexcept { return most_running_; }
  /// Nothing more starts in a pause. Is read without the mutex.
  const std::atomic<bool>& is_paused() const noexcept { return is_paused_; }
  /// Whether it changes something.
  bool set_paused(bool paused) noexcept { return is_paused_.exchange(paused) != paused; }

  // -- the way of a job ---------------------------------------------------------------------------
  /// It waits for something else before it can be in line.
  void join(Member& member) noexcept;
  /// It is in line for its start. False, and without an effect, when the job is over or has been here before.
  bool line_up(Member& member) noexcept;
  /// It starts at once, beside the line. No effect on a job that has been here before. REQUIRES: no bound.
  void start_here(Member& member) noexcept;
  /// It starts. REQUIRES: it may.
  void begin(Member& member) noexcept;
  /// The job is about to be ready with this status. Whether another one may start now that might not before.
  bool count(Member& member, int status) noexcept;
  /// The job is ready. Whether another one may start now that might not before.
  bool leave(Member& member) noexcept;

  // -- cancels ------------------------------------------------------------------------------------
  /// Begins one, that reaches the jobs of now. Returns its number.
  std::uint32_t begin_cancel() noexcept { return round_++; }
  /// The next job for the cancel of this number, and for those before; nullptr when it has come to all.
  Member* next_to_cancel(std::uint32_t round) noexcept;

  // -- questions ----------------------------------------------------------------------------------
  bool is_empty() const noexcept { return here_ == 0; }
  /// The first job that may start; nullptr when there is none.
  Member* startable(Priority priority) const noexcept;
  Member* first_startable() const noexcept;
  /// Whether it has started, or may start now.
  bool may_go_on(const Member& member) const noexcept;
  /// Whether the job can't start before others have.
  bool holds_back(const Member& member) const noexcept {
    return most_running_ && member.state.load() == Member::in_line && &member != next_;
  }
  bool is_full() const noexcept { return most_running_ && busy_ >= most_running_; }
  std::size_t queued() const noexcept { return queued_; }
  /// The first job that waits for others before it can be in line; nullptr when there is none.
  Member* first_lead() const noexcept;
  void fill(tp_group_stats_t& stats) const noexcept;

  /// Calls with each job that counts for the bound, until a call returns true. They are among the first members.
  template <class Call>
  bool each_busy(Call call) const noexcept {
    std::uint32_t left = busy_;
    for (Member* member = members_.first(); member && left; member = member->next) {
      if (!member->is_busy) continue;
      --left;
      if (call(*member->job)) return true;
    }
    return false;
  }
  /// Calls with the jobs that may start next, and with those that have started; none in a pause.
  template <class Call>
  bool each_going_on(Call call) const noexcept {
    for (const Priority priority : kByUrgency)
      if (Member* const member = startable(priority); member && call(*member->job)) return true;
    return !is_paused_.load() && each_busy(call);
  }
  /// Calls with each job whose end is left to a worker, until a call returns true.
  template <class Call>
  bool each_left(Call call) const noexcept {
    for (Member* member = members_.first(); member; member = member->next)
      if (member->job->is_left() && call(*member->job)) return true;
    return false;
  }
  /// Calls with each job of which one has to end, or to start, before those that are held back can; none while only a
  /// pause keeps them.
  template <class Call>
  bool each_before_next(Call call) const noexcept {
    return is_full() ? each_busy(call) : next_ && !is_paused_.load() && call(*next_->job);
  }

 private:
  static Priority priority_of(const Member& member) noexcept {
    return member.job->extras().priority;
  }
  MemberLine& line_of(const Member& member) noexcept {
    return lines_[index_of(priority_of(member))];
  }
  void enter(Member& member) noexcept;
  void list(Member& member) noexcept;
  void leave_line(Member& member) noexcept;
  bool choose() noexcept;

  std::uint64_t completed_ = 0, failed_ = 0, cancelled_ = 0;
  const std::uint32_t most_running_;
  std::uint32_t here_ = 0;  // joined and not ready
  std::uint32_t queued_ = 0, running_ = 0;
  std::uint32_t busy_ = 0;   // as Member::is_busy
  std::uint32_t leads_ = 0;  // as Member::is_lead
  std::uint32_t round_ = 0;  // of cancels
  std::atomic<bool> is_paused_{false};
  Member* next_ = nullptr;  // with a bound: the one that may start
  MemberList members_;
  MemberLine lines_[kPriorities];
};

}  // namespace tp::core
