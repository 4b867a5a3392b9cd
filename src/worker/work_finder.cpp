// SPDX-License-Identifier: MIT
// Stage 5: where workers look for work, and who wakes them for it; from submit/*, to worker/worker.
#include "worker/work_finder.h"

#include <new>
#include <utility>

#include "base/noise.h"
#include "worker/worker.h"

namespace tp::core {

static std::atomic<std::uint64_t> serials{0};

WorkFinder::WorkFinder(PoolContext& pool, const Roster& roster) noexcept
    : serial_(serials.fetch_add(1) + 1), pool_(pool), roster_(roster) {}

WorkFinder::~WorkFinder() {
  for (Inlet* inlet = inlets_.load(); inlet;) {
    inlet->dead.store(true);
    std::exchange(inlet, inlet->next)->unref();
  }
}

Inlet* WorkFinder::inlet() noexcept {
  if (shared_inlet_) return shared_inlet_;
  if (Inlet* const mine = find_inlet(serial_)) return mine;
  Inlet* const inlet = make_inlet(false);
  if (inlet && keep_inlet(*inlet)) return inlet;
  if (inlet) {
    inlet->taken.store(false);
    inlet->unref();
  }
  return nullptr;
}

/// An inlet that a thread has left, or a new one.
Inlet* WorkFinder::make_inlet(bool shared, Level level) noexcept {
  for (Inlet* inlet = inlets_.load(); inlet && !shared; inlet = inlet->next) {
    if (inlet->taken.load() || inlet->taken.exchange(true)) continue;
    inlet->refs.fetch_add(1);
    return inlet;
  }
  auto* const inlet = new (std::nothrow) Inlet(serial_, shared, level);
  if (!inlet) return nullptr;
  inlet->next = inlets_.load();
  while (!inlets_.compare_exchange_weak(inlet->next, inlet)) {
  }
  return inlet;
}

Inlet* WorkFinder::leveled_inlet_or_new(Level level) noexcept {
  if (Inlet* const inlet = leveled_inlet(level)) return inlet;
  Lock lock(leveling_);
  if (Inlet* const inlet = leveled_inlet(level)) return inlet;
  Inlet* const inlet = make_inlet(true, level);
  if (!inlet) return nullptr;
  pool_.change_signs(Signs::kLeveled, 0);  // before anybody can put something in
  noise("finder.leveled");
  leveled_[index_of(level)].store(inlet);
  return inlet;
}

bool WorkFinder::take_back(Job& job) noexcept {
  Inlet* const mine = shared_inlet_ ? shared_inlet_ : find_inlet(serial_);
  const auto is_it = [&](const Entry& entry) { return entry.job() == &job; };
  return mine && mine->exclusively([&] { return mine->lane.take_back(is_it); });
}

bool WorkFinder::has_work() noexcept {
  if (pool_.callbacks().due() || board_.any_deferred()) return true;
  return !pool_.signs().is_paused() &&
         (waits(Level::normal) || waits(Level::urgent) || waits(Level::background));
}

bool WorkFinder::waits(Level level) const noexcept {
  if (board_.any_open(level)) return true;
  if (level != Level::normal) {
    const Inlet* const inlet = leveled_inlet(level);
    return inlet && inlet->lane.size();
  }
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    if (inlet->level == level && inlet->lane.size()) return true;
  for (std::size_t i = 0; i < roster_.size(); ++i)
    if (roster_[i].run().size()) return true;
  return false;
}

void WorkFinder::open(Job& job) {
  if (!board_.open(job)) return;
  noise("finder.open");
  job.waiters().wake_all();  // a worker that waits for it may be the only one to run it
  sleep_.notify();
}

void WorkFinder::defer(Job& job) noexcept {
  const bool outside = this_thread.owner != &pool_;
  if (outside) pool_.retain();  // a worker may end the job, and the pool, before this is over
  board_.defer(job);
  noise("finder.deferred");
  sleep_.notify();
  if (pool_.is_hosted()) pool_.idle().wake_all();  // no other thread may come
  if (outside) pool_.release();
}

/// Each such job has a worker of its own that is about to look. So none waits behind a slow job.
bool WorkFinder::hand_over(Job& job) noexcept {
  const bool is_only_one = board_.defer(job);
  noise("finder.hand_over");
  if (sleep_.choose() || (is_only_one && sleep_.is_in_flight())) return true;
  return !board_.take_back_deferred(job);  // a worker may have come by itself
}

void WorkFinder::sweep() {
  OnUnwind rest([this] { sweep(); });  // a callback may end the thread
  const int status = pool_.cut_status();
  Entry entry;  // one by one, because waiters can't help with what this thread has claimed
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    while (inlet->lane.claim(&entry, 1, [](std::size_t) { return std::size_t{1}; }))
      cut(entry, status);
  noise("finder.sweep");
  for (std::size_t w = 0; w < roster_.size(); ++w)
    while (roster_[w].run().steal(&entry, 1)) cut(entry, status);
  noise("finder.sweep_board");
  while (Job* const job = board_.next_to_sweep()) {
    const Reference reference(*job);
    job->cut(status);
  }
  rest.dismiss();
}

void WorkFinder::cut(const Entry& entry, int status) {
  if (Job* const job = entry.job()) {
    const Reference reference(*job);
    return job->cut(status);
  }
  pool_.bump(&Tally::cut, 1);
  pool_.count(status);
  pool_.ended();
}

}  // namespace tp::core
