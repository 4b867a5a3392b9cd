// SPDX-License-Identifier: MIT
// Stage 5: what the workers share; from submit/pool, to worker/worker.
#include "worker/crew.h"

#include <sched.h>

#include <new>
#include <utility>

#include "base/noise.h"
#include "base/spin.h"
#include "worker/worker.h"

namespace tp::core {
namespace {

std::atomic<std::uint64_t> serials{0};

}  // namespace

Crew::Crew(const CrewOptions& options) noexcept
    : Owner(waits_),
      serial_(serials.fetch_add(1) + 1),
      target_(options.workers),
      options_(options) {
  blocked().set_threads(alive_, options.hosted);
}

Crew::~Crew() {
  for (Inlet* inlet = inlets_.load(); inlet;) {
    Inlet* const next = inlet->next;
    inlet->dead.store(true);
    inlet->unref();
    inlet = next;
  }
  // of a pool that could not be made; its hook may end its thread, which must not leave a destructor
  if (broken_.load()) call_elsewhere([this] { drop_broken(); });
}

Inlet* Crew::inlet() noexcept {
  if (shared_inlet_) return shared_inlet_;
  Inlet* const mine = find_inlet(serial_);
  if (mine) return mine;
  Inlet* const inlet = make_inlet(false);
  if (inlet && keep_inlet(*inlet)) return inlet;
  if (inlet) {
    inlet->taken.store(false);
    inlet->unref();
  }
  return nullptr;
}

/// One that a thread has left, or a new one.
Inlet* Crew::make_inlet(bool shared, Level level) noexcept {
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

int Crew::admit(Inlet& inlet, std::size_t items) noexcept {
  const std::uint64_t before = inlet.admitted.load(std::memory_order_relaxed);  // own writes
  publish(inlet.admitted, before + 1);                                          // advance settles
  noise("crew.admit");
  const bool running = state() == State::running;
  if (running && !broken()) {
    Tally::add(inlet.items, items);
    return TP_OK;
  }
  noise("crew.refuse");
  inlet.admitted.store(before);
  check_drained();
  return running ? TP_EINIT : TP_ECLOSED;
}

void Crew::advance(State state) noexcept {
  State old = state_.load();
  while (old < state && !state_.compare_exchange_weak(old, state)) {
  }
  if (state == State::terminated) end_pauses();
  noise("crew.advance");
  settle();
  noise("crew.ending");
  ending_.store(true);
  made_room(false);
  check_drained();
}

void Crew::sweep() {
  OnUnwind rest([this] { sweep(); });  // a callback may end the thread
  const int status = cut_status();
  Entry entry;  // one by one: what this thread has claimed is out of reach for those who wait
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    while (inlet->lane.claim(&entry, 1, [](std::size_t) { return std::size_t{1}; }))
      cut_entry(entry, status);
  noise("crew.sweep");
  for (std::size_t w = 0; w < roster_.size(); ++w)
    while (roster_[w].run().steal(&entry, 1)) cut_entry(entry, status);
  noise("crew.sweep_board");
  while (Job* const job = board_.next_to_sweep()) {
    const Reference reference(*job);
    job->cut(status);
  }
  rest.dismiss();
}

void Crew::cut_entry(const Entry& entry, int status) {
  if (Job* const job = entry.job()) {
    const Reference reference(*job);
    return job->cut(status);
  }
  count_cut(1);
  count(status);
  ended();
}

std::uint64_t Crew::sum(Tally::Counter Tally::*counter) const noexcept {
  std::uint64_t all = (others_.*counter).load();
  for (std::size_t i = 0; i < roster_.size(); ++i) all += (roster_[i].tally().*counter).load();
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    all += (inlet->tally.*counter).load();
  return all;
}

bool Crew::drained(std::uint64_t but) noexcept {
  const std::uint64_t over = sum(&Tally::ended) + sum(&Tally::plain);  // first
  noise("crew.drained");
  return over + but == accepted();
}

/// Whether all is drained but for what a few steps of other threads are about to end. Whoever has
/// seen a job ready may come before the thread that made it so has told the pool: waits for that.
bool Crew::idles() noexcept {
  const auto is_all_counted = [this] {
    const std::uint64_t over = sum(&Tally::completed) + sum(&Tally::plain);  // first, as above
    return over == accepted();
  };
  const auto looks_again = [&] {
    noise("crew.idles");
    return drained() || sum(&Tally::telling) || !is_all_counted();
  };
  if (!drained()) wait_briefly(looks_again);
  return drained();
}

std::uint64_t Crew::accepted() const noexcept {
  std::uint64_t all = 0;
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next) all += inlet->admitted.load();
  return all;
}

std::uint64_t Crew::known_items() const noexcept {
  std::uint64_t all = pulled_.load();
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next) all += inlet->items.load();
  return all;
}

std::uint64_t Crew::busy() const noexcept {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < roster_.size(); ++i) all += roster_[i].tally().running.load() != 0;
  return all;
}

bool Crew::has_work() noexcept {
  if (callbacks().due() || board_.any_deferred()) return true;
  if (is_paused()) return false;
  if (board_.any_open()) return true;
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    if (inlet->lane.size()) return true;
  for (std::size_t i = 0; i < roster_.size(); ++i)
    if (roster_[i].run().size()) return true;
  return false;
}

/// A stream that is not on the board yet looks at the count when it has come there.
void Crew::lift() noexcept {
  lifts_.fetch_add(1);
  noise("crew.lift");
  if (board_.open_streams()) sleep_.notify();
}

void Crew::lift_for_good() noexcept {
  if (!lifted_for_good_.exchange(true)) lift();
}

void Crew::open(Job& job) {
  if (!board_.open(job)) return;
  noise("crew.open");
  job.waiters().wake_all();  // a worker that waits for it may be the only one to run it
  sleep_.notify();
}

bool Crew::take_back(Job& job) noexcept {
  Inlet* const mine = shared_inlet_ ? shared_inlet_ : find_inlet(serial_);
  const auto is_it = [&](const Entry& entry) { return entry.job() == &job; };
  return mine && mine->exclusively([&] { return mine->lane.take_back(is_it); });
}

void Crew::defer(Job& job) noexcept {
  const bool outside = this_thread.owner != this;
  if (outside) retain();  // a worker may end the job, and the pool, before this is over
  board_.defer(job);
  noise("crew.deferred");
  sleep_.notify();
  if (is_hosted()) idle_.wake_all();  // nobody else may come
  if (outside) release();
}

/// Each job has a worker of its own that is about to look, so that none waits behind a slow one.
bool Crew::hand_over(Job& job) noexcept {
  const bool is_only_one = board_.defer(job);
  noise("crew.hand_over");
  if (sleep_.choose() || (is_only_one && sleep_.is_in_flight())) return true;
  return !board_.take_back_deferred(job);  // a worker may have come by itself
}

Tally& Crew::tally() noexcept {
  return this_thread.owner == this ? static_cast<Tally&>(*this_thread.hands) : others_;
}

void Crew::bump(Tally::Counter Tally::*counter, std::uint64_t count) noexcept {
  Tally::Counter& number = tally().*counter;
  if (this_thread.owner == this)
    Tally::add(number, count);
  else
    number.fetch_add(count);
}

void Crew::count(int status) noexcept {
  if (status == TP_ECANCELED || status == TP_ETERMINATED)
    bump(&Tally::cancelled, 1);
  else if (status != TP_OK)
    bump(&Tally::failed, 1);
  if (status == TP_ETIMEDOUT) bump(&Tally::timed_out, 1);
  if (bounded_) made_room(true);
  bump(&Tally::completed, 1);  // last
}

void Crew::ended() {
  order::release(static_cast<const Owner*>(this));
  if (this_thread.owner == this)
    return bump(&Tally::ended, 1);  // rest() and serve() look whether this was the last
  bool frees = false;
  {
    Lock lock(outside_);
    bump(&Tally::ended, 1);
    check_drained();
    frees = is_hosted() && is_abandoned();
  }
  if (frees) end();
}

void Crew::check_drained() noexcept {
  if (this_thread.owner == this) {
    Tally::Counter& mine = tally().ended;
    mine.store(mine.load(std::memory_order_relaxed));  // seq_cst: precedes the look for waiters
  }
  const bool ends = ending_.load();
  if (!ends && !idle_.any()) return;
  const bool is_drained = drained();
  const std::uint64_t spared = is_drained ? 0 : spared_.load();
  if (!is_drained && (spared == 0 || !drained(spared))) return;
  noise("crew.over");
  idle_.wake_all();
  if (ends && is_drained) sleep_.wake_all();
}

int Crew::cut_status() const noexcept {
  if (state() == State::terminated) return TP_ETERMINATED;
  return broken() ? TP_EINIT : TP_OK;
}

void Crew::break_with(Error* error) {
  set_signs(kBroken | kUnpausable, kPaused);  // first: who sees the error sees this
  Error* none = nullptr;
  if (!broken_.compare_exchange_strong(none, error)) error->release();
  made_room(false);
  sweep();
}

/// REQUIRES: the calling thread is a worker of this crew.
tp_task_fn Crew::dispatcher() const noexcept {
  return roster_[static_cast<std::size_t>(this_thread.index)].dispatcher();
}

int Crew::enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran) {
  if (over()) return TP_END;
  Worker* const worker = take_place();
  if (!worker) return TP_EAGAIN;
  return worker->enter(dispatch, deadline, ran);
}

bool Crew::orphan() noexcept {
  callbacks().make_automatic();
  notify();
  Lock lock(outside_);
  noise("crew.orphan");
  orphaned_.store(true);
  return is_abandoned();
}

void Crew::end() {
  join_threads();
  order::acquire(static_cast<const Owner*>(this));
  end_trace();
  noise("crew.end");
  for (Inlet* inlet = inlets_.load(); inlet; inlet = inlet->next)
    while (inlet->inside.load()) sched_yield();  // a call whose job is over: it returns
  sweep();  // entries of jobs that others have run to their end
  if (!Frame::inside(this)) stop_reports();
  const Finally rest([this] { release(); });
  const Finally arg([this] { drop_arg(); });
  call_in_turn([this] { return drop_broken(); });
}

/// Whether there was an error to drop. Runs its hook.
bool Crew::drop_broken() {
  Error* const error = broken_.exchange(nullptr);
  if (error) error->release();
  return error != nullptr;
}

void Crew::report(const Error& error) {
  reports_running_.fetch_add(1);
  const Finally rest([this] {
    noise("crew.report");
    reports_running_.fetch_sub(1);
    idle_.wake_all();
  });
  if (!options_.unobserved || reports_stopped_.load()) return;
  call_in_turn([&, told = false]() mutable {
    if (std::exchange(told, true)) return false;
    Frame frame(Frame::Kind::hook, this, nullptr);
    call_user(
        frame, [&] { return options_.unobserved(options_.arg, to_handle(error)), 0; }, [] {});
    return false;
  });
}

void Crew::stop_reports() noexcept {
  reports_stopped_.store(true);
  wait_until(idle_, Deadline::never(), [&] { return reports_running_.load() == 0; });
}

void Crew::drop_arg() { call_hook(options_.arg_drop, options_.arg); }

void Crew::release() noexcept {
  if (refs_.fetch_sub(1) == 1) delete this;
}

}  // namespace tp::core
