// SPDX-License-Identifier: MIT
// Stage 5: what all threads of a pool have counted, together; from worker/pool, to tp_pool_stats.
#include "worker/totals.h"

#include "base/noise.h"
#include "base/spin.h"
#include "worker/worker.h"

namespace tp::core {

std::uint64_t Totals::of(Tally::Counter Tally::*counter) const noexcept {
  std::uint64_t all = (others_.*counter).load();
  for (std::size_t i = 0; i < roster_.size(); ++i) all += (roster_[i].tally().*counter).load();
  for (Inlet* inlet = finder_.first_inlet(); inlet; inlet = inlet->next)
    all += (inlet->tally.*counter).load();
  return all;
}

std::uint64_t Totals::of(Tally::Counter Inlet::*counter) const noexcept {
  std::uint64_t all = 0;
  for (Inlet* inlet = finder_.first_inlet(); inlet; inlet = inlet->next)
    all += (inlet->*counter).load();
  return all;
}

std::uint64_t Totals::busy() const noexcept {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < roster_.size(); ++i) all += roster_[i].tally().running.load() != 0;
  return all;
}

bool Totals::drained(std::uint64_t but) const noexcept {
  const std::uint64_t over = of(&Tally::ended) + of(&Tally::plain);  // first
  noise("totals.drained");
  return over + but == accepted();
}

bool Totals::idles() const noexcept {
  const auto is_all_counted = [this] {
    const std::uint64_t over = of(&Tally::completed) + of(&Tally::plain);  // first, as above
    return over == accepted();
  };
  const auto looks_again = [&] {
    noise("totals.idles");
    return drained() || of(&Tally::telling) || !is_all_counted();
  };
  if (!drained()) wait_briefly(looks_again);
  return drained();
}

}  // namespace tp::core
