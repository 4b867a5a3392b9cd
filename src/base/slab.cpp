// SPDX-License-Identifier: MIT
// Per-thread slabs in size classes, after the small-object pools of oneTBB and mimalloc's sharded
// free lists: an owner's free is a push, another thread's free goes to the owner's return stack and
// comes back in one batch, which another thread may do for an owner that is quiet.
// Stage: base, used by all.
#include "base/slab.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/dekker.h"
#include "base/fork.h"
#include "base/mutex.h"
#include "base/noise.h"
#include "base/order.h"
#include "base/platform.h"
#include "base/thread_exit.h"

namespace tp::core {
namespace {

constexpr std::size_t kSlabBytes = 64 * 1024;
constexpr std::size_t kGrain = 64;
constexpr std::size_t kClasses = 16;  // 64, 128 … 1024 bytes

struct Heap;

struct Block {
  Block* next;
};

/// 64 KiB of blocks of one class, aligned to its size so that a block finds its slab.
/// All fields but heap are the owner's alone.
struct alignas(kGrain) Slab {
  Heap* heap;
  Slab* prev;
  Slab* next;
  Block* free;
  char* fresh;  // blocks from here on were never handed out
  std::uint32_t used;
  std::uint32_t block_bytes;

  static Slab* of(void* block) noexcept {
    return reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(block) & ~(kSlabBytes - 1));
  }
  char* end() noexcept { return reinterpret_cast<char*>(this) + kSlabBytes; }
  bool full() const noexcept {
    return !free && fresh + block_bytes > reinterpret_cast<const char*>(this) + kSlabBytes;
  }
};

/// Blocks that other threads have freed: the last one's address and, in the bits that its alignment
/// leaves, how many there are, modulo kBatch.
using Returned = std::uintptr_t;
constexpr Returned kBatch = kGrain;

/// One thread's slabs with room, by class; full ones are in no list until a block comes back.
///
/// Only the owner works on it, and says so by `busy`, which it publishes. Another thread may do its
/// collecting: it claims the heap, settles, and goes away where the owner is busy; an owner that finds
/// its heap claimed waits for the mutex. One sees the other (base/dekker.h).
struct Heap {
  Slab* partial[kClasses] = {};
  std::size_t slabs = 0;
  std::atomic<bool> busy{false};
  std::atomic<bool> claimed{false};  // written under collecting
  Mutex collecting;
  // other threads write it, the owner busy
  alignas(kCacheLine) std::atomic<Returned> returned{0};
  std::atomic<std::uint32_t> batches{0};  // returned since somebody tried to collect them
  Heap* next_orphan = nullptr;
  Heap* next = nullptr;  // of all; under heaps_mutex
  Heap* prev = nullptr;
  ThreadExit exit;
};

std::atomic<std::size_t> footprint{0};
Mutex heaps_mutex;
Heap* orphans TP_GUARDED_BY(heaps_mutex) = nullptr;
Heap* heaps TP_GUARDED_BY(heaps_mutex) = nullptr;
TP_HOT thread_local constinit Heap* this_heap = nullptr;

/// The owner works on its heap, for a scope.
class Busy {
 public:
  [[gnu::always_inline]] explicit Busy(Heap& heap) noexcept : heap_(heap) {
    publish(heap.busy, true);
    while (heap.claimed.load()) [[unlikely]] give_way(heap);
    order::acquire(&heap.claimed);
  }
  // release pairs with the load of who has claimed the heap
  ~Busy() { heap_.busy.store(false, std::memory_order_release); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  [[gnu::cold]] static void give_way(Heap& heap) noexcept {
    heap.busy.store(false);
    { Lock until_collected(heap.collecting); }
    publish(heap.busy, true);
  }

  Heap& heap_;
};

void link(Heap& heap, Slab& slab) noexcept {
  Slab*& head = heap.partial[slab.block_bytes / kGrain - 1];
  slab.prev = nullptr;
  slab.next = head;
  if (head) head->prev = &slab;
  head = &slab;
}

void unlink(Heap& heap, Slab& slab) noexcept {
  (slab.prev ? slab.prev->next : heap.partial[slab.block_bytes / kGrain - 1]) = slab.next;
  if (slab.next) slab.next->prev = slab.prev;
}

void release(Heap& heap, Slab& slab) noexcept {
  unlink(heap, slab);
  --heap.slabs;
  footprint.fetch_sub(kSlabBytes, std::memory_order_relaxed);  // a statistic
  std::free(&slab);
}

/// Takes a block back. An empty slab goes to the system, unless it is the only one with room.
void take_back(Heap& heap, Block& block) noexcept {
  Slab& slab = *Slab::of(&block);
  if (slab.full()) link(heap, slab);
  block.next = slab.free;
  slab.free = &block;
  if (--slab.used == 0 && (slab.prev || slab.next)) release(heap, slab);
}

/// Takes back what other threads have freed. acquire pairs with the release in give_back.
[[gnu::noinline]] void collect(Heap& heap) noexcept {
  auto* block = reinterpret_cast<Block*>(heap.returned.exchange(0, std::memory_order_acquire) &
                                         ~(kBatch - 1));
  if (block) order::acquire(&heap.returned);
  while (block) {
    Block* const next = block->next;
    take_back(heap, *block);
    block = next;
  }
}

/// Works on a heap of another thread, unless that one is at work there. REQUIRES: the heap stays, and
/// collecting is locked.
template <class Work>
void while_quiet(Heap& heap, Work work) noexcept {
  heap.claimed.store(true);
  noise("slab.claimed");
  settle();
  if (!heap.busy.load()) work();
  order::release(&heap.claimed);
  heap.claimed.store(false);
}

void collect_for(Heap& heap) noexcept {
  heap.batches.store(0, std::memory_order_relaxed);  // a guess
  while_quiet(heap, [&] { collect(heap); });
}

/// Gives a block of another thread's heap back to it. Some thousands that lie there are collected,
/// before this one is given: it keeps the heap where it is.
void give_back(Heap& owner, Block& block) noexcept {
  constexpr std::uint32_t kMostBatches = 64;
  Returned last = owner.returned.load(std::memory_order_relaxed);  // the CAS decides
  if (last % kBatch == kBatch - 1 &&
      owner.batches.fetch_add(1, std::memory_order_relaxed) >= kMostBatches) [[unlikely]] {
    if (owner.collecting.try_lock()) {
      collect_for(owner);
      owner.collecting.unlock();
    }
    last = owner.returned.load(std::memory_order_relaxed);
  }
  noise("slab.give_back");
  order::release(&owner.returned);
  Returned mine;
  do {
    block.next = reinterpret_cast<Block*>(last & ~(kBatch - 1));
    mine = reinterpret_cast<Returned>(&block) | (last + 1) % kBatch;
  } while (!owner.returned.compare_exchange_weak(last, mine, std::memory_order_release,
                                                 std::memory_order_relaxed));
}

void list(Heap& heap) noexcept TP_REQUIRES(heaps_mutex) {
  heap.next = heaps;
  if (heaps) heaps->prev = &heap;
  heaps = &heap;
}

void unlist(Heap& heap) noexcept TP_REQUIRES(heaps_mutex) {
  (heap.prev ? heap.prev->next : heaps) = heap.next;
  if (heap.next) heap.next->prev = heap.prev;
}

/// Whether nothing is out.
bool empty(Heap& heap) noexcept {
  const Busy busy(heap);
  collect(heap);
  for (Slab*& head : heap.partial)
    if (head && head->used == 0) release(heap, *head);
  return heap.slabs == 0;
}

/// Keeps a heap for the next thread.
void add_orphan(Heap& heap) noexcept TP_REQUIRES(heaps_mutex) {
  heap.next_orphan = orphans;
  orphans = &heap;
}

/// The thread's end: keep the heap for the next thread, or free it when nothing is out.
void abandon(ThreadExit& exit) {
  Heap* const heap = this_heap;
  this_heap = nullptr;
  (void)exit;
  const bool goes = empty(*heap);
  noise("slab.abandon");
  order::release(heap);
  Lock lock(heaps_mutex);
  if (goes) {
    unlist(*heap);
    delete heap;
    return;
  }
  add_orphan(*heap);
}

Heap* adopt() noexcept TP_REQUIRES(heaps_mutex) {
  Heap* const heap = orphans;
  if (!heap) return nullptr;
  order::acquire(heap);
  orphans = heap->next_orphan;
  return heap;
}

/// In the child of a fork: heaps that were being worked on then stay as they are.
void forget_heaps() noexcept TP_TSA(no_thread_safety_analysis) {
  const auto is_whole = [](Heap& heap) { return !heap.busy.load() && !heap.claimed.load(); };
  heaps_mutex.reset();
  heaps = nullptr;
  if (this_heap && !is_whole(*this_heap)) this_heap = nullptr;  // its blocks are lost
  if (this_heap) {
    this_heap->collecting.reset();
    this_heap->next = this_heap->prev = nullptr;
    heaps = this_heap;
  }
  orphans = nullptr;
}

[[gnu::cold]] Heap* make_heap() noexcept {
  on_fork_child(forget_heaps);
  Heap* heap = nullptr;
  {
    Lock lock(heaps_mutex);
    heap = adopt();
  }
  if (!heap) {
    heap = new (std::nothrow) Heap;
    if (!heap) return nullptr;
    Lock lock(heaps_mutex);
    list(*heap);
  }
  heap->exit.run = abandon;
  if (at_thread_exit(heap->exit)) return this_heap = heap;
  Lock lock(heaps_mutex);
  add_orphan(*heap);  // there is no memory to note that this thread has one
  return nullptr;
}

[[gnu::noinline]] Slab* add_slab(Heap& heap, std::size_t block_bytes) noexcept {
  void* const memory = std::aligned_alloc(kSlabBytes, kSlabBytes);
  if (!memory) return nullptr;
  if (heap.slabs)
    madvise(memory, kSlabBytes, MADV_POPULATE_WRITE);  // a burst: one call for 16 faults
  auto* const slab = new (memory) Slab{};
  slab->heap = &heap;
  slab->fresh = reinterpret_cast<char*>(slab + 1);
  slab->block_bytes = static_cast<std::uint32_t>(block_bytes);
  link(heap, *slab);
  ++heap.slabs;
  footprint.fetch_add(kSlabBytes, std::memory_order_relaxed);  // a statistic
  return slab;
}

Block* pop(Slab& slab) noexcept {
  Block* block = slab.free;
  if (block) {
    slab.free = block->next;
  } else {
    block = reinterpret_cast<Block*>(slab.fresh);
    slab.fresh += slab.block_bytes;
  }
  ++slab.used;
  return block;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kUseSlabs = false;  // the sanitizer should see each block
#else
constexpr bool kUseSlabs = true;
#endif

bool is_small(std::size_t bytes) noexcept { return kUseSlabs && bytes <= kGrain * kClasses; }

}  // namespace

void* slab_alloc(std::size_t bytes) noexcept {
  if (!is_small(bytes)) return std::malloc(bytes);
  Heap* const heap = this_heap ? this_heap : make_heap();
  if (!heap) return nullptr;
  const Busy busy(*heap);
  const std::size_t index = bytes ? (bytes - 1) / kGrain : 0;
  if (!heap->partial[index]) collect(*heap);
  Slab* slab = heap->partial[index];
  if (!slab) slab = add_slab(*heap, (index + 1) * kGrain);
  if (!slab) return nullptr;
  Block* const block = pop(*slab);
  if (slab->full()) unlink(*heap, *slab);
  return block;
}

void slab_free(void* memory, std::size_t bytes) noexcept {
  if (!memory) return;
  if (!is_small(bytes)) return std::free(memory);
  auto* const block = static_cast<Block*>(memory);
  Heap* const owner = Slab::of(block)->heap;
  if (owner != this_heap) return give_back(*owner, *block);
  const Busy busy(*owner);
  take_back(*owner, *block);
}

void slab_trim() noexcept {
  constexpr std::size_t kWorthIt = 1024 * 1024;
  if (footprint.load(std::memory_order_relaxed) < kWorthIt) return;  // a statistic
  Lock lock(heaps_mutex);
  for (Heap* heap = heaps; heap; heap = heap->next)
    if (heap->returned.load(std::memory_order_relaxed)) {  // or soon enough
      Lock until_others_have_collected(heap->collecting);
      collect_for(*heap);
    }
}

std::size_t slab_footprint() noexcept { return footprint.load(); }

}  // namespace tp::core
