// SPDX-License-Identifier: MIT
// Stage 5: what all threads of a pool have counted, together; from worker/pool, to tp_pool_stats.
#include "worker/totals.h"

#include "base/spin.h"
#include "base/sync_point.h"
#include "worker/worker.h"

namespace tp::core {

std::uint64_t Totals::of(Counters::Counter Counters::*counter) const noexcept {
  std::uint64_t all = (others_.*counter).load();
  for (std::size_t i = 0; i < table_.size(); ++i) all += (table_[i].counters().*counter).load();
  for (Producer* producer = finder_.first_producer(); producer; producer = producer->next)
    all += (producer->counters.*counter).load();
  return all;
}

std::uint64_t Totals::of(Counters::Counter Producer::*counter) const noexcept {
  std::uint64_t all = 0;
  for (Producer* producer = finder_.first_producer(); producer; producer = producer->next)
    all += (producer->*counter).load();
  return all;
}

std::uint64_t Totals::of(Counters::Counter Spawner::*counter) const noexcept {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < table_.size(); ++i) all += (table_[i].spawner().*counter).load();
  return all;
}

std::uint64_t Totals::busy() const noexcept {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < table_.size(); ++i)
    all += table_[i].counters().running.load() || table_[i].spawner().taken.load();
  return all;
}

/// A job without room is accepted before it counts as such, and counts no longer before it is completed.
std::size_t Totals::pending(const std::atomic<std::size_t>& roomless) const noexcept {
  const std::uint64_t over = of(&Counters::completed) + of(&Counters::plain);  // first
  const std::size_t without = roomless.load();
  return accepted() - over - without;
}

bool Totals::drained(std::uint64_t but) const noexcept {
  const std::uint64_t over = of(&Counters::ended) + of(&Counters::plain);  // first
  sync_point("totals.drained");
  return over + but == accepted();
}

bool Totals::idles() const noexcept {
  const auto is_all_counted = [this] {
    const std::uint64_t over = of(&Counters::completed) + of(&Counters::plain);  // first, as above
    return over == accepted();
  };
  const auto looks_again = [&] {
    sync_point("totals.idles");
    return drained() || of(&Counters::telling) || !is_all_counted();
  };
  if (!drained()) wait_briefly(looks_again);
  return drained();
}

}  // namespace tp::core
