// SPDX-License-Identifier: MIT
// What each rank has ahead, and so which one gets the next items, and how many. Stage: base, used by cluster/*.
#include "cluster/load.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tp::cluster {
namespace {

/// How much work a worker may have ahead: more than a message takes to come and go, also to a rank that has slept.
constexpr double kAheadNs = 1e6;
constexpr std::size_t kMostItems = 65536;

double ahead_of(const Held& held) noexcept { return double(held.items) * held.weight; }

}  // namespace

Load::Load(std::vector<std::size_t> workers, std::size_t window)
    : window_(window), ranks_(workers.size()) {
  for (std::size_t i = 0; i < workers.size(); ++i) set_workers(i, workers[i]);
}

std::size_t Load::best_rank(bool must) const noexcept {
  std::size_t best = kNone;
  double least = must ? HUGE_VAL : 1;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    const Rank& rank = ranks_[i];
    if (!rank.workers || (!must && !has_room(rank))) continue;
    const double used = rank.ahead / double(rank.workers);
    if (used < least) {
      least = used;
      best = i;
    }
  }
  return best;
}

/// As many items as are about half of what the rank may have ahead, and fewer near the end of a job. Items that nobody
/// knows go out one for each free worker.
Held Load::hold(std::size_t at, const Cost& cost, std::size_t left) noexcept {
  Rank& rank = ranks_[at];
  Held held{at};
  held.weight = cost.ns == 0 ? 1 : std::clamp(cost.ns / kAheadNs, 1e-5, 1.0);
  const double free = std::max(double(rank.workers) - rank.ahead, 0.0);
  const double half = double(rank.workers) / 2;
  const double fair = std::ceil(double(left) / (2 * double(workers_)));
  double wanted = std::min(free, std::max(half, held.weight)) / held.weight;
  if (held.weight >= 1) wanted = 1;
  wanted = std::max(std::min({wanted, fair, double(kMostItems)}), 1.0);
  const auto bytes = static_cast<std::size_t>(cost.bytes);
  const std::size_t fitting = (window_ - std::min(window_, rank.bytes)) / bytes;
  held.items = std::max<std::size_t>(std::min(static_cast<std::size_t>(wanted), fitting), 1);
  held.bytes = held.items * bytes;
  rank.ahead += ahead_of(held);
  rank.bytes += held.bytes;
  return held;
}

void Load::fill(Held& held, std::size_t items, std::size_t chunk,
                std::size_t plain_bytes) noexcept {
  double& ahead = ranks_[held.rank].ahead;
  ahead -= ahead_of(held);
  if (chunk)  // it keeps one worker busy, however long it is
    held.weight = std::min(held.weight, 1 / double(std::min(chunk, items)));
  const std::size_t more = items - std::min(items, held.items);  // of a whole chunk
  held.items = items;
  ahead += ahead_of(held);
  grow(held, held.bytes + more * plain_bytes);
}

void Load::grow(Held& held, std::size_t bytes) noexcept {
  if (bytes <= held.bytes) return;
  ranks_[held.rank].bytes += bytes - held.bytes;
  held.bytes = bytes;
}

void Load::go_out(Held& held) noexcept {
  held.is_out = true;
  ++ranks_[held.rank].batches;
}

void Load::let_go(const Held& held) noexcept {
  Rank& rank = ranks_[held.rank];
  rank.ahead = std::max(rank.ahead - ahead_of(held), 0.0);
  rank.bytes -= std::min(rank.bytes, held.bytes);
  rank.batches -= held.is_out;
}

bool Load::is_full() const noexcept {
  return std::none_of(ranks_.begin(), ranks_.end(),
                      [this](const Rank& rank) { return has_room(rank); });
}

bool Load::is_any_remote() const noexcept {
  return std::any_of(ranks_.begin() + 1, ranks_.end(),
                     [](const Rank& rank) { return rank.bytes != 0; });
}

bool Load::is_any_idle() noexcept {
  bool any = false;
  for (Rank& rank : ranks_) {
    const bool is_idle = rank.workers && !rank.batches;
    rank.idle_looks = is_idle ? rank.idle_looks + 1 : 0;
    any = any || rank.idle_looks > 1;
  }
  return any;
}

void Load::set_workers(std::size_t rank, std::size_t workers) noexcept {
  workers_ -= std::exchange(ranks_[rank].workers, workers);
  workers_ += workers;
}

}  // namespace tp::cluster
