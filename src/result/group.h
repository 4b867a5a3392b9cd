// SPDX-License-Identifier: MIT
// Stage 6: jobs of a pool that belong together; from submit/admission, to result/group_ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/handle_tag.h"
#include "base/wait_list.h"
#include "result/group_ring.h"
#include "result/job.h"
#include "result/member.h"
#include "tpool/group.h"

namespace tp::core {

/// A group keeps the jobs that have not started in a line for each priority. If it has a bound on running jobs, only
/// the first one of all may start (next_), and only below the bound; the others are held (Job::in_group). A job
/// starts under the mutex, by a worker (GroupRing::take) or by a thread that helps (start). It counts as running until
/// it is about to be ready, and for the bound until it is ready.
///
/// Counted: by the handle and by each member. It keeps the pool's memory. Thread-safe.
class Group {
 public:
  /// TP_OK, TP_ECLOSED, TP_EINIT or TP_ENOMEM.
  static int make(PoolContext& pool, const tp_group_options_t& options, Group*& group) noexcept;
  void retain() noexcept { refs_.fetch_add(1); }
  void release() noexcept;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  PoolContext& pool() const noexcept { return pool_; }
  const HandleTag& handle_tag() const noexcept { return handle_tag_; }
  /// nullptr: none.
  const char* name() const noexcept { return name_[0] ? name_ : nullptr; }
  const std::atomic<bool>& is_paused() const noexcept { return is_paused_; }
  bool has_most_running() const noexcept { return most_running_ != 0; }

  // -- calls of the C API (the wait is worker/group_wait) -----------------------------------------
  void cancel();
  int pause() noexcept;
  void resume() noexcept;
  void stats(tp_group_stats_t& stats) noexcept;
  /// The handle is gone.
  void give_up() noexcept;

  // -- a job's way in -----------------------------------------------------------------------------
  bool is_bounded() const noexcept { return most_pending_ != 0; }
  /// Takes room for one job; false when there is none. Then the thread may wait in the list of the pool's Room.
  bool take() noexcept;
  /// Takes room even beyond the bound.
  void take_anyway() noexcept;
  void give_back_room() noexcept;
  /// From here on cancels reach the job.
  void join(Job& job) noexcept;
  /// Puts it where it waits for its start. No effect on a job that is over, or has been here before.
  void line_up(Job& job) noexcept;
  /// The submitting thread starts it. REQUIRES: no bound on running jobs.
  void start_here(Job& job) noexcept;

  // -- its start and its end ----------------------------------------------------------------------
  /// A thread that helps starts the job, unless it has started; false when it may not.
  bool start(Job& job) noexcept;
  /// The job is about to be ready with this status.
  void counted(Job& job, int status) noexcept;
  /// The job is ready.
  void left(Job& job) noexcept;

  // -- waits --------------------------------------------------------------------------------------
  /// Whether no job is queued or running.
  bool is_idle() noexcept;
  /// Whether the calling thread runs user code of one of its jobs; of how many.
  bool has_caller() const noexcept { return callers() != 0; }
  std::size_t callers() const noexcept;
  /// Whether a job of this thread's, for which the thread would wait, could start only after those on its stack.
  bool excludes_caller() const noexcept { return most_running_ && callers() >= most_running_; }
  /// A job of which the calling thread may and can run something, with a reference; nullptr when there is none.
  Job* claimable_here() noexcept;
  /// The same, so that this job, which is held back, comes closer to its start.
  Job* claimable_before(const Job& job) noexcept;
  /// Threads that wait for a job of this group, which may be held back.
  WaitList& waiters() noexcept { return waiters_; }
  /// Wakes the threads that wait for it, or for one of its jobs: they look again.
  void wake_waiters() noexcept;
  /// Counts the threads that wait for the group, in the list of the idle pool.
  void count_waiter(std::uint32_t change) noexcept { waits_.fetch_add(change); }

  // for the search for waits that can't end
  /// Whether the job can't start before others have.
  bool holds_back(const Job& job) noexcept;
  /// Calls with each job of which one has to end, or to start, before those that are held back can; none while only a
  /// pause keeps them. Stops when a call returns true, and returns that.
  template <class Call>
  bool each_before_next(Call call) noexcept {
    Lock lock(ring().mutex_);
    return is_full() ? each_busy(call) : next_ && !is_paused_.load() && call(*next_->job);
  }
  /// A call with a job that has something to claim; false when there is none.
  template <class Call>
  bool with_claimable(Call call) noexcept {
    bool answer = false;
    each_going_on([&](Job& job) { return job.claimable() && (answer = call(job), true); });
    return answer;
  }
  /// The first job that waits for others before its group may start it, with a reference; nullptr when there is none.
  Job* first_lead() noexcept;
  bool has_space() noexcept;
  /// How many jobs fill it.
  std::size_t pending() noexcept;
  /// How many jobs have not started, if the group is full of jobs that can't end, and this one is the first of these;
  /// else 0.
  template <class CanEnd>
  std::size_t held_by(const Job& first, CanEnd can_end) noexcept {
    Lock lock(ring().mutex_);
    bool is_first = true;
    const auto goes_on = [&](const Job& job) {
      return (std::exchange(is_first, false) && &job != &first) || can_end(job);
    };
    return is_full() && !each_busy(goes_on) ? queued_ : 0;
  }

 private:
  friend class GroupRing;

  Group(PoolContext& pool, const tp_group_options_t& options) noexcept;
  ~Group() = default;
  void destroy() noexcept;

  GroupRing& ring() const noexcept { return pool_.groups(); }

  // REQUIRES: the ring's mutex is locked
  static Priority priority_of(const Member& member) noexcept {
    return member.job->extras().priority;
  }
  /// Calls with each job that counts for the bound, until a call returns true. They are among the first members.
  template <class Call>
  bool each_busy(Call call) noexcept {
    std::uint32_t left = busy_;
    for (Member* member = members_.first(); member && left; member = member->next) {
      if (!member->is_busy) continue;
      --left;
      if (call(*member->job)) return true;
    }
    return false;
  }
  /// Calls with the jobs that may start next, and with those that have started; none in a pause. Takes the mutex.
  template <class Call>
  bool each_going_on(Call call) noexcept {
    Lock lock(ring().mutex_);
    for (const Priority priority : {Priority::urgent, Priority::normal, Priority::background})
      if (Member* const member = startable(priority); member && call(*member->job)) return true;
    return !is_paused_.load() && each_busy(call);
  }
  bool is_full() const noexcept { return most_running_ && busy_ >= most_running_; }
  /// Whether it has started, or may start now.
  bool may_go_on(const Member& member) const noexcept;
  Member* next_to_cancel(std::uint32_t round) const noexcept;
  void cancel_up_to(std::uint32_t round);
  Member* startable(Priority priority) noexcept;
  Job* first_startable() noexcept;
  bool begin(Member& member) noexcept;
  bool choose() noexcept;
  bool offer() noexcept;
  void enter(Member& member) noexcept;
  void list(Member& member) noexcept;
  MemberLine& line_of(const Member& member) noexcept {
    return lines_[index_of(priority_of(member))];
  }
  void leave_line(Member& member) noexcept;
  void set_listed_as_paused(bool listed) noexcept;
  void open_started() noexcept;

  /// Behind a change: wakes the threads that wait and, if there is more to start, a worker.
  void tell(bool has_more) noexcept;

  HandleTag handle_tag_{HandleTag::group};
  std::atomic<std::uint32_t> refs_{1};
  PoolContext& pool_;
  const std::size_t most_pending_, most_running_;  // 0: no bound
  std::uint64_t completed_ = 0, failed_ = 0, cancelled_ = 0;
  std::uint32_t taken_ = 0;  // room
  std::uint32_t here_ = 0;   // joined and not ready
  std::uint32_t queued_ = 0, running_ = 0;
  std::uint32_t busy_ = 0;   // as Member::is_busy
  std::uint32_t leads_ = 0;  // as Member::is_lead
  std::uint32_t round_ = 0;  // of cancels
  Member* next_ = nullptr;   // with a bound on running jobs: the one that may start
  MemberList members_;
  MemberLine lines_[kPriorities];
  Group* next_in_ring_[kPriorities] = {};
  Group *prev_paused_ = nullptr, *next_paused_ = nullptr;
  WaitList waiters_;
  std::atomic<std::uint32_t> waits_{0};
  std::atomic<bool> is_paused_{false};
  bool is_dead_ = false;  // nobody has it but the ring
  char name_[1];          // as long as it is
};

/// The handle of the C ABI is the group's address.
inline tp_group_t* to_handle(Group* group) noexcept { return reinterpret_cast<tp_group_t*>(group); }
inline Group* to_group(const tp_group_t* handle) noexcept {
  return reinterpret_cast<Group*>(const_cast<tp_group_t*>(handle));
}

}  // namespace tp::core
