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
#include "result/group_room.h"
#include "result/lineup.h"
#include "tpool/group.h"

namespace tp::core {

/// A group has its jobs in a Lineup. A job starts under the mutex of the pool's GroupRing, by a worker
/// (GroupRing::take) or by a thread that helps (start).
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
  const std::atomic<bool>& is_paused() const noexcept { return lineup_.is_paused(); }
  /// The bound on running jobs; 0 for none.
  std::size_t most_running() const noexcept { return lineup_.most_running(); }

  // -- calls of the C API (the wait is worker/group_wait, the cancel wait/dependencies) -----------
  /// A cancel goes over the jobs that the group has now (wait/dependencies): the next one, with a reference; nullptr
  /// when there is none.
  std::uint32_t begin_cancel() noexcept;
  Job* next_to_cancel(std::uint32_t round) noexcept;
  int pause() noexcept;
  void resume() noexcept;
  void stats(tp_group_stats_t& stats) noexcept;
  /// The handle is gone.
  void give_up() noexcept;

  // -- a job's way in -----------------------------------------------------------------------------
  GroupRoom& room() noexcept { return room_; }
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

  // -- waits (result/group_waits) -----------------------------------------------------------------
  /// Whether no job is queued or running.
  bool is_idle() noexcept;
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
  /// Lineup::each_before_next. Stops when a call returns true, and returns that.
  template <class Call>
  bool each_before_next(Call call) noexcept {
    Lock lock(ring().mutex_);
    return lineup_.each_before_next(call);
  }
  /// A call with a job that has something to claim, and with each whose end is left to a worker, until one returns
  /// true. Returns whether one has.
  template <class Call>
  bool with_claimable(Call call) noexcept {
    bool answer = false;
    Lock lock(ring().mutex_);
    lineup_.each_going_on([&](Job& job) { return job.claimable() && (answer = call(job), true); });
    return answer || each_left(call);
  }
  /// The first job that waits for others before its group may start it, with a reference; nullptr when there is none.
  Job* first_lead() noexcept;
  /// How many jobs have not started, if the group is full of jobs that can't end, and this one is the first of these;
  /// else 0.
  template <class CanEnd>
  std::size_t held_by(const Job& first, CanEnd can_end) noexcept {
    Lock lock(ring().mutex_);
    bool is_first = true;
    const auto goes_on = [&](const Job& job) {
      return (std::exchange(is_first, false) && &job != &first) || can_end(job);
    };
    return lineup_.is_full() && !lineup_.each_busy(goes_on) ? lineup_.queued() : 0;
  }

 private:
  friend class GroupRing;

  Group(PoolContext& pool, const tp_group_options_t& options) noexcept;
  ~Group() = default;
  void destroy() noexcept;

  GroupRing& ring() const noexcept { return pool_.groups(); }

  template <class Call>
  bool each_left(Call call) const noexcept {
    return pool_.any_left() && lineup_.each_left(call);
  }
  bool offer() noexcept TP_TSA(no_thread_safety_analysis);  // the mutex is the ring's
  Job* first_startable() noexcept;
  /// Behind a change: wakes the threads that wait and, if there is more to start, a worker.
  void tell(bool has_more) noexcept;

  HandleTag handle_tag_{HandleTag::group};
  std::atomic<std::uint32_t> refs_{1};
  PoolContext& pool_;
  GroupRoom room_;
  Lineup lineup_;
  Group* next_in_ring_[kPriorities] = {};
  Group *prev_paused_ = nullptr, *next_paused_ = nullptr;
  WaitList waiters_;
  std::atomic<std::uint32_t> waits_{0};
  bool is_dead_ = false;  // nobody has it but the ring
  char name_[1];          // as long as it is
};

/// How many jobs of the group there are whose user code the calling thread runs.
std::size_t callers_of(const Group& group) noexcept;
/// Whether a job of this thread's, for which the thread would wait, could start only after those on its stack.
inline bool excludes_caller(const Group& group) noexcept {
  return group.most_running() && callers_of(group) >= group.most_running();
}

/// The handle of the C ABI is the group's address.
inline tp_group_t* to_handle(Group* group) noexcept { return reinterpret_cast<tp_group_t*>(group); }
inline Group* to_group(const tp_group_t* handle) noexcept {
  return reinterpret_cast<Group*>(const_cast<tp_group_t*>(handle));
}

}  // namespace tp::core
