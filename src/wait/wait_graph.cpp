// SPDX-License-Identifier: MIT
// Stage 7: the graph of blocked waits, its locks and its table; from wait/waits, to wait/deadlock.
#include "wait/wait_graph.h"

#include <algorithm>
#include <new>
#include <tuple>
#include <utility>

#include "base/fork.h"
#include "result/frame.h"
#include "wait/waits.h"

namespace tp::core {

PoolWaits::PoolWaits(const PoolContext& owner) noexcept
    : owner_(&owner), graph_(WaitGraph::make()) {
  if (graph_) graph_->add_pool(*this);  // no other thread knows the graph yet
}

PoolWaits::~PoolWaits() {
  if (!graph_) return;
  if (!graph_->is_inherited()) {
    GraphLock lock(*graph_);
    lock.graph().remove_pool(*this);
  }
  graph_->release();
}

void PoolWaits::set_workers(std::size_t count) noexcept {
  if (workers_.exchange(count) > count) look_again();
}

void PoolWaits::look_again() noexcept {
  if (graph_->is_inherited()) return;
  GraphLock lock(*graph_);
  for (Wait* wait = blocked_; wait; wait = wait->next_of_pool()) resolve(lock.graph(), *wait);
}

bool PoolWaits::is_surplus(const Wait& worker) const noexcept {
  return !are_hosts_ && worker.worker() >= workers_.load();
}

bool PoolWaits::all_blocked(bool present) const noexcept {
  std::size_t needed = workers_.load();
  if (present && threads_) needed = std::min(needed, threads_->load());
  if (blocked_count_ < needed) return false;
  for (const Wait* wait = blocked_; wait; wait = wait->next_of_pool())
    if (needed && !is_surplus(*wait)) --needed;
  return needed == 0;
}

WaitGraph::WaitGraph() noexcept : forks_(fork_generation()) {}

WaitGraph* WaitGraph::make() noexcept { return new (std::nothrow) WaitGraph; }

void WaitGraph::release() noexcept {
  // acq_rel: the last owner sees what the others wrote before it frees the graph
  for (WaitGraph* graph = this; graph && graph->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1;)
    delete std::exchange(graph, graph->merged_into_.load());
}

bool WaitGraph::is_inherited() const noexcept { return forks_ != fork_generation(); }

WaitGraph* WaitGraph::root() noexcept {
  WaitGraph* graph = this;
  while (WaitGraph* const next = graph->merged_into_.load()) graph = next;
  return graph;
}

Frame*& WaitGraph::bucket(const Job* job) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(job);
  return holders_[(address >> 5 ^ address >> 12) % kBuckets];
}

/// Puts the wait into the list, and the frames of its thread into the table.
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
  ++wait.pool_->blocked_count_;
}

void WaitGraph::remove(Wait& wait) noexcept {
  unhold(wait);
  (wait.prev_ ? wait.prev_->next_ : waits_) = wait.next_;
  if (wait.next_) wait.next_->prev_ = wait.prev_;
  --size_;
  if (!wait.pool_) return;
  *wait.link_of_pool_ = wait.next_of_pool_;
  if (wait.next_of_pool_) wait.next_of_pool_->link_of_pool_ = wait.link_of_pool_;
  --wait.pool_->blocked_count_;
}

void WaitGraph::hold(Wait& wait) noexcept {
  for (Frame* frame = wait.frames_; frame; frame = frame->outer()) {
    frame->blocked_by_ = nullptr;
    if (!frame->holds_up()) continue;
    Frame*& first = bucket(frame->job());
    frame->blocked_by_ = &wait;
    frame->next_holder_ = first;
    frame->holder_link_ = &first;
    if (first) first->holder_link_ = &frame->next_holder_;
    first = frame;
  }
}

void WaitGraph::unhold(Wait& wait) noexcept {
  for (Frame* frame = wait.frames_; frame; frame = frame->outer()) {
    if (!frame->blocked_by_) continue;
    *frame->holder_link_ = frame->next_holder_;
    if (frame->next_holder_) frame->next_holder_->holder_link_ = frame->holder_link_;
  }
}

Frame* WaitGraph::holder(const Job* job) const noexcept {
  Frame* frame = const_cast<WaitGraph*>(this)->bucket(job);
  while (frame && frame->job() != job) frame = frame->next_holder_;
  return frame;
}

Frame* WaitGraph::next_holder(const Frame& of) noexcept {
  Frame* frame = of.next_holder_;
  while (frame && frame->job() != of.job()) frame = frame->next_holder_;
  return frame;
}

const PoolWaits* WaitGraph::find(const PoolContext* owner) const noexcept {
  const PoolWaits* pool = pools_;
  while (pool && pool->owner_ != owner) pool = pool->next_;
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

GraphLock::~GraphLock() { graph_->unlock(); }

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
