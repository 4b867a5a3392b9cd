// SPDX-License-Identifier: MIT
// Jobs of a pool that belong together. Since 1.2.
#ifndef TPOOL_GROUP_HPP
#define TPOOL_GROUP_HPP

#include "detail/prologue.hpp"

#include <tpool/group.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "error.hpp"
#include "options.hpp"
#include "pool.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// Group group(pool, {.max_running = 1}); in C++17 set the fields by name.
struct group_options {
  std::size_t max_pending = 0;  // the most jobs accepted and not ended; 0 = no bound
  std::size_t max_running =
      0;                       // the most jobs that run at a time; 1 = a serial queue, 0 = no bound
  const char* name = nullptr;  // the name of its jobs in traces; copied
};

// A group of jobs: one wait, one cancel and one bound for all of them. It has all calls of the pool
// that submit, and its jobs are those, as if their options had the group. Group also goes into
// tp::options{.group = group}.
//
// Destroying a group, or assigning to it, resumes it, cancels its jobs if an exception leaves the
// scope that the group was made in, and waits until all are ready: afterwards nothing uses what they
// borrowed. Inside one of its own jobs it only cancels, because the wait would deadlock. A group
// outlives its pool.
class Group {
 public:
  // Throws PoolNotRunning after close or terminate, Error (TP_EINIT) for a broken pool.
  explicit Group(const ThreadPool& pool, const group_options& how = {}) : pool_(pool.capi()) {
    tp_group_options_t to{};
    to.size = sizeof(to);
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

  // The calls of ThreadPool, for jobs of this group.

  template <class F, class... Args>
  detail::ValueOf<F, Args...> apply(F&& f, Args&&... args) const {
    const tp_job_options_t to = detail::job_options(in_group(options<>()));
    const auto call = [&]() -> decltype(auto) {
      return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    };
    return detail::apply_now<detail::ValueOf<F, Args...>>(pool_, call, &to);
  }

  template <class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(F&& f, Args&&... args) const {
    return apply_async(options<>(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  template <class C, class E, class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(options<C, E> how, F&& f,
                                                            Args&&... args) const {
    return pool()->apply_async(in_group(std::move(how)), std::forward<F>(f),
                               std::forward<Args>(args)...);
  }
  template <class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, F&& f, Args&&... args) const {
    apply_async(tp::forget, options<>(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  template <class C, class E, class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, options<C, E> how, F&& f,
                                              Args&&... args) const {
    pool()->apply_async(tp::forget, in_group(std::move(how)), std::forward<F>(f),
                        std::forward<Args>(args)...);
  }

  template <class F, class Range>
  auto map(F&& f, Range&& range, const options<>& how = {}) const {
    return pool()->map(std::forward<F>(f), std::forward<Range>(range), in_group(how));
  }
  template <class F, class Range>
  auto map(keep_errors_t keep, F&& f, Range&& range, const options<>& how = {}) const {
    return pool()->map(keep, std::forward<F>(f), std::forward<Range>(range), in_group(how));
  }
  template <class F, class Range>
  auto map_async(F&& f, Range&& range) const {
    return map_async(std::forward<F>(f), std::forward<Range>(range), options<>());
  }
  template <class F, class Range, class C = detail::MapCallback<std::decay_t<F>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto map_async(F&& f, Range&& range, options<C, E> how) const {
    return pool()->map_async(std::forward<F>(f), std::forward<Range>(range),
                             in_group(std::move(how)));
  }
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(keep_errors_t keep, F&& f, Range&& range, options<C, E> how = {}) const {
    return pool()->map_async(keep, std::forward<F>(f), std::forward<Range>(range),
                             in_group(std::move(how)));
  }

  template <class F, class Range>
  auto starmap(F&& f, Range&& rows, const options<>& how = {}) const {
    return pool()->starmap(std::forward<F>(f), std::forward<Range>(rows), in_group(how));
  }
  template <class F, class Range>
  auto starmap_async(F&& f, Range&& rows) const {
    return starmap_async(std::forward<F>(f), std::forward<Range>(rows), options<>());
  }
  template <class F, class Range,
            class C = detail::MapCallback<detail::Star<std::decay_t<F>>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto starmap_async(F&& f, Range&& rows, options<C, E> how) const {
    return pool()->starmap_async(std::forward<F>(f), std::forward<Range>(rows),
                                 in_group(std::move(how)));
  }

  template <class Range, class F>
  void for_each(Range&& range, F&& f, const options<>& how = {}) const {
    pool()->for_each(std::forward<Range>(range), std::forward<F>(f), in_group(how));
  }
  template <class F>
  void for_index(std::size_t n, F&& f, const options<>& how = {}) const {
    pool()->for_index(n, std::forward<F>(f), in_group(how));
  }
  template <class F>
  void for_range(std::size_t n, F&& f, const options<>& how = {}) const {
    pool()->for_range(n, std::forward<F>(f), in_group(how));
  }
  template <class Range, class T, class Op>
  T reduce(Range&& range, T init, Op&& op, const options<>& how = {}) const {
    return pool()->reduce(std::forward<Range>(range), std::move(init), std::forward<Op>(op),
                          in_group(how));
  }
  template <class Range, class T, class Op, class F>
  T transform_reduce(Range&& range, T init, Op&& op, F&& f, const options<>& how = {}) const {
    return pool()->transform_reduce(std::forward<Range>(range), std::move(init),
                                    std::forward<Op>(op), std::forward<F>(f), in_group(how));
  }
  template <class Out, class F, class Range>
  void map_into(Out&& out, F&& f, Range&& range, const options<>& how = {}) const {
    pool()->map_into(std::forward<Out>(out), std::forward<F>(f), std::forward<Range>(range),
                     in_group(how));
  }

  template <class F, class Range>
  [[nodiscard]] auto imap(F&& f, Range&& range, const options<>& how = {}) const {
    return pool()->imap(std::forward<F>(f), std::forward<Range>(range), in_group(how));
  }
  template <class F, class Range>
  [[nodiscard]] auto imap_unordered(F&& f, Range&& range, const options<>& how = {}) const {
    return pool()->imap_unordered(std::forward<F>(f), std::forward<Range>(range), in_group(how));
  }
  template <class Item, class F>
  [[nodiscard]] auto feed(F&& f, const options<>& how = {}) const {
    return pool()->template feed<Item>(std::forward<F>(f), in_group(how));
  }
  template <class Item, class F>
  [[nodiscard]] auto feed_unordered(F&& f, const options<>& how = {}) const {
    return pool()->template feed_unordered<Item>(std::forward<F>(f), in_group(how));
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
    tp_group_stats_t stats{};
    stats.size = sizeof(stats);
    detail::check(tp_group_stats(capi(), &stats));
    return stats;
  }

  // Lends the C group; NULL when it was moved from. Never throws.
  tp_group_t* capi() const noexcept { return group_.get(); }

 private:
  // A ThreadPool for one call, which does not own the pool.
  class Lent {
   public:
    explicit Lent(tp_pool_t* pool) noexcept : pool_(detail::Lend(), pool) {}
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent() { static_cast<void>(pool_.pool_.release()); }
    ThreadPool* operator->() noexcept { return &pool_; }

   private:
    ThreadPool pool_;
  };

  Lent pool() const noexcept { return Lent(pool_); }
  // Throws Error (TP_EINVAL) when it was moved from.
  template <class C, class E>
  options<C, E> in_group(options<C, E> how) const {
    if (!group_) throw Error(TP_EINVAL);
    how.group = capi();
    return how;
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
