// SPDX-License-Identifier: MIT
// Stage 7: the search for waits that can't end; from wait/waits, to wait/wait_graph.
#include "wait/deadlock.h"

#include <utility>

#include "result/frame.h"
#include "result/job.h"
#include "wait/waits.h"

namespace tp::core {
namespace {

/// One search: the waits that the newest one leads to, and which of them are stuck.
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

  /// Takes away what may end until nothing more does. Whether the newest is left. loose: waits for a
  /// value of a stream count, and more threads of the host's are not waited for.
  bool is_stuck(bool loose) noexcept;
  /// Wakes a stuck worker for an item that it depends on; false when there is none.
  bool tell_helper() noexcept;
  /// The stuck one that had best return.
  Wait& fittest() noexcept;
  static int rank(const Wait& wait) noexcept;

 private:
  void find(Wait& wait) noexcept;
  /// Calls with each wait that may hold up this one, until one call returns true; whether one has.
  template <class Call>
  bool each_reason(Wait& wait, Call call) const noexcept;
  template <class Call>
  static bool each_worker(const PoolWaits& pool, Call call) noexcept;
  /// The same with each wait of a thread that runs something of the pool.
  template <class Call>
  bool each_inside(const PoolWaits& pool, Call call) const noexcept;
  const PoolWaits* blocked_pool(Job& job) const noexcept;
  bool may_end(Wait& wait) const noexcept;
  bool job_may_end(Job& job) const noexcept;
  bool all_stuck(const PoolWaits& pool) const noexcept;
  std::size_t stuck_jobs(const PoolWaits& pool) const noexcept;
  bool counts(const Frame& frame) const noexcept;
  bool is_stuck(const Wait& wait) const noexcept {
    return wait.search.number == number_ && !wait.search.is_out;
  }
  bool leads_to(Wait& from, const Wait& to) const noexcept;
  bool tell_helper_of(Job& job, const Wait& waiter) noexcept;

  WaitGraph& graph_;
  Wait& newest_;
  const std::uint64_t number_;
  bool loose_ = true;
  Wait* found_ = nullptr;  // the one found last comes first: it is likely to end first
  Wait* to_do_ = nullptr;
};

void DeadlockSearch::find(Wait& wait) noexcept {
  Wait::Search& search = wait.search;
  if (search.number == number_) return;
  search = {number_, 0, found_, to_do_, false};
  found_ = to_do_ = &wait;
}

template <class Call>
bool DeadlockSearch::each_worker(const PoolWaits& pool, Call call) noexcept {
  for (Wait* wait = pool.first_blocked(); wait; wait = wait->next_of_pool())
    if (call(*wait)) return true;
  return false;
}

template <class Call>
bool DeadlockSearch::each_inside(const PoolWaits& pool, Call call) const noexcept {
  for (Wait* wait = graph_.first(); wait; wait = wait->next())
    if (wait->is_inside(pool.owner()) && call(*wait)) return true;
  return false;
}

template <class Call>
bool DeadlockSearch::each_reason(Wait& wait, Call call) const noexcept {
  const Awaited& awaited = wait.awaited();
  if (awaited.pool) return each_inside(*awaited.pool, call);
  for (std::size_t i = 0; i < awaited.count; ++i) {
    Job& job = *awaited.jobs[i];
    for (Frame* frame = graph_.holder(&job); frame; frame = WaitGraph::next_holder(*frame))
      if (call(*frame->blocked_by())) return true;
    const PoolWaits* const pool = blocked_pool(job);
    if (pool && each_worker(*pool, call)) return true;
  }
  return false;
}

/// The job's pool, if the job needs a worker to go on and none is left; else nullptr.
const PoolWaits* DeadlockSearch::blocked_pool(Job& job) const noexcept {
  const PoolWaits* const pool = graph_.find(&job.owner());  // looked at as an address
  return pool && pool->all_blocked(loose_) && job.claimable() ? pool : nullptr;
}

bool DeadlockSearch::is_stuck(bool loose) noexcept {
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

bool DeadlockSearch::may_end(Wait& wait) const noexcept {
  const Awaited& awaited = wait.awaited();
  const auto stuck = [this](const Wait& other) { return is_stuck(other); };
  if (awaited.pending) return stuck_jobs(*awaited.pool) < awaited.pending->load();
  if (awaited.pool) return !each_inside(*awaited.pool, stuck);
  for (std::size_t i = 0; i < awaited.count; ++i)
    if (job_may_end(*awaited.jobs[i])) return true;
  return false;
}

/// How many jobs of the pool can't end; all of them where no worker is left to start or end one.
std::size_t DeadlockSearch::stuck_jobs(const PoolWaits& pool) const noexcept {
  const auto goes_on = [this](const Wait& worker) { return !is_stuck(worker); };
  if (pool.all_threads_blocked() && !each_worker(pool, goes_on)) return SIZE_MAX;
  std::size_t count = 0;
  each_inside(pool, [&](const Wait& wait) {
    for (const Frame* frame = wait.frames(); frame && is_stuck(wait); frame = frame->outer())
      count += frame->owner() == pool.owner() && counts(*frame);
    return false;
  });
  return count;
}

/// Of the frames of one job counts the first that is stuck; a small task has no job, and one frame.
bool DeadlockSearch::counts(const Frame& frame) const noexcept {
  if (!frame.job()) return frame.kind() == Frame::Kind::task;
  const Frame* first = graph_.holder(frame.job());
  while (first && !is_stuck(*first->blocked_by())) first = WaitGraph::next_holder(*first);
  return first == &frame;
}

bool DeadlockSearch::job_may_end(Job& job) const noexcept {
  for (Frame* frame = graph_.holder(&job); frame; frame = WaitGraph::next_holder(*frame))
    if (is_stuck(*frame->blocked_by())) return false;
  const PoolWaits* const pool = blocked_pool(job);
  return !pool || !all_stuck(*pool);
}

bool DeadlockSearch::all_stuck(const PoolWaits& pool) const noexcept {
  return pool.all_blocked(loose_) && !each_worker(pool, [&](const Wait& worker) {
           return !pool.is_surplus(worker) && !is_stuck(worker);
         });
}

/// Whether one stuck wait depends on another, through stuck ones.
bool DeadlockSearch::leads_to(Wait& from, const Wait& to) const noexcept {
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

bool DeadlockSearch::tell_helper() noexcept {
  for (Wait* waiter = found_; waiter; waiter = waiter->search.next_found) {
    if (!is_stuck(*waiter)) continue;
    const Awaited& awaited = waiter->awaited();
    for (std::size_t i = 0; i < awaited.count; ++i)
      if (tell_helper_of(*awaited.jobs[i], *waiter)) return true;
  }
  return false;
}

/// A worker of the job's own pool that depends on the one that waits for the job.
bool DeadlockSearch::tell_helper_of(Job& job, const Wait& waiter) noexcept {
  const PoolWaits* const pool = blocked_pool(job);
  if (!pool || pool == waiter.pool()) return false;
  return each_worker(*pool, [&](Wait& worker) {
    if (!is_stuck(worker) || !leads_to(worker, waiter)) return false;
    worker.tell_help(job);
    return true;
  });
}

int DeadlockSearch::rank(const Wait& wait) noexcept {
  return wait.kind() == Wait::checked ? 1 + wait.in_callback() : 0;
}

Wait& DeadlockSearch::fittest() noexcept {
  Wait* fittest = &newest_;
  for (Wait* wait = found_; wait; wait = wait->search.next_found)
    if (is_stuck(*wait) && rank(*wait) > rank(*fittest)) fittest = wait;
  return *fittest;
}

}  // namespace

void resolve(WaitGraph& graph, Wait& newest) noexcept {
  DeadlockSearch search(graph, newest);
  if (!search.is_stuck(true) || search.tell_helper()) return;
  while (search.is_stuck(false)) {
    Wait& victim = search.fittest();
    if (DeadlockSearch::rank(victim) == 0) return;
    victim.tell_cycle();
  }
}

}  // namespace tp::core
