// SPDX-License-Identifier: MIT
// Stage 7: blocked waits and their graph; from wait/wait, to wait/wait_graph.
#include "wait/waits.h"

#include <utility>

#include "result/job.h"

namespace tp::core {
namespace {

/// The graph of a pool; nullptr if a parent process made the pool.
WaitGraph* graph_of(const PoolContext& owner) noexcept {
  WaitGraph& graph = owner.blocked().graph();
  return graph.is_inherited() ? nullptr : &graph;
}

bool is_callback(const Frame& frame) noexcept { return frame.kind() == Frame::Kind::callback; }

}  // namespace

Wait::Wait(const Awaited& awaited, Kind kind) noexcept
    : frames_(Frame::current()), awaited_(awaited), kind_(kind), parker_(this_parker()) {
  PoolContext* const mine = this_thread.owner;
  if (!frames_ && !mine) return;
  if (mine && graph_of(*mine)) {
    pool_ = &mine->blocked();
    worker_ = static_cast<std::size_t>(this_thread.index);
  }
  WaitGraph* const own = own_graph();
  WaitGraph* const first = own ? own : awaited_graph(0);
  if (!first) return;
  if (own) own->retain();
  GraphLock lock(*first);
  join_frames(lock);
  if (join_awaited(lock, own ? 0 : 1)) {
    graph_ = first;
    lock.graph().add(*this);
    resolve(lock.graph(), *this);
  } else {
    first->release();  // the locked graph stays: its pool exists, or a wait for its job does
  }
}

/// The graph of the pool whose worker the thread is, or of a pool whose code it runs.
WaitGraph* Wait::own_graph() const noexcept {
  if (pool_) return &pool_->graph();
  for (const Frame* frame = frames_; frame; frame = frame->outer())
    if (frame->holds_up())
      if (WaitGraph* const graph = graph_of(*frame->owner())) return graph;
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
    Job& job = *awaited_.jobs[index];
    job.waiters().locked([&] {
      if (job.ready()) return;
      graph = &job.owner().blocked().graph();
      graph->retain();
    });
  }
  return graph;
}

void Wait::join_frames(GraphLock& lock) const noexcept {
  const PoolContext* last = pool_ ? pool_->owner() : nullptr;
  for (const Frame* frame = frames_; frame; frame = frame->outer()) {
    if (!frame->holds_up() || frame->owner() == last) continue;
    last = frame->owner();
    if (WaitGraph* const graph = graph_of(*last)) lock.join(*graph);
  }
}

/// Joins the graphs of the awaited jobs; false when one of them is ready.
bool Wait::join_awaited(GraphLock& lock, std::size_t from) const noexcept {
  if (awaited_.pool) {
    if (from == 0) lock.join(awaited_.pool->graph());
    return true;
  }
  const PoolContext* last = pool_ ? pool_->owner() : nullptr;
  for (std::size_t i = from; i < awaited_.count; ++i) {
    const PoolContext* const owner = &awaited_.jobs[i]->owner();  // looked at as an address
    if (owner == last) continue;
    WaitGraph* const graph = awaited_graph(i);
    if (!graph) return false;
    last = owner;
    lock.join(*graph);
    graph->release();
  }
  return true;
}

Wait::~Wait() {
  if (Job* const job = leave()) job->unref();
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

bool Wait::in_callback() const noexcept { return Frame::find(frames_, is_callback); }

bool Wait::is_inside(const PoolContext* owner) const noexcept {
  return Frame::find(frames_, [owner](const Frame& frame) { return frame.owner() == owner; });
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

PoolContext* callback_owner() noexcept {
  const Frame* const callback = Frame::find(Frame::current(), is_callback);
  return callback ? callback->owner() : nullptr;
}

BlockedCallback::BlockedCallback(Parker& parker) noexcept : owner_(callback_owner()) {
  if (owner_) outer_ = owner_->callbacks().set_blocked(&parker);
}

BlockedCallback::~BlockedCallback() {
  if (owner_) owner_->callbacks().set_blocked(outer_);
}

}  // namespace tp::core
