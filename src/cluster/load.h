// SPDX-License-Identifier: MIT
// What each rank has ahead, and so which one gets the next items, and how many. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>
#include <vector>

#include "cluster/costs.h"

namespace tp::cluster {

/// What a batch holds of a rank, from before its items are claimed until they are over.
struct Held {
  std::size_t rank = 0, items = 0, bytes = 0;
  double weight = 0;    // of an item: its share of what a worker may have ahead
  bool is_out = false;  // the rank has the items
};

/// Not thread-safe.
class Load {
 public:
  /// workers: of each rank; one that has none gets no items. window: how many bytes a rank may have.
  Load(std::vector<std::size_t> workers, std::size_t window);

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// Of the ranks that have room, the one with the largest share of free workers; kNone. must: also one without room.
  std::size_t best_rank(bool must) const noexcept;
  /// Room for some of `left` items, of which each costs so much.
  Held hold(std::size_t rank, const Cost& cost, std::size_t left) noexcept;
  /// It is so many items instead, which run in such chunks; 0: each by itself. plain_bytes: of an item.
  void fill(Held& held, std::size_t items, std::size_t chunk, std::size_t plain_bytes) noexcept;
  /// Packed items may be larger than those that were held.
  void grow(Held& held, std::size_t bytes) noexcept;
  void go_out(Held& held) noexcept;
  void let_go(const Held& held) noexcept;

  /// No rank has room.
  bool is_full() const noexcept;
  /// Whether another rank than 0 holds anything.
  bool is_any_remote() const noexcept;
  /// Whether a rank has had no batch for longer than it takes to hand out, at two looks in a row.
  bool is_any_idle() noexcept;
  std::size_t batches(std::size_t rank) const noexcept { return ranks_[rank].batches; }
  void set_workers(std::size_t rank, std::size_t workers) noexcept;
  /// Of all ranks.
  std::size_t workers() const noexcept { return workers_; }

 private:
  struct Rank {
    std::size_t workers = 0;
    double ahead = 0;  // of its workers: what is held, as a share of what one may have
    std::size_t bytes = 0;
    std::size_t batches = 0;  // that are out
    unsigned idle_looks = 0;  // in a row
  };
  bool has_room(const Rank& rank) const noexcept {
    return rank.workers && rank.ahead < double(rank.workers) && rank.bytes < window_;
  }

  const std::size_t window_;
  std::vector<Rank> ranks_;
  std::size_t workers_ = 0;
};

}  // namespace tp::cluster
