// SPDX-License-Identifier: MIT
// Stage 4: the queue of one submitting thread; from queue/producer, to the worker.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/order.h"
#include "base/pages.h"
#include "base/platform.h"
#include "base/sync_point.h"

namespace tp::core {

/// A single-producer FIFO in linked blocks, after crossbeam's Injector with the producer's side made private.
/// The producer writes a task and publishes it by one store of tail_. Consumers claim tasks from the
/// front, many at once, under a mutex.
///
/// Invariants: head_ <= tail_; tasks [head_, tail_) are written and not claimed.
/// Only the producer calls reserve, cancel, push and take_back; any thread calls the rest.
template <class T, std::size_t kBlock = (64 * 1024 - sizeof(void*)) / sizeof(T)>
class SubmitQueue {
 public:
  ~SubmitQueue() {
    Block* block = head_block_ ? head_block_ : first_block_.load();
    while (block) free_in_pages(std::exchange(block, block->next));
    while (Block* const spare = take_spare()) free_in_pages(spare);
  }

  /// Promises room for one push, which push or cancel uses up; false without memory.
  [[gnu::always_inline]] bool reserve() noexcept {
    while (room_end_ < written_ + promised_ + 1)
      if (!add_block()) return false;
    ++promised_;
    return true;
  }
  void cancel() noexcept { --promised_; }

  [[gnu::always_inline]] void push(const T& task) noexcept {
    --promised_;
    if (written_ % kBlock == 0)
      write_block_ = write_block_ ? write_block_->next
                                  : first_block_.load(std::memory_order_relaxed);  // own write
    write_block_->tasks[written_ % kBlock] = task;
    order::release(&tail_);
    core::light_store(tail_, ++written_);  // precedes the submitter's look for sleepers
  }

  /// Removes the newest task, if is_it(task), nobody has claimed it, and it is not the first of a block.
  template <class IsIt>
  bool take_back(IsIt is_it) noexcept {
    const auto at = static_cast<std::size_t>((written_ - 1) % kBlock);
    if (written_ == 0 || at == 0 || !is_it(write_block_->tasks[at])) return false;
    Lock lock(claims_);
    if (head_.load(std::memory_order_relaxed) == written_) return false;  // written under claims_
    sync_point("submit_queue.take_back");
    tail_.store(--written_);
    return true;
  }

  /// Takes the oldest tasks: at most limit(how many there are), and at most room. Returns how many.
  template <class Limit>
  std::size_t claim(T* out, std::size_t room, Limit limit) noexcept {
    Lock lock(claims_);
    const std::uint64_t head = head_.load(std::memory_order_relaxed);  // written under claims_
    const std::uint64_t ready = tail_.load() - head;  // acquire part pairs with push
    if (ready == 0) return 0;
    order::acquire(&tail_);
    const std::size_t count = std::min(limit(static_cast<std::size_t>(ready)), room);
    for (std::size_t i = 0; i < count; ++i) out[i] = next(head + i);
    sync_point("submit_queue.claim");
    head_.store(head + count);
    return count;
  }

  /// How many wait. Exact while no other thread changes the submit queue.
  std::size_t size() const noexcept {
    const std::uint64_t head = head_.load();  // first: tail_ only grows
    return static_cast<std::size_t>(tail_.load() - head);
  }

 private:
  struct Block {
    Block* next;
    T tasks[kBlock];
  };

  [[gnu::noinline]] bool add_block() noexcept {
    Block* block = take_spare();
    if (!block) block = make_in_pages<Block>(last_block_ != nullptr);
    if (!block) return false;
    block->next = nullptr;
    if (last_block_)
      last_block_->next = block;
    else
      first_block_.store(block, std::memory_order_relaxed);  // published by tail_
    last_block_ = block;
    room_end_ += kBlock;
    return true;
  }

  /// The task at index, which is the oldest. Recycles the block before, when it is the first of its block.
  T next(std::uint64_t index) noexcept {
    // relaxed: tail_ has published it
    if (!head_block_) head_block_ = first_block_.load(std::memory_order_relaxed);
    if (index % kBlock == 0 && index != 0) {
      Block* const used = head_block_;
      head_block_ = used->next;
      recycle(used);
    }
    return head_block_->tasks[index % kBlock];
  }

  /// Only the producer takes spares, so there is no ABA: the first one can't go and come back meanwhile.
  Block* take_spare() noexcept {
    // acquire pairs with the release in recycle: the consumer no longer uses the block
    Block* block = spare_.load(std::memory_order_acquire);
    while (block && !spare_.compare_exchange_weak(block, block->next, std::memory_order_acquire)) {
    }
    if (block) spares_.fetch_sub(1, std::memory_order_relaxed);  // a limit
    return block;
  }

  /// REQUIRES: claims_ is held.
  void recycle(Block* block) noexcept {
    if (spares_.load(std::memory_order_relaxed) >= kSpares) return free_in_pages(block);
    spares_.fetch_add(1, std::memory_order_relaxed);
    block->next = spare_.load(std::memory_order_relaxed);  // the CAS decides
    sync_point("submit_queue.recycle");
    while (!spare_.compare_exchange_weak(block->next, block, std::memory_order_release)) {
    }
  }

  static constexpr std::uint32_t kSpares = 4;

  // the producer's cache line
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t written_ = 0;
  std::uint64_t promised_ = 0;  // pushes to come
  std::uint64_t room_end_ = 0;  // tasks that all blocks so far hold
  Block* write_block_ = nullptr;
  Block* last_block_ = nullptr;
  std::atomic<Block*> first_block_{nullptr};
  // the consumers' cache line
  alignas(kCacheLine) Mutex claims_;
  std::atomic<std::uint64_t> head_{0};
  Block* head_block_ = nullptr;
  std::atomic<Block*> spare_{nullptr};
  std::atomic<std::uint32_t> spares_{0};
};

}  // namespace tp::core
