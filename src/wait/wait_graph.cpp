// SPDX-License-Identifier: MIT
// Stage 7: blocked waits and their graph, with its locks and its table; from wait/wait, to wait/deadlock.
#include "wait/wait_graph.h"

#include <algorithm>
#include <new>
#include <tuple>
#include <utility>

#include "result/group.h"
#include "result/job.h"

namespace tp::core {
namespace {

/// The graph of a pool; nullptr if a parent process made the pool.
WaitGraph* graph_of(const PoolContext& context) noexcept {
  WaitGraph& graph = context.blocked().graph();
  return graph.is_inherited() ? nullptr : &graph;
}

/// Whether the call around this one is of the same job, so that it holds up the job as long as its thread waits.
bool is_inner_part(const CallScope& scope) noexcept {
  return scope.kind() == CallScope::Kind::spawned && scope.outer() &&
         scope.outer()->job() == scope.job();
}

bool is_callback(const CallScope& scope) noexcept {
  return scope.kind() == CallScope::Kind::callback;
}

}  // namespace

Wait::Wait(const Awaited& awaited, Kind kind) noexcept
    : scopes_(CallScope::current()),
      awaited_(awaited),
      lead_(is_registered() && awaited.group && !awaited.is_for_room ? awaited.group->first_lead()
                                                                     : nullptr),
      dependencies_(lead_ ? &lead_ : awaited.jobs,
                    is_registered() ? (lead_ ? 1 : awaited.count) : 0, KeptDependencies::all),
      kind_(kind),
      parker_(this_parker()) {
  PoolContext* const mine = this_thread.pool;
  if (!is_registered()) return;
  if (mine && graph_of(*mine)) {
    pool_ = &mine->blocked();
    worker_ = static_cast<std::size_t>(this_thread.index);
  }
  WaitGraph* const own = own_graph();
  WaitGraph* const first = own ? own : awaited_graph(0);
  if (!first) return;
  if (own) own->retain();
  GraphLock lock(*first);
  join_scopes(lock);
  if (join_awaited(lock, own ? 0 : 1)) {
    join_dependencies(lock);
    graph_ = first;
    lock.graph().add(*this);
    if (!help_itself()) resolve(lock.graph(), *this);
  } else {
    first->release();  // the locked graph stays: its pool exists, or a wait for its job does
  }
}

/// The graph of the pool whose worker the thread is, or of a pool whose code it runs.
WaitGraph* Wait::own_graph() const noexcept {
  if (pool_) return &pool_->graph();
  for (const CallScope* scope = scopes_; scope; scope = scope->outer())
    if (scope->holds_up())
      if (WaitGraph* const graph = graph_of(*scope->pool())) return graph;
  return nullptr;
}

/// The graph of what is awaited, with a reference; nullptr when that is over or missing. The pool of a job that is not
/// ready exists: the thread that makes the job ready then locks the job's WaitList, because this thread is in it.
WaitGraph* Wait::awaited_graph(std::size_t index) const noexcept {
  WaitGraph* graph = nullptr;
  if (awaited_.pool) {
    graph = &awaited_.pool->graph();
    graph->retain();
  } else if (index < awaited_.count) {
    graph = graph_of_unready(*awaited_.jobs[index]);
  }
  return graph;
}

/// REQUIRES: this thread, or a follower, is in the WaitList of the job, or the job was ready before.
WaitGraph* Wait::graph_of_unready(Job& job) noexcept {
  WaitGraph* graph = nullptr;
  job.waiters().locked([&] {
    if (job.ready()) return;
    graph = &job.pool().blocked().graph();
    graph->retain();
  });
  return graph;
}

/// Whether there is an item that this thread may run of what the awaited jobs depend on. An item that comes later finds
/// this wait (PoolWaits::let_run).
bool Wait::help_itself() noexcept {
  for (std::size_t i = 0; i < awaited_.count; ++i)
    if (awaited_.jobs[i]->dependent() && help_with(*awaited_.jobs[i])) return true;
  return lead_ && help_with(*lead_);
}

/// The same of one awaited job, or of one that a group runs before what it depends on.
bool Wait::help_with(Job& awaited) noexcept {
  const auto help = [this](Job& job) { return may_help(job) && (tell_help(job), true); };
  return Dependencies(awaited).find([&](Job& of) {
    Group* const group = of.group();
    return help(of) || (group && group->holds_back(of) && group->each_before_next(help));
  });
}

/// Whether one of the awaited jobs does, or the first one of the group that may.
bool Wait::depends_on(const Job& job) const noexcept {
  const auto is_it = [&job](const Job& other) { return &other == &job; };
  for (std::size_t i = 0; i < awaited_.count; ++i)
    if (Dependencies(*awaited_.jobs[i]).find(is_it)) return true;
  return lead_ && Dependencies(*lead_).find(is_it);
}

/// Joins the graphs of the pools that may have to run something before an awaited job can end.
void Wait::join_dependencies(GraphLock& lock) const noexcept {
  const PoolContext* last = pool_ ? pool_->context() : nullptr;
  for (Job* const job : dependencies_) {
    if (&job->pool() == last) continue;
    WaitGraph* const graph = graph_of_unready(*job);
    if (!graph) continue;
    last = &job->pool();
    lock.join(*graph);
    graph->release();
  }
}

void Wait::join_scopes(GraphLock& lock) const noexcept {
  const PoolContext* last = pool_ ? pool_->context() : nullptr;
  for (const CallScope* scope = scopes_; scope; scope = scope->outer()) {
    if (!scope->holds_up() || scope->pool() == last) continue;
    last = scope->pool();
    if (WaitGraph* const graph = graph_of(*last)) lock.join(*graph);
  }
}

/// Joins the graphs of the awaited jobs; false when one of them is ready.
bool Wait::join_awaited(GraphLock& lock, std::size_t from) const noexcept {
  if (awaited_.pool) {
    if (from == 0) lock.join(awaited_.pool->graph());
    return true;
  }
  const PoolContext* last = pool_ ? pool_->context() : nullptr;
  for (std::size_t i = from; i < awaited_.count; ++i) {
    const PoolContext* const context = &awaited_.jobs[i]->pool();  // looked at as an address
    if (context == last) continue;
    WaitGraph* const graph = awaited_graph(i);
    if (!graph) return false;
    last = context;
    lock.join(*graph);
    graph->release();
  }
  return true;
}

Wait::~Wait() {
  if (Job* const job = leave()) job->unref();
  if (lead_) lead_->unref();
}

Job* Wait::leave() noexcept {
  if (!graph_) return nullptr;
  {
    GraphLock lock(*graph_);
    lock.graph().remove(*this);
  }
  std::exchange(graph_, nullptr)->release();
  return std::exchange(help_, nullptr);
}

bool Wait::in_callback() const noexcept { return CallScope::find(scopes_, is_callback); }

bool Wait::is_inside(const PoolContext* context) const noexcept {
  return CallScope::find(scopes_,
                         [context](const CallScope& scope) { return scope.pool() == context; });
}

bool Wait::is_inside(const Group* group) const noexcept {
  return CallScope::find(scopes_, [group](const CallScope& scope) {
    return scope.job() && scope.job()->group() == group;
  });
}

bool Wait::may_help(Job& job) const noexcept {
  const PoolContext* const own = pool_ ? pool_->context() : nullptr;
  return job.claimable_by(own, parker_);
}

void Wait::tell_cycle() noexcept {
  told_.store(Told::cycle);
  parker_.unpark();
}

void Wait::tell_help(Job& job) noexcept {
  job.ref();
  help_ = &job;
  told_.store(Told::help);
  parker_.unpark();
}

PoolContext* callback_pool() noexcept {
  const CallScope* const callback = CallScope::find(CallScope::current(), is_callback);
  return callback ? callback->pool() : nullptr;
}

void WaitGraph::release() noexcept {
  // acq_rel: the last owner sees what the others wrote before it frees the graph
  for (WaitGraph* graph = this; graph && graph->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1;)
    delete std::exchange(graph, graph->merged_into_.load());
}

WaitGraph* WaitGraph::root() noexcept {
  WaitGraph* graph = this;
  while (WaitGraph* const next = graph->merged_into_.load()) graph = next;
  return graph;
}

CallScope*& WaitGraph::bucket(const Job* job) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(job);
  return holders_[(address >> 5 ^ address >> 12) % kBuckets];
}

/// Puts the wait into the list, and the call scopes of its thread into the table.
void WaitGraph::list(Wait& wait) noexcept {
  hold(wait);
  wait.prev_ = nullptr;
  wait.next_ = waits_;
  if (waits_) waits_->prev_ = &wait;
  waits_ = &wait;
  ++size_;
}

void WaitGraph::add(Wait& wait) noexcept {
  list(wait);
  if (!wait.pool_) return;
  wait.next_of_pool_ = wait.pool_->blocked_;
  wait.link_of_pool_ = &wait.pool_->blocked_;
  if (wait.next_of_pool_) wait.next_of_pool_->link_of_pool_ = &wait.next_of_pool_;
  wait.pool_->blocked_ = &wait;
  wait.pool_->blocked_count_.fetch_add(1);
}

void WaitGraph::remove(Wait& wait) noexcept {
  unhold(wait);
  (wait.prev_ ? wait.prev_->next_ : waits_) = wait.next_;
  if (wait.next_) wait.next_->prev_ = wait.prev_;
  --size_;
  if (!wait.pool_) return;
  *wait.link_of_pool_ = wait.next_of_pool_;
  if (wait.next_of_pool_) wait.next_of_pool_->link_of_pool_ = wait.link_of_pool_;
  wait.pool_->blocked_count_.fetch_sub(1);
}

void WaitGraph::hold(Wait& wait) noexcept {
  for (CallScope* scope = wait.scopes_; scope; scope = scope->outer()) {
    scope->blocked_by_ = nullptr;
    if (!scope->holds_up() || is_inner_part(*scope)) continue;
    CallScope*& first = bucket(scope->job());
    scope->blocked_by_ = &wait;
    scope->next_holder_ = first;
    scope->holder_link_ = &first;
    if (first) first->holder_link_ = &scope->next_holder_;
    first = scope;
  }
}

void WaitGraph::unhold(Wait& wait) noexcept {
  for (CallScope* scope = wait.scopes_; scope; scope = scope->outer()) {
    if (!scope->blocked_by_) continue;
    *scope->holder_link_ = scope->next_holder_;
    if (scope->next_holder_) scope->next_holder_->holder_link_ = scope->holder_link_;
  }
}

CallScope* WaitGraph::holder(const Job* job) const noexcept {
  CallScope* scope = const_cast<WaitGraph*>(this)->bucket(job);
  while (scope && scope->job() != job) scope = scope->next_holder_;
  return scope;
}

CallScope* WaitGraph::next_holder(const CallScope& of) noexcept {
  CallScope* scope = of.next_holder_;
  while (scope && scope->job() != of.job()) scope = scope->next_holder_;
  return scope;
}

const PoolWaits* WaitGraph::find(const PoolContext* context) const noexcept {
  const PoolWaits* pool = pools_;
  while (pool && pool->context_ != context) pool = pool->next_;
  return pool;
}

void WaitGraph::add_pool(PoolWaits& pool) noexcept {
  pool.next_ = pools_;
  pools_ = &pool;
  ++size_;
}

void WaitGraph::remove_pool(PoolWaits& pool) noexcept {
  PoolWaits** link = &pools_;
  while (*link != &pool) link = &(*link)->next_;
  *link = pool.next_;
  --size_;
}

/// REQUIRES: both graphs are locked, and both are roots.
void WaitGraph::take_over(WaitGraph& other) noexcept {
  while (PoolWaits* const pool = other.pools_) {
    other.pools_ = pool->next_;
    add_pool(*pool);
  }
  while (Wait* const wait = other.waits_) {
    other.waits_ = wait->next_;
    unhold(*wait);
    list(*wait);
  }
  searches_ = std::max(searches_, other.searches_);  // so that no number comes twice
  retain();
  other.merged_into_.store(this);
}

GraphLock::GraphLock(WaitGraph& graph) noexcept {
  for (;;) {
    graph_ = graph.root();
    graph_->lock();
    if (graph_->is_root()) return;
    graph_->unlock();
  }
}

void GraphLock::join(WaitGraph& other) noexcept {
  WaitGraph* const mine = graph_;
  if (other.root() == mine) return;
  mine->unlock();
  WaitGraph *first, *second;
  for (;;) {
    // all threads lock in the same order
    std::tie(first, second) = std::minmax({mine->root(), other.root()});
    first->lock();
    if (first != second) second->lock();
    if (first->is_root() && second->is_root()) break;
    if (first != second) second->unlock();
    first->unlock();
  }
  graph_ = first;
  if (first == second) return;
  WaitGraph* smaller = second;
  if (graph_->size_ < smaller->size_) std::swap(graph_, smaller);
  graph_->take_over(*smaller);
  smaller->unlock();
}

}  // namespace tp::core
