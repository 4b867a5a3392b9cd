// SPDX-License-Identifier: MIT
// Stage 5: where workers look for work, and who wakes them for it; from submit/*, to worker/worker.
#include "worker/work_finder.h"

#include <new>
#include <utility>

#include "base/sync_point.h"
#include "worker/worker.h"

namespace tp::core {

static std::atomic<std::uint64_t> finders{0};

WorkFinder::WorkFinder(PoolContext& pool, const WorkerTable& table) noexcept
    : serial_(finders.fetch_add(1) + 1), pool_(pool), table_(table) {}

WorkFinder::~WorkFinder() {
  for (Producer* producer = producers_.load(); producer;) {
    producer->dead.store(true);
    std::exchange(producer, producer->next)->unref();
  }
}

/// The calling thread's first producer here.
Producer* WorkFinder::new_producer() noexcept {
  Producer* const producer = make_producer(false);
  if (producer && keep_producer(*producer)) return producer;
  if (producer) {
    producer->taken.store(false);
    producer->unref();
  }
  return nullptr;
}

/// A producer that a thread has left, or a new one.
Producer* WorkFinder::make_producer(bool shared, Priority priority) noexcept {
  for (Producer* producer = producers_.load(); producer && !shared; producer = producer->next) {
    if (producer->taken.load() || producer->taken.exchange(true)) continue;
    producer->refs.fetch_add(1);
    return producer;
  }
  auto* const producer = new (std::nothrow) Producer(serial_, shared, priority);
  if (!producer) return nullptr;
  producer->next = producers_.load();
  while (!producers_.compare_exchange_weak(producer->next, producer)) {
  }
  return producer;
}

Producer* WorkFinder::priority_producer_or_new(Priority priority) noexcept {
  if (Producer* const producer = priority_producer(priority)) return producer;
  Lock lock(making_);
  if (Producer* const producer = priority_producer(priority)) return producer;
  Producer* const producer = make_producer(true, priority);
  if (!producer) return nullptr;
  pool_.change_signs(Signs::kPrioritized, 0);  // before anybody can put something in
  sync_point("finder.prioritized");
  by_priority_[index_of(priority)].store(producer);
  return producer;
}

bool WorkFinder::take_back(Job& job) noexcept {
  Producer* const mine = shared_producer_ ? shared_producer_ : find_producer(serial_);
  const auto is_it = [&](const QueuedTask& task) { return task.job() == &job; };
  return mine && mine->exclusively([&] { return mine->queue.take_back(is_it); });
}

bool WorkFinder::has_work() noexcept {
  if (pool_.any_left() || any_spawned()) return true;
  if (pool_.signs().any(Signs::kCutting)) return true;
  if (pool_.inbox().any()) return true;
  if (pool_.signs().is_paused()) return false;
  for (const Priority priority : {Priority::normal, Priority::urgent, Priority::background})
    if (open_jobs_.any_open(priority) || pool_.groups().any(priority)) return true;
  for (Producer* producer = producers_.load(); producer; producer = producer->next)
    if (producer->queue.size()) return true;  // of any priority
  return any_claimed();
}

std::size_t WorkFinder::backlog() noexcept {
  std::size_t count = pool_.callbacks().due() + pool_.deferred().any() + any_spawned() +
                      pool_.signs().any(Signs::kCutting) + pool_.inbox().any();
  if (pool_.signs().is_paused()) return count;
  // few workers hand out all that a taker has room for, but those that wait hand out nothing
  const bool is_taken = pool_.taker() != nullptr;
  if (is_taken && !pool_.has_blocked()) return count;
  for (const Priority priority : {Priority::normal, Priority::urgent, Priority::background}) {
    if (open_jobs_.any_open(priority)) {
      if (!is_taken) return SIZE_MAX;
      ++count;
    }
    count += pool_.groups().count(priority);  // of one that starts more, the worker tells
  }
  for (Producer* producer = producers_.load(); producer; producer = producer->next)
    count += producer->queue.size();
  for (std::size_t i = 0; i < table_.size(); ++i) count += table_[i].local_queue().size();
  return count;
}

bool WorkFinder::any_claimed() const noexcept {
  for (std::size_t i = 0; i < table_.size(); ++i)
    if (table_[i].local_queue().size()) return true;
  return false;
}

bool WorkFinder::any_spawned() const noexcept {
  if (!pool_.has_spawned()) return false;
  for (std::size_t i = 0; i < table_.size(); ++i)
    if (table_[i].spawner().deque.size()) return true;
  return false;
}

bool WorkFinder::waits(Priority priority) const noexcept {
  if (open_jobs_.any_open(priority) || pool_.groups().any(priority)) return true;
  if (priority != Priority::normal) {
    const Producer* const producer = priority_producer(priority);
    return producer && producer->queue.size();
  }
  for (Producer* producer = producers_.load(); producer; producer = producer->next)
    if (producer->priority == priority && producer->queue.size()) return true;
  return any_claimed();
}

void WorkFinder::open(Job& job) {
  if (reopen(job)) sleep_.notify();
}

bool WorkFinder::reopen(Job& job) {
  const bool is_in_group = job.waits_for_group();  // workers find it there
  if (!is_in_group && !open_jobs_.open(job)) return false;
  sync_point("finder.open");
  job.wake_helpers();
  return !is_in_group;
}

void WorkFinder::defer(Job& job) noexcept {
  const bool outside = this_thread.pool != &pool_;
  if (outside) pool_.retain();  // a worker may end the job, and the pool, before this is over
  job.ref();
  const Reference own(job);
  pool_.deferred().add(job);
  sync_point("finder.deferred");
  sleep_.notify();
  job.wake_helpers();  // a worker that waits for it may be the only one
  pool_.unblock(job);
  if (pool_.is_hosted()) pool_.idle().wake_all();  // no other thread may come
  if (outside) pool_.release();
}

/// Each such job has a worker of its own that is about to look. So none waits behind a slow job.
bool WorkFinder::hand_over(Job& job) noexcept {
  const bool is_only_one = pool_.deferred().add(job);
  sync_point("finder.hand_over");
  if (sleep_.choose() || (is_only_one && sleep_.is_in_flight())) return true;
  return !pool_.deferred().take_back(job);  // a worker may have come by itself
}

void WorkFinder::sweep() {
  ScopeFail rest([this] { sweep(); });  // a callback may end the thread
  const int status = pool_.cut_status();
  QueuedTask task;  // one by one, because waiters can't help with what this thread has claimed
  for (Producer* producer = producers_.load(); producer; producer = producer->next)
    while (producer->queue.claim(&task, 1, [](std::size_t) { return std::size_t{1}; }))
      cut(task, status);
  sync_point("finder.sweep");
  for (std::size_t w = 0; w < table_.size(); ++w)
    while (table_[w].local_queue().steal(&task, 1)) cut(task, status);
  sync_point("finder.sweep_open_jobs");
  while (Job* const job = open_jobs_.next_to_sweep()) {
    const Reference reference(*job);
    job->cut(status);
  }
  rest.dismiss();
}

void WorkFinder::cut(const QueuedTask& task, int status) {
  if (Job* const job = task.job()) {
    const Reference reference(*job);
    return job->cut(status);
  }
  pool_.bump(&Counters::cut, 1);
  pool_.count(status);
  pool_.ended();
}

}  // namespace tp::core
