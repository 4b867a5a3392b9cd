// SPDX-License-Identifier: MIT
// Stage 5: levels and pauses of a crew; from worker/crew, to worker/board.
#include "base/dekker.h"
#include "base/noise.h"
#include "base/spin.h"
#include "worker/crew.h"
#include "worker/worker.h"

namespace tp::core {

/// Made at the first job of the level.
Inlet* Crew::shared_inlet(Level level) noexcept {
  std::atomic<Inlet*>& place = leveled_[index_of(level)];
  if (Inlet* const inlet = place.load()) return inlet;
  Lock lock(leveling_);
  if (Inlet* const inlet = place.load()) return inlet;
  Inlet* const inlet = make_inlet(true, level);
  if (!inlet) return nullptr;
  set_signs(kLeveled, 0);  // before anybody can put something in
  noise("crew.leveled");
  place.store(inlet);
  return inlet;
}

bool Crew::waits(Level level) const noexcept {
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

bool Crew::turns_from(Level level) const noexcept {
  if (is_paused()) return true;
  if (this_thread.owner == this &&
      roster_[static_cast<std::size_t>(this_thread.index)].is_surplus())
    return true;
  if (!has_levels()) return false;
  for (const Level above : {Level::urgent, Level::normal})
    if (above < level && waits(above)) return true;
  return false;
}

int Crew::pause() noexcept {
  std::uint8_t signs = signs_.load();
  do {
    if (signs & kUnpausable) return TP_ECLOSED;
  } while (!signs_.compare_exchange_weak(signs, static_cast<std::uint8_t>(signs | kPaused)));
  return TP_OK;
}

/// For the first thread that terminates the pool.
bool Crew::begin_sweep() noexcept {
  std::uint8_t signs = signs_.load();
  do {
    if (signs & kTerminated) return false;
  } while (!signs_.compare_exchange_weak(
      signs, static_cast<std::uint8_t>(signs | kTerminated | kSweeping)));
  sweeper_.store(&this_parker());
  return true;
}

/// Until no worker has in its hands what it claimed before it saw the sweep: it has started that, or
/// put it where the sweep finds it. REQUIRES: settled since begin_sweep.
void Crew::await_hands() noexcept {
  for (std::size_t i = 0; i < roster_.size(); ++i) {
    const Hands& hands = roster_[i].tally();
    noise("crew.await_hands");
    if (&hands != this_thread.hands) wait_briefly([&] { return !hands.full.load(); });
  }
}

/// The end of a pause wakes a worker, which wakes the next: what was submitted meanwhile woke
/// nobody.
void Crew::set_signs(std::uint8_t set, std::uint8_t clear) noexcept {
  std::uint8_t old = signs_.load();
  while (!signs_.compare_exchange_weak(old, static_cast<std::uint8_t>((old & ~clear) | set))) {
  }
  if (!(old & clear & kPaused)) return;
  noise("crew.resume");
  settle();  // who saw the pause has published what he submitted
  sleep_.notify();
}

}  // namespace tp::core
