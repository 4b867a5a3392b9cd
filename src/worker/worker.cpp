// SPDX-License-Identifier: MIT
// Stage 5: a worker's life: find, run, repeat, rest; from queue/*, to result/job.
#include "worker/worker.h"

#include <cstdio>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/spin.h"
#include "base/sync_point.h"
#include "base/thread.h"
#include "queue/items.h"
#include "queue/stream_job.h"
#include "queue/team_job.h"
#include "trace/traced.h"

namespace tp::core {

using Leaving = Workers::Leaving;

int Worker::start(bool patiently) noexcept {
  Workers& workers = pool_->workers();
  const auto create = [&](pthread_t& id) {
    return workers.placement().create(index_, id, main, this);
  };
  const auto start = [&] { return workers.leavers().replace(thread_, create); };
  return patiently ? start_patiently(start) : start();
}

void* Worker::main(void* self) {
  Worker& worker = *static_cast<Worker*>(self);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  Workers& workers = worker.pool_->workers();
  char name[16];
  std::snprintf(name, sizeof name, "%.9s-w%zu", workers.name(), worker.index_);
  pthread_setname_np(pthread_self(), name);
  workers.placement().take_priority();
  workers.await_resize();
  bool over = false;
  do {
    this_thread.become({worker.pool_, static_cast<int>(worker.index_), &worker.counters_});
    call_with_cleanup(
        [&] {
          over = worker.serve(Deadline::never());
          worker.finalize();
        },
        [&] { worker.lost(); });
    this_thread.become({});
    // no thread of the worker may come for long, so others join this one
    if (std::exchange(worker.goes_, false))
      workers.leavers().add(std::exchange(worker.thread_, nullptr));
  } while (!workers.left(worker, over ? Leaving::for_good : Leaving::surplus));
  return nullptr;
}

int Worker::enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran) {
  const CurrentWorker outside = this_thread.become({pool_, static_cast<int>(index_), &counters_});
  counters_.dispatch = dispatch;
  const auto items = [&] { return counters_.items.load() + counters_.plain.load(); };
  const std::uint64_t before = items();
  const ScopeExit place([&] {
    this_thread.become(outside);
    pool_->workers().left(*this, Leaving::for_good);
    if (this_thread.ending) CallScope::abandon_spawned();  // an item around this has entered
  });
  const auto leave = [&] {
    pass_on();
    ran = static_cast<std::size_t>(items() - before);
    counters_.running.store(0);
    modes_.restore();  // the thread belongs to the host
    finalize();
  };
  bool over = false;
  call_with_cleanup([&] { over = serve(deadline); }, leave);
  leave();
  return pool_->cut_error() ? TP_EINIT : over ? TP_END : TP_OK;  // before the pool may go
}

/// Runs work until the pool is over, the worker retires, or the deadline has passed. Whether the pool is over:
/// while a submit is being refused, a second look might not say so.
bool Worker::serve(Deadline deadline) {
  const auto note_signals = [this] {
    if (!pool_->is_hosted()) pthread_sigmask(SIG_SETMASK, nullptr, &signals_);
  };
  note_signals();
  spawner().begin();
  begin();
  if (sleeper_.team) {  // for which this thread was started
    sleeper_.team->arrive();
    join_team();
  }
  modes_ = {};  // as the initializer leaves them
  note_signals();
  // a host's thread that enters a closed pool waits for its end, and may be the one that would read streams
  const bool awaits_end =
      pool_->is_hosted() && pool_->state() != State::running && !deadline.is_poll();
  const auto lifting = lifted(*pool_, awaits_end);
  bool over = false;
  while (!(over = pool_->over()) && !retires() &&
         !(pool_->cut_error() && !initialized_ && pool_->is_hosted())) {
    pool_->timer().fire_unwatched();
    if (work())
      note_work();
    else if (deadline.passed() || goes())
      break;
    else
      rest(deadline);
    if (!deadline.is_poll() && deadline.passed()) break;
  }
  land();
  while (!over && run_deferred()) {  // the timer may have handed a job over to this worker
  }
  if (!over) pass_on();
  pool_->check_drained();
  return over || pool_->over();
}

/// What a new thread does before it looks for work. The initializer may take long, so another thread is called before
/// that, if there is more to do.
void Worker::begin() {
  Workers& workers = pool_->workers();
  const ScopeExit ready([&] {
    if (is_coming) workers.arrived(*this);
  });
  if (gets_flight) pool_->finder().sleep().land();
  if (is_coming) woken_ = true;
  if (is_coming && pool_->options().initializer && workers.is_needed()) pool_->notify();
  // workers of a broken pool run nothing, but they still end what was admitted
  if (!initialized_ && !pool_->cut_error() && !retires()) initialized_ = initialize();
  idle_until_ = workers.idle_deadline();
}

/// Takes part in the team that has woken it, or started its thread.
void Worker::join_team() {
  TeamJob* const team = std::exchange(sleeper_.team, nullptr);
  const Reference own(*team);
  modes_.restore();
  team->take_part();
  note_work();
}

bool Worker::goes() noexcept {
  return idle_until_.passed() && (goes_ = pool_->workers().may_go(*this, idle_until_));
}

bool Worker::initialize() {
  if (!pool_->options().initializer) return true;
  CallScope scope(CallScope::Kind::initializer, pool_, nullptr);
  const auto broke = [&](int code) {
    pool_->break_with(Error::make(TP_EINIT, code, 0, scope.take_cause()));
  };
  const CallResult result = call_user(
      scope, [&] { return pool_->options().initializer(pool_->options().arg); }, [&] { broke(0); });
  if (result.status != TP_OK) broke(result.code);
  return result.status == TP_OK;
}

void Worker::finalize() {
  if (!initialized_) return;
  initialized_ = false;
  if (!pool_->options().finalizer) return;
  CallScope scope(CallScope::Kind::hook, pool_, nullptr);
  call_user(scope, [&] { pool_->options().finalizer(pool_->options().arg); });
  order::release(pool_);
}

/// User code is ending the thread: it finishes as a worker, and another thread takes its place.
void Worker::lost() {
  this_thread.ending = true;
  counters_.running.store(0);
  const ScopeExit rest([this] {
    this_thread.become({});
    // the initializer has ended the thread, so the pool is broken, and the team cut
    if (TeamJob* const team = std::exchange(sleeper_.team, nullptr)) team->unref();
    pool_->workers().replace(*this);
  });
  finalize();
}

/// One turn of the loop: runs something, if there is anything.
bool Worker::work() {
  if (has_flight_) {
    if (!pool_->finder().has_work()) return false;
    land();
  }
  if (run_deferred() || run_callbacks() || absorb()) return true;
  return pool_->signs().is_plain() ? run_normal() : run_by_priority();
}

/// Starts something of the normal priority: of its own, from a submit queue or an open job, or stolen.
bool Worker::run_normal() {
  if (turned_[index_of(Priority::normal)] && goes_back(Priority::normal)) return true;
  if (QueuedTask task; take_own(task)) {
    wake_next();
    modes_.restore_at_a_glance();
    execute(task);
    return true;
  }
  bool& queues_first = queues_first_[index_of(Priority::normal)];
  // so that an endless stream and the submit queues don't starve each other
  queues_first = !queues_first;
  if (queues_first ? run_claimed() || run_open() : run_open() || run_claimed()) return true;
  return run_spawned() || run_stolen();
}

bool Worker::run_deferred() {
  Job* const job = pool_->deferred().next();
  if (!job) return false;
  wake_next();
  modes_.restore();
  job->go_on();
  return true;
}

bool Worker::absorb() {
  Posted* const posted = pool_->inbox().next();
  if (!posted) return false;
  wake_next();
  modes_.restore();
  pool_->taker()->absorb(pool_->taker()->ctx, *posted);
  return true;
}

bool Worker::run_callbacks() {
  if (!pool_->callbacks().due()) return false;
  wake_next();
  modes_.restore();
  pool_->callbacks().run_due(*pool_);
  return true;
}

/// A job is in the worker's hands before it is claimed. A small task has no hooks, and runs even in a terminated pool.
inline bool Worker::take_own(QueuedTask& task) noexcept {
  if (!local_queue_.size()) return false;
  cancels_ = pool_->cancels();
  const auto may_take = [this](const QueuedTask& oldest) {
    if (!oldest.job()) return true;
    counters_.fill();
    return !pool_->signs().is_sweeping();
  };
  if (local_queue_.take(task, may_take)) return true;
  counters_.empty();
  return false;
}

bool Worker::run_open(Priority priority) {
  Job* const job = pool_->finder().open_jobs().find(priority);
  if (!job) return false;
  if (pool_->signs().is_paused()) [[unlikely]] {  // it may have been opened in the pause
    job->unref();
    return false;
  }
  wake_next();
  modes_.restore();
  const bool has_order = !is_stream(*job);
  job->run();
  counters_.empty();
  stay_near();
  turned_[index_of(priority)] = has_order && !pool_->signs().is_plain();
  return true;
}

/// Runs a queued task of the next submit queue that has one.
bool Worker::run_claimed() {
  Producer* const first = pool_->finder().first_producer();
  Producer* const start = cursor_ ? cursor_ : first;
  for (Producer* producer = start; producer; producer = cursor_ == start ? nullptr : cursor_) {
    cursor_ = producer->next ? producer->next : first;
    if (producer->priority != Priority::normal || !producer->queue.size()) continue;
    if (pool_->groups().any(Priority::normal)) {  // only one, because a group may come next
      if (run_submitted(*producer, 1)) return true;
      continue;
    }
    claims_.begin();
    claims_.let_gather(*producer);
    if (run_submitted(*producer, claims_.most())) return true;
  }
  return false;
}

/// Claims a share of a submit queue's backlog, but at most most queued tasks, and runs the first.
bool Worker::run_submitted(Producer& producer, std::size_t most) {
  QueuedTask tasks[decltype(local_queue_)::kCapacity];
  const auto share_of = [this](std::size_t backlog) { return pool_->finder().share_of(backlog); };
  counters_.fill();
  const std::size_t count = producer.queue.claim(tasks, most, share_of);
  if (count && producer.priority == Priority::normal) claims_.claimed(count, producer);
  if (count)
    run_first(tasks, count, producer.priority);
  else
    counters_.empty();
  return count != 0;
}

/// Leaves all but the first of the claimed tasks where others may steal them, and runs the first.
void Worker::run_first(QueuedTask* tasks, std::size_t count, Priority priority) {
  cancels_ = pool_->cancels();  // the tasks are still in this worker's hands
  if (count > 1) {
    local_queue_.fill(tasks + 1, count - 1);
    sync_point("worker.filled");
    pool_->notify();
  }
  wake_next();
  modes_.restore();  // between the tasks of a batch only what is cheap
  execute(tasks[0], priority);
}

/// Runs a queued task and, behind small tasks, the next ones of the local queue.
void Worker::execute(QueuedTask task, Priority priority) {
  for (bool more = true; more;) {
    if (Job* const job = task.job()) {
      job->run();
      counters_.empty();
      stay_near();
      turned_[index_of(priority)] = !pool_->signs().is_plain();
      return;
    }
    if (const int status = pool_->cut_status_in_hand(); status != TP_OK) {
      counters_.empty();
      pool_->finder().cut(task, status);
      more = next(task);
    } else {
      more = run_plain(task);
    }
  }
}

inline bool Worker::next(QueuedTask& task) noexcept {
  return !pool_->callbacks().due() && (pool_->signs().is_plain() || may_go_on()) && take_own(task);
}

/// Runs a small task, and those that follow it in the local queue, under one call scope. Whether task is another one.
bool Worker::run_plain(QueuedTask& task) {
  counters_.empty();
  CallScope scope(CallScope::Kind::task, pool_, nullptr);
  Laps laps(*pool_);  // a trace that starts meanwhile sees none of these
  bool more = true;
  const auto run = [&, seen = laps.is_on()](At) {
    while (more && !task.job()) {
      scope.note_cancels(cancels_);
      probe_begin<Point::task>(pool_, nullptr, 0, 1);
      if (const int code = task.call()) return code;
      scope.drop_cause();
      probe_end<Point::task>(pool_, nullptr);
      if (seen) [[unlikely]]
        laps.lap();
      order::release(pool_);
      pool_->room().give_back();
      Counters::add(counters_.plain, 1);  // last
      pool_->room().tell();
      const QueuedTask last = task;
      more = next(task);
      // to look at all modes takes as long as a quick task: not before the same task again
      const bool same = task.code == last.code && task.ctx == last.ctx;
      same ? modes_.restore_at_a_glance() : modes_.restore();
    }
    return 0;
  };
  const auto failed = [&](At, CallResult result) {
    plain_failed(result.status, result.code, scope, laps);
    more = next(task);
    modes_.restore();
    return true;
  };
  const auto lost = [&](At) { plain_failed(TP_ELOST, 0, scope, laps); };
  pool_->set_running(true);
  run_items(scope, 0, run, failed, lost);
  pool_->set_running(false);
  return more;
}

void Worker::plain_failed(int status, int code, CallScope& scope, Laps& laps) {
  probe_end<Point::task>(pool_, nullptr);
  if (laps.is_on()) laps.lap();
  const ScopeExit over([&] {
    pool_->count(status);
    pool_->ended();
  });
  pool_->bump(&Counters::items, 1);
  if (!pool_->reports()) return scope.drop_cause();
  Error* const error = Error::make(status, code, 0, scope.take_cause());
  const ScopeExit reported([&] { error->release(); });
  pool_->report(*error);
}

}  // namespace tp::core
