// SPDX-License-Identifier: MIT
// Stage 5: a worker's life: find, run, repeat, rest; from queue/*, to result/job.
#include "worker/worker.h"

#include <cstdio>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/noise.h"
#include "base/spin.h"
#include "base/thread.h"
#include "queue/items.h"
#include "queue/stream.h"
#include "trace/traced.h"

namespace tp::core {

using Leaving = Workers::Leaving;

int Worker::start() noexcept {
  Workers& workers = pool_->workers();
  const auto create = [&](pthread_t& id) {
    return workers.placement().create(index_, id, main, this);
  };
  return start_patiently([&] { return workers.leavers().replace(thread_, create); });
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
    this_thread.become({worker.pool_, static_cast<int>(worker.index_), &worker.tally_});
    call_with_cleanup(
        [&] {
          over = worker.serve(Deadline::never());
          worker.finalize();
        },
        [&] { worker.lost(); });
    this_thread.become({});
  } while (!workers.left(worker, over ? Leaving::for_good : Leaving::surplus));
  return nullptr;
}

int Worker::enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran) {
  const Identity outside = this_thread.become({pool_, static_cast<int>(index_), &tally_});
  tally_.dispatch = dispatch;
  const auto items = [&] { return tally_.items.load() + tally_.plain.load(); };
  const std::uint64_t before = items();
  const Finally place([&] {
    this_thread.become(outside);
    pool_->workers().left(*this, Leaving::for_good);
  });
  const auto leave = [&] {
    pass_on();
    ran = static_cast<std::size_t>(items() - before);
    tally_.running.store(0);
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
  // workers of a broken pool run nothing, but they still end what was admitted
  if (!initialized_ && !pool_->cut_error() && !retires()) initialized_ = initialize();
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
      has_worked_ = true;
    else if (deadline.passed())
      break;
    else
      rest(deadline);
    if (!deadline.is_poll() && deadline.passed()) break;
  }
  while (!over && run_deferred()) {  // the timer may have handed a job over to this worker
  }
  if (!over) pass_on();
  pool_->check_drained();
  return over || pool_->over();
}

bool Worker::initialize() {
  if (!pool_->options().initializer) return true;
  Frame frame(Frame::Kind::initializer, pool_, nullptr);
  const auto broke = [&](int code) {
    pool_->break_with(Error::make(TP_EINIT, code, 0, frame.take_cause()));
  };
  const Verdict verdict = call_user(
      frame, [&] { return pool_->options().initializer(pool_->options().arg); }, [&] { broke(0); });
  if (verdict.status != TP_OK) broke(verdict.code);
  return verdict.status == TP_OK;
}

void Worker::finalize() {
  if (!initialized_) return;
  initialized_ = false;
  if (!pool_->options().finalizer) return;
  Frame frame(Frame::Kind::hook, pool_, nullptr);
  call_user(frame, [&] { pool_->options().finalizer(pool_->options().arg); });
  order::release(pool_);
}

/// User code is ending the thread: it finishes as a worker, and another thread takes its place.
void Worker::lost() {
  this_thread.ending = true;
  tally_.running.store(0);
  const Finally rest([this] {
    this_thread.become({});
    pool_->workers().replace(*this);
  });
  finalize();
}

/// One turn of the loop: runs something, if there is anything.
bool Worker::work() {
  if (run_deferred() || run_callbacks()) return true;
  return pool_->signs().is_plain() ? run_normal() : run_by_level();
}

/// Starts something of the normal level: of its own, from a lane or an open job, or stolen.
bool Worker::run_normal() {
  if (turned_[index_of(Level::normal)] && goes_back(Level::normal)) return true;
  if (Entry entry; take_own(entry)) {
    wake_next();
    modes_.restore_at_a_glance();
    execute(entry);
    return true;
  }
  bool& lanes_first = lanes_first_[index_of(Level::normal)];
  lanes_first = !lanes_first;  // so that an endless stream and the lanes don't starve each other
  if (lanes_first ? run_claimed() || run_open() : run_open() || run_claimed()) return true;
  return run_stolen();
}

bool Worker::run_deferred() {
  Job* const job = pool_->finder().board().next_deferred();
  if (!job) return false;
  wake_next();
  modes_.restore();
  job->go_on();
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
inline bool Worker::take_own(Entry& entry) noexcept {
  if (!run_.size()) return false;
  const auto may_take = [this](const Entry& oldest) {
    if (!oldest.job()) return true;
    tally_.fill();
    return !pool_->signs().is_sweeping();
  };
  if (run_.take(entry, may_take)) return true;
  tally_.empty();
  return false;
}

bool Worker::run_open(Level level) {
  Job* const job = pool_->finder().board().find(level);
  if (!job) return false;
  wake_next();
  modes_.restore();
  const bool has_order = !is_stream(*job);
  job->run();
  tally_.empty();
  turned_[index_of(level)] = has_order && !pool_->signs().is_plain();
  return true;
}

/// Runs an entry of the next lane that has one.
bool Worker::run_claimed() {
  Inlet* const first = pool_->finder().first_inlet();
  Inlet* const start = cursor_ ? cursor_ : first;
  for (Inlet* inlet = start; inlet; inlet = cursor_ == start ? nullptr : cursor_) {
    cursor_ = inlet->next ? inlet->next : first;
    if (inlet->level != Level::normal || !inlet->lane.size()) continue;
    pace();
    if (run_lane(*inlet, most_)) return true;
  }
  return false;
}

/// Claims a share of a lane's backlog, but at most most entries, and runs the first.
bool Worker::run_lane(Inlet& inlet, std::size_t most) {
  Entry entries[decltype(run_)::kCapacity];
  const auto share_of = [this](std::size_t backlog) { return pool_->finder().share_of(backlog); };
  tally_.fill();
  const std::size_t count = inlet.lane.claim(entries, most, share_of);
  if (inlet.level == Level::normal) claimed_ = count;
  if (count)
    run_first(entries, count, inlet.level);
  else
    tally_.empty();
  return count != 0;
}

/// Lets claims grow while tasks are quick. Slow tasks start one by one, in the order of the lane.
void Worker::pace() noexcept {
  constexpr std::uint64_t kQuickNs = 1'000;
  const std::uint64_t now = now_ns();
  const bool quick = now - claimed_at_ <= kQuickNs * claimed_;
  most_ = quick ? std::min(4 * most_, decltype(run_)::kCapacity) : 1;
  claimed_at_ = now;
}

bool Worker::run_stolen() {
  Entry entries[decltype(run_)::kCapacity];
  const Roster& all = pool_->workers().roster();
  const std::size_t size = all.size();
  const Finally emptied([this] { tally_.empty(); });
  tally_.fill();
  for (std::size_t i = 1; i < size && !pool_->signs().is_sweeping(); ++i) {
    Worker& victim = all[(index_ + i) % size];
    const std::size_t count = victim.run_.steal(entries);
    if (!count) continue;
    count_steal(*pool_);
    run_first(entries, count);
    return true;
  }
  return false;
}

/// Leaves all but the first of the claimed entries where others may steal them, and runs the first.
void Worker::run_first(Entry* entries, std::size_t count, Level level) {
  if (count > 1) {
    run_.fill(entries + 1, count - 1);
    noise("worker.filled");
    pool_->notify();
  }
  wake_next();
  modes_.restore();  // between the entries of a run only what is cheap
  execute(entries[0], level);
}

/// Runs an entry and, behind small tasks, the next ones of the run.
void Worker::execute(Entry entry, Level level) {
  for (bool more = true; more;) {
    if (Job* const job = entry.job()) {
      job->run();
      tally_.empty();
      turned_[index_of(level)] = !pool_->signs().is_plain();
      return;
    }
    if (const int status = pool_->cut_status_in_hand(); status != TP_OK) {
      tally_.empty();
      pool_->finder().cut(entry, status);
      more = next(entry);
    } else {
      more = run_plain(entry);
    }
  }
}

inline bool Worker::next(Entry& entry) noexcept {
  return !pool_->callbacks().due() && (pool_->signs().is_plain() || may_go_on()) && take_own(entry);
}

/// Runs a small task, and those that follow it in the run, under one frame. Whether entry is another one.
bool Worker::run_plain(Entry& entry) {
  tally_.empty();
  Frame frame(Frame::Kind::task, pool_, nullptr);
  Laps laps(*pool_);  // a trace that starts meanwhile sees none of these
  bool more = true;
  const auto run = [&, seen = laps.is_on()](std::size_t) {
    while (more && !entry.job()) {
      probe_begin<Point::task>(pool_, nullptr, 0, 1);
      if (const int code = entry.call()) return code;
      frame.drop_cause();
      probe_end<Point::task>(pool_, nullptr);
      if (seen) [[unlikely]]
        laps.lap();
      order::release(pool_);
      pool_->room().give_back();
      Tally::add(tally_.plain, 1);  // last
      const Entry last = entry;
      more = next(entry);
      // to look at all modes takes as long as a quick task: not before the same task again
      const bool same = entry.code == last.code && entry.ctx == last.ctx;
      same ? modes_.restore_at_a_glance() : modes_.restore();
    }
    return 0;
  };
  const auto failed = [&](std::size_t, Verdict verdict) {
    plain_failed(verdict.status, verdict.code, frame, laps);
    more = next(entry);
    modes_.restore();
    return true;
  };
  const auto lost = [&](std::size_t) { plain_failed(TP_ELOST, 0, frame, laps); };
  pool_->set_running(true);
  run_items(frame, 0, run, failed, lost);
  pool_->set_running(false);
  return more;
}

void Worker::plain_failed(int status, int code, Frame& frame, Laps& laps) {
  probe_end<Point::task>(pool_, nullptr);
  if (laps.is_on()) laps.lap();
  const Finally over([&] {
    pool_->count(status);
    pool_->ended();
  });
  pool_->bump(&Tally::items, 1);
  if (!pool_->reports()) return frame.drop_cause();
  Error* const error = Error::make(status, code, 0, frame.take_cause());
  const Finally reported([&] { error->release(); });
  pool_->report(*error);
}

void Worker::rest(Deadline deadline) {
  pool_->check_drained();
  Timer& timer = pool_->timer();
  if (timer.is_engaged()) {
    modes_.restore();
    timer.fire();
  }
  if (pool_->over() || spin()) return;
  if (!pool_->is_hosted()) pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  Parker& parker = this_parker();
  sleeper_.parker = &parker;
  pool_->finder().sleep().announce(sleeper_);
  noise("worker.announced");
  if (!pool_->finder().has_work() && !pool_->over() && !retires()) {
    pool_->bump(&Tally::parks, 1);
    noise("worker.park");
    const Traced<Point::sleep> traced(*pool_, nullptr, JobKind::unknown);
    const Deadline until = timer.rest_until(deadline);
    parker.park(timer.is_engaged() ? Deadline::earlier(until, timer.next()) : until);
  }
  noise("worker.retire");
  if (pool_->finder().sleep().retire(sleeper_)) woken_ = true;  // else it may still be, from spin
}

/// Looks for work a little longer before it sleeps. One worker at a time does, and none twice in vain.
bool Worker::spin() noexcept {
  const bool worked = std::exchange(has_worked_, false);
  if (!worked || !pool_->workers().may_spin() || !pool_->finder().sleep().hover()) return false;
  const int pauses = claimed_ > 1 ? 16 : 1;  // lets quick tasks gather
  const bool found = core::spin(pauses, [this] { return pool_->finder().has_work(); });
  noise("worker.land");
  pool_->finder().sleep().land();
  woken_ = true;  // a thread that submitted meanwhile has woken nobody
  return found;
}

}  // namespace tp::core
