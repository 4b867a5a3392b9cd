// SPDX-License-Identifier: MIT
// Stage 7: the search for waits that can't end; from wait/wait_graph, to result/job.
#include <utility>

#include "queue/spawned.h"
#include "result/call_scope.h"
#include "result/group.h"
#include "result/job.h"
#include "wait/wait_graph.h"

namespace tp::core {
namespace {

/// One search: finds the waits that the newest one leads to, and which of them are stuck.
///
/// A job can't end while a stuck thread runs something of it, or while it has unstarted items, or an end that is left
/// to workers, and all workers of its pool are stuck, or while one that it depends on can't. A wait for any of several
/// jobs is stuck when none of them can end. A wait for all jobs of a pool is stuck when a job that has begun can't end.
/// A wait for room in a pool is stuck when none of the jobs that fill it can end. A job that its group holds back can't
/// end while none of those can that have to end or to start before it; what only a pause holds may end. A wait for a
/// group, or for room in it, is as one for a pool; of the group's jobs that depend on others it looks at the first. A
/// wait for what was spawned is stuck when the thread that runs it is stuck. A wait whose thread finds room now, or
/// something of its job to run, is not stuck: the thread wakes up. A wait that is not in the graph (of a thread that
/// runs nothing, or for a lock of the user) counts as one that ends.
///
/// After the OR model of Chandy, Misra and Haas, Distributed Deadlock Detection (1983), with AND over the threads of a
/// job. The cost grows with the number of waits that the newest one leads to.
class DeadlockSearch {
 public:
  DeadlockSearch(WaitGraph& graph, Wait& newest) noexcept
      : graph_(graph), newest_(newest), number_(graph.next_search()) {
    find(newest);
    while (Wait* const wait = to_do_) {
      to_do_ = wait->search.next_to_do;
      each_reason(*wait, [this](Wait& reason) {
        find(reason);
        return false;
      });
    }
  }

  /// Takes out the waits that may end until nothing changes. Returns whether the newest one is left. If loose, waits
  /// for a value of a stream may be stuck, too, and no further threads of the program are expected in a pool.
  bool is_stuck(bool loose) noexcept {
    loose_ = loose;
    for (Wait* wait = found_; wait; wait = wait->search.next_found)
      wait->search.is_out = wait->told() || (!loose && wait->kind() == Wait::next_value);
    for (bool goes_on = true; goes_on && is_stuck(newest_);) {
      goes_on = false;
      for (Wait* wait = found_; wait; wait = wait->search.next_found)
        if (is_stuck(*wait) && may_end(*wait)) wait->search.is_out = goes_on = true;
    }
    return is_stuck(newest_);
  }

  /// Wakes a stuck worker to run an item that its wait depends on; false when there is none.
  bool tell_helper() noexcept {
    for (Wait* wait = found_; wait; wait = wait->search.next_found) {
      if (!is_stuck(*wait)) continue;
      const Awaited& awaited = wait->awaited();
      for (std::size_t i = 0; i < awaited.count; ++i)
        if (tell_helper_of(*awaited.jobs[i], *wait, true)) return true;
      if (wait->lead() && tell_helper_of(*wait->lead(), *wait, false)) return true;
      const auto each = [&](auto call) { return awaited.group->with_claimable(call); };
      if (awaited.group && tell_one(*wait, wait->pool(), nullptr, each)) return true;
    }
    return false;
  }

  /// Tells the fittest stuck wait to return; false when none may.
  bool tell_victim() noexcept {
    Wait* fittest = &newest_;
    for (Wait* wait = found_; wait; wait = wait->search.next_found)
      if (is_stuck(*wait) && rank(*wait) > rank(*fittest)) fittest = wait;
    if (rank(*fittest) == 0) return false;
    fittest->tell_cycle();
    return true;
  }

 private:
  static int rank(const Wait& wait) noexcept {
    return wait.kind() == Wait::checked ? 1 + wait.in_callback() : 0;
  }

  bool is_stuck(const Wait& wait) const noexcept {
    return wait.search.number == number_ && !wait.search.is_out;
  }

  void find(Wait& wait) noexcept {
    if (wait.search.number == number_) return;
    wait.search = {number_, 0, found_, to_do_, false};
    found_ = to_do_ = &wait;
  }

  /// Calls with the wait of each blocked worker of the pool, until a call returns true. Returns whether one has.
  template <class Call>
  static bool each_worker(const PoolWaits& pool, Call call) noexcept {
    for (Wait* wait = pool.first_blocked(); wait; wait = wait->next_of_pool())
      if (call(*wait)) return true;
    return false;
  }

  /// The same with the wait of each thread that runs something of the awaited pool, or group.
  template <class Call>
  bool each_inside(const Awaited& awaited, Call call) const noexcept {
    for (Wait* wait = graph_.first(); wait; wait = wait->next()) {
      const bool is_inside =
          awaited.group ? wait->is_inside(awaited.group) : wait->is_inside(awaited.pool->context());
      if (is_inside && call(*wait)) return true;
    }
    return false;
  }

  /// Calls with each job of which one has to go on before this one ends: itself, or, if its group holds it back, those
  /// before it. Until a call returns true.
  template <class Call>
  static bool each_way(Job& job, Call call) noexcept {
    Group* const group = job.group();
    return group && group->holds_back(job) ? group->each_before_next(call) : call(job);
  }

  /// Calls with the wait of each thread that may hold up the job, until a call returns true.
  template <class Call>
  bool each_in_way_of(Job& job, Call call) const noexcept {
    for (CallScope* scope = graph_.holder(&job); scope; scope = WaitGraph::next_holder(*scope))
      if (call(*scope->blocked_by())) return true;
    const PoolWaits* const pool = blocked_pool(job);
    return pool && each_worker(*pool, call);
  }

  /// The same with the wait of the thread that runs what was spawned, if that thread is blocked.
  template <class Call>
  bool thief_of(const Spawned& spawned, Call call) const noexcept {
    const CallScope* const run = spawned.is_over() ? nullptr : spawned.thief_scope();
    const auto is_run = [run](const CallScope& scope) { return &scope == run; };
    for (Wait* wait = run ? graph_.first() : nullptr; wait; wait = wait->next())
      if (CallScope::find(wait->scopes(), is_run)) return call(*wait);
    return false;
  }

  /// The same with each wait that may hold up this one.
  template <class Call>
  bool each_reason(Wait& wait, Call call) const noexcept {
    const Awaited& awaited = wait.awaited();
    if (awaited.spawned) return thief_of(*awaited.spawned, call);
    const auto in_way = [&](Job& job) { return each_in_way_of(job, call); };
    const auto holds_up = [&](Job& job) { return each_way(job, in_way); };
    if (awaited.pool && each_inside(awaited, call)) return true;
    if (awaited.group && awaited.group->with_claimable(in_way)) return true;
    if (wait.lead() && Dependencies(*wait.lead()).find(holds_up)) return true;
    for (std::size_t i = 0; i < awaited.count; ++i)
      if (Dependencies(*awaited.jobs[i]).find(holds_up)) return true;
    return false;
  }

  /// The job's pool, if the job needs a worker to go on and none is left; else nullptr.
  const PoolWaits* blocked_pool(Job& job) const noexcept {
    const PoolWaits* const pool = graph_.find(&job.pool());  // looked at as an address
    const bool needs_one = pool && pool->all_blocked(loose_) && (job.claimable() || job.is_left());
    return needs_one ? pool : nullptr;
  }

  bool may_end(Wait& wait) const noexcept {
    const Awaited& awaited = wait.awaited();
    const auto stuck = [this](const Wait& other) { return is_stuck(other); };
    if (awaited.spawned) return !thief_of(*awaited.spawned, stuck);
    const auto may_come = [&](const auto& room) {
      return room.has_space() || stuck_jobs(awaited) < room.taken();
    };
    if (awaited.room) return may_come(*awaited.room);
    if (awaited.is_for_room) return may_come(awaited.group->room());
    if (awaited.group)
      return !each_inside(awaited, stuck) && group_may_go_on(wait) &&
             (!wait.lead() || job_may_end(*wait.lead(), wait));
    if (awaited.pool) return !each_inside(awaited, stuck);
    for (std::size_t i = 0; i < awaited.count; ++i)
      if (job_may_end(*awaited.jobs[i], wait)) return true;
    return false;
  }

  /// Whether what its group could start, and has not, will start.
  bool group_may_go_on(const Wait& wait) const noexcept {
    return !wait.awaited().group->with_claimable(
        [&](Job& job) { return !wait.may_help(job) && !goes_on(job); });
  }

  bool job_may_end(Job& job, const Wait& wait) const noexcept {
    return Dependencies::may_end(job, [&](Job& of) {
      bool has_way = false;
      const auto may_go_on = [&](Job& way) {
        has_way = true;
        return wait.may_help(way) || goes_on(way);
      };
      return each_way(of, may_go_on) || !has_way;  // only a pause holds it
    });
  }

  bool goes_on(Job& job) const noexcept {
    if (first_stuck_holder(job)) return false;
    const PoolWaits* const pool = blocked_pool(job);
    return !pool || each_worker(*pool, [&](const Wait& worker) {
      return !pool->is_surplus(worker) && !is_stuck(worker);
    });
  }

  const CallScope* first_stuck_holder(const Job& job) const noexcept {
    const CallScope* scope = graph_.holder(&job);
    while (scope && !is_stuck(*scope->blocked_by())) scope = WaitGraph::next_holder(*scope);
    return scope;
  }

  /// How many jobs of the pool, or of the group, can't end: all of them if no worker is left to start or end one.
  std::size_t stuck_jobs(const Awaited& awaited) const noexcept {
    const PoolWaits& pool = *awaited.pool;
    const auto goes_on = [this](const Wait& worker) { return !is_stuck(worker); };
    if (pool.all_threads_blocked() && !each_worker(pool, goes_on)) return SIZE_MAX;
    std::size_t count = 0;
    each_inside(awaited, [&](const Wait& wait) {
      for (const CallScope* scope = wait.scopes(); scope && is_stuck(wait); scope = scope->outer())
        if (is_of(*scope, awaited) && stands_for_job(*scope)) count += 1 + held_by(*scope);
      return false;
    });
    return count;
  }

  /// How many jobs the group of a stuck job holds back, if all that fill the group are stuck. The first of these counts
  /// them.
  std::size_t held_by(const CallScope& stuck) const noexcept {
    Job* const job = stuck.job();
    Group* const group = job ? job->group() : nullptr;
    const auto can_end = [this](const Job& other) { return !first_stuck_holder(other); };
    return group ? group->held_by(*job, can_end) : 0;
  }

  static bool is_of(const CallScope& scope, const Awaited& awaited) noexcept {
    if (awaited.group) return scope.job() && scope.job()->group() == awaited.group;
    return scope.pool() == awaited.pool->context();
  }

  /// Whether this is the first stuck call scope of its job, or the one call scope of a small task, which has no job.
  bool stands_for_job(const CallScope& scope) const noexcept {
    if (!scope.job()) return scope.kind() == CallScope::Kind::task;
    return first_stuck_holder(*scope.job()) == &scope;
  }

  /// Whether one stuck wait depends on another, through stuck ones.
  bool leads_to(Wait& from, const Wait& to) const noexcept {
    const std::uint64_t path = graph_.next_search();
    Wait* to_do = nullptr;
    const auto add = [&](Wait& wait) {
      if (&wait == &to) return true;
      if (!is_stuck(wait) || std::exchange(wait.search.path, path) == path) return false;
      wait.search.next_to_do = std::exchange(to_do, &wait);
      return false;
    };
    bool found = add(from);
    while (to_do && !found) {
      Wait& wait = *std::exchange(to_do, to_do->search.next_to_do);
      found = each_reason(wait, add);
    }
    return found;
  }

  /// Wakes a worker to run what a waiter depends on: something of the job, or of one that comes before it. is_awaited:
  /// the waiter looks at the job itself.
  bool tell_helper_of(Job& job, const Wait& waiter, bool is_awaited) noexcept {
    return Dependencies(job).find([&](Job& of) {
      const auto each = [&](auto call) { return each_way(of, call); };
      return tell_one(waiter, is_awaited ? waiter.pool() : nullptr, &job, each);
    });
  }

  /// The same for one of the jobs that each(call) calls with, under the mutex of the groups. The worker is one of the
  /// job's own pool, and depends on the waiter, or is it. The workers of the pool looking look at the job seen by
  /// themselves, or, if that is nullptr, at all of these jobs, unless a taker has the pool's items.
  template <class Each>
  bool tell_one(const Wait& waiter, const PoolWaits* looking, const Job* seen, Each each) noexcept {
    const PoolWaits* pool = nullptr;
    if (looking && looking->context()->taker()) looking = nullptr;
    const auto is_wanted = [&](Job& job) {
      pool = blocked_pool(job);
      return pool && !(pool == looking && (!seen || seen == &job));
    };
    if (!each(is_wanted)) return false;
    Wait* helper = nullptr;
    each_worker(*pool, [&](Wait& worker) {
      const bool fits = is_stuck(worker) && leads_to(worker, waiter);
      if (fits) helper = &worker;
      return fits;
    });
    return helper && each([&](Job& job) {
             if (!is_wanted(job)) return false;
             helper->tell_help(job);
             return true;
           });
  }

  WaitGraph& graph_;
  Wait& newest_;
  const std::uint64_t number_;
  bool loose_ = true;
  Wait* found_ = nullptr;  // the last one found comes first, because it is likely to end first
  Wait* to_do_ = nullptr;
};

}  // namespace

void resolve(WaitGraph& graph, Wait& newest) noexcept {
  DeadlockSearch search(graph, newest);
  if (!search.is_stuck(true) || search.tell_helper()) return;
  while (search.is_stuck(false) && search.tell_victim()) {
  }
}

}  // namespace tp::core
