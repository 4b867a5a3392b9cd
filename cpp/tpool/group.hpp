// SPDX-License-Identifier: MIT
// Jobs of a pool that belong together. Since 1.2.
#ifndef TPOOL_GROUP_HPP
#define TPOOL_GROUP_HPP

#include "detail/prologue.hpp"

#include <tpool/group.h>

#include <cstddef>
#include <exception>
#include <utility>

#include "detail/cell.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "options.hpp"
#include "pool.hpp"
#include "submit.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// Group group(pool, {.max_running = 1}); in C++17 set the fields by name.
struct group_options {
  std::size_t max_pending = 0;  // the most jobs accepted and not ended; 0 = no bound
  std::size_t max_running =
      0;                       // the most jobs that run at a time; 1 = a serial queue, 0 = no bound
  const char* name = nullptr;  // the name of its jobs in traces; copied
};

// A group of jobs: one wait, one cancel and one bound for all of them. It has the calls of a pool that start jobs
// (submit.hpp), and its jobs are those, as if their options had the group. Group also goes into
// tp::options{.group = group}.
//
// Destroying a group, or assigning to it, resumes it, cancels its jobs if an exception leaves the scope that the group
// was made in, and waits until all are ready: afterwards nothing uses what they borrowed. Inside one of its own jobs it
// only cancels, because the wait would deadlock. A group outlives its pool.
class Group : public JobCalls<Group> {
 public:
  // Throws PoolNotRunning after close or terminate, Error (TP_EINIT) for a broken pool.
  explicit Group(const ThreadPool& pool, const group_options& how = {}) : pool_(pool.capi()) {
    auto to = detail::sized<tp_group_options_t>();
    to.max_pending = how.max_pending;
    to.max_running = how.max_running;
    to.name = how.name;
    tp_group_t* made = nullptr;
    detail::check(tp_group_create(pool_, &to, &made));
    group_.reset(made);
  }
  Group(Group&&) noexcept = default;
  Group& operator=(Group&& other) noexcept {
    if (this == &other) return *this;
    const Group ends(std::move(*this));
    pool_ = other.pool_;
    exceptions_ = other.exceptions_;
    group_ = std::move(other.group_);
    return *this;
  }
  ~Group() {
    if (!group_) return;
    tp_group_resume(capi());
    if (std::uncaught_exceptions() > exceptions_) tp_group_cancel(capi());
    if (tp_group_wait(capi(), TP_FOREVER) == TP_OK) return;
    tp_group_cancel(capi());
    tp_group_wait(capi(), TP_FOREVER);  // returns at once inside one of its own jobs
  }

  // Waits until none of its jobs is queued or running; other threads may add jobs meanwhile. Doesn't
  // throw what they threw. Error (TP_EDEADLK) inside one of its jobs.
  void wait() const { detail::check(tp_group_wait(capi(), TP_FOREVER)); }

  // The same for at most timeout. Returns whether all are ready.
  bool wait(Timeout timeout) const {
    return detail::check_in_time(tp_group_wait(capi(), timeout.count()));
  }

  // Cancels each job that it has now, as Result::cancel does.
  void cancel() const { detail::check(tp_group_cancel(capi())); }

  // pause() keeps its jobs from starting until resume(). Throws PoolNotRunning when the pool ends.
  void pause() const { detail::check(tp_group_pause(capi())); }
  void resume() const { detail::check(tp_group_resume(capi())); }

  // Returns a snapshot of its counts.
  tp_group_stats_t stats() const {
    auto stats = detail::sized<tp_group_stats_t>();
    detail::check(tp_group_stats(capi(), &stats));
    return stats;
  }

  // Lends the C group; NULL when it was moved from. Never throws.
  tp_group_t* capi() const noexcept { return group_.get(); }

 private:
  friend class JobCalls<Group>;
  detail::Target tpool_target() const {
    if (!group_) throw Error(TP_EINVAL);
    return {pool_, capi()};
  }

  tp_pool_t* pool_;
  int exceptions_ = std::uncaught_exceptions();
  detail::Owned<tp_group_t, tp_group_release> group_;
};

inline GroupRef::GroupRef(const Group& group) noexcept : group_(group.capi()) {}
inline GroupRef::GroupRef(const Group* group) noexcept : group_(group ? group->capi() : nullptr) {}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
