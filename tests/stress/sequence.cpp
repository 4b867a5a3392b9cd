// SPDX-License-Identifier: MIT
// A sequence from its pool's creation to the check of its books.
#include "stress/sequence.hpp"

#include "stress/actor.hpp"
#include "stress/life.hpp"
#include "stress/race.hpp"

namespace stress {

const char* run_sequence(Choices choices, std::uint32_t flags) {
  Choices mine = choices.part(0, 9);
  Life life(mine, flags);
  const std::size_t n = 1 + (mine.coin() ? mine.below(3) : mine.below(8));
  const std::size_t calls = 2 + mine.below(30) / n;
  support::Arrivals finished;
  support::in_threads(n + 1, [&](std::size_t k) {
    if (k == n) {
      finished.wait(static_cast<int>(n));
      return life.end(mine);
    }
    Actor actor(life, choices.part(k + 1, 9));
    for (std::size_t i = 0; i < calls && !actor.done(); ++i) actor.act();
    finished.arrive();
    for (std::size_t i = 0; i < 4 && !actor.done(); ++i) actor.act_on_result();
  });
  life.check_books();
  return life.wrong();
}

}  // namespace stress
