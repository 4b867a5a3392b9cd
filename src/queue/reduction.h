// SPDX-License-Identifier: MIT
// Stage 4: the partials of a reduce and how they become one; from submit/loop, to result/call_scope.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "base/mutex.h"
#include "base/slab.h"
#include "tpool/task.h"

namespace tp::core {

class PoolContext;

/// The threads that run a loop over the items of a reduce call run for each of its chunks.
///
/// With chunks of the caller's, the two halves of each aligned block of 2, 4, 8 … chunks become one as soon as both are
/// there (pairwise summation). This tree depends on nothing but the number of chunks. With automatic chunks a thread
/// goes on with its last partial while its chunks follow one another, as in oneTBB's parallel_reduce, and the thread
/// that ends the last chunk combines all partials from left to right. Thread-safe except where noted.
class Reduction {
 public:
  /// how is lent. chunksize: 0 = automatic.
  Reduction(const PoolContext& pool, const tp_reduce_t& how, std::size_t n, std::size_t chunksize,
            void (*ctx_drop)(void*)) noexcept
      : pool_(pool), how_(how), n_(n), chunksize_(chunksize), ctx_drop_(ctx_drop) {}
  ~Reduction();
  Reduction(const Reduction&) = delete;
  Reduction& operator=(const Reduction&) = delete;

  /// For a loop with so many participants; one that runs all items in one chunk needs nothing. False without memory.
  bool allocate(std::size_t participants) noexcept;
  /// A tp_range_fn. self: the Reduction.
  static int run(void* self, std::size_t begin, std::size_t end);
  static void drop_ctx(void* self) {
    const auto& reduction = *static_cast<Reduction*>(self);
    reduction.ctx_drop_(reduction.how_.ctx);
  }
  /// Whether a chunk has failed for want of memory.
  bool lacks_memory() const noexcept { return lacks_memory_.load(); }
  /// Copies what all items have come to. REQUIRES: the loop has succeeded.
  void copy_to(void* value) const noexcept;

 private:
  /// What the items [begin, end) have come to; the value lies behind it.
  struct alignas(std::max_align_t) Partial {
    std::size_t begin, end;
    Partial* next;

    void* value() noexcept { return this + 1; }
  };
  struct Free {
    std::size_t bytes;
    void operator()(Partial* partial) const noexcept { slab_free(partial, bytes); }
  };
  using Held = std::unique_ptr<Partial, Free>;

  std::size_t bytes() const noexcept { return sizeof(Partial) + how_.value_size; }
  Held hold(Partial* partial) const noexcept { return {partial, Free{bytes()}}; }
  Held make(std::size_t begin) noexcept;
  int add(const Held& partial, std::size_t end);
  int combine(Partial& left, Held right);
  int run_chunk(std::size_t begin, std::size_t end);
  Held meet(std::size_t place, Held& partial) noexcept;
  int run_span(std::size_t begin, std::size_t end);
  Partial** own_place() noexcept;
  Held take(std::size_t begin) noexcept;
  bool put(Held partial, std::size_t count) noexcept;
  void set_apart(Partial* partial) noexcept;
  int fold();

  const PoolContext& pool_;
  const tp_reduce_t& how_;
  const std::size_t n_, chunksize_;
  void (*const ctx_drop_)(void*);
  std::atomic<bool> lacks_memory_{false};
  // Under the mutex while there are chunks left.
  Mutex mutex_;
  Partial** places_ = nullptr;  // one for each chunk of the caller's, or for each participant
  std::size_t n_places_ = 0;
  Partial* apart_ = nullptr;  // with which no thread goes on, from left to right; in the end all
  std::size_t done_ = 0;      // items, with automatic chunks
};

}  // namespace tp::core
