// SPDX-License-Identifier: MIT
// Per-thread slabs in size classes, after the small-object pools of oneTBB and the sharded free lists of mimalloc. An
// owner that frees a block pushes it to the slab's list. Another thread pushes it to the owner's return stack, from
// where blocks come back in one batch. If the owner is idle, another thread does that for it. Stage: base, used by all.
#include "base/slab.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/asymmetric_fence.h"
#include "base/fork.h"
#include "base/mutex.h"
#include "base/order.h"
#include "base/platform.h"
#include "base/sync_point.h"
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

/// 64 KiB of blocks of one class, aligned to its size so that a block finds its slab. Only the owner uses
/// the fields other than heap.
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
  bool full() const noexcept {
    return !free && fresh + block_bytes > reinterpret_cast<const char*>(this) + kSlabBytes;
  }
};

/// Blocks that other threads have freed: the address of the last one and, in the bits that its alignment
/// leaves free, how many there are, modulo kBatch.
using Returned = std::uintptr_t;
constexpr Returned kBatch = kGrain;

/// One thread's slabs with room, by class. A full slab is in no list until a block comes back.
///
/// While the owner works on its heap, `busy` is set, which the owner publishes. Another thread may collect for
/// the owner: it claims the heap, runs the heavy fence, and does nothing if the owner is busy. An owner that finds
/// its heap claimed waits for the mutex. One of them sees the other (base/asymmetric_fence.h).
struct Heap {
  Slab* partial[kClasses] = {};
  std::size_t slabs = 0;
  std::atomic<bool> busy{false};
  std::atomic<bool> claimed{false};  // written under collecting
  Mutex collecting;
  alignas(kCacheLine) std::atomic<Returned> returned{0};  // other threads write it, too
  std::atomic<std::uint32_t> batches{0};  // returned since a thread tried to collect them
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

/// A scope in which the owner works on its heap.
class Busy {
 public:
  [[gnu::always_inline]] explicit Busy(Heap& heap) noexcept : heap_(heap) {
    light_store(heap.busy, true);
    while (heap.claimed.load()) [[unlikely]] give_way(heap);
    order::acquire(&heap.claimed);
  }
  // release pairs with the load of busy in while_quiet
  ~Busy() { heap_.busy.store(false, std::memory_order_release); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  [[gnu::cold]] static void give_way(Heap& heap) noexcept {
    heap.busy.store(false);
    { Lock until_collected(heap.collecting); }
    light_store(heap.busy, true);
  }

  Heap& heap_;
};

template <class Node>
void link(Node*& head, Node& node) noexcept {
  node.prev = nullptr;
  node.next = head;
  if (head) head->prev = &node;
  head = &node;
}

template <class Node>
void unlink(Node*& head, Node& node) noexcept {
  (node.prev ? node.prev->next : head) = node.next;
  if (node.next) node.next->prev = node.prev;
}

/// The list of a slab's class.
Slab*& list_of(Heap& heap, const Slab& slab) noexcept {
  return heap.partial[slab.block_bytes / kGrain - 1];
}

void release(Heap& heap, Slab& slab) noexcept {
  unlink(list_of(heap, slab), slab);
  --heap.slabs;
  footprint.fetch_sub(kSlabBytes, std::memory_order_relaxed);  // a statistic
  std::free(&slab);
}

/// Takes a block back. An empty slab goes to the system, unless it is the only one with room.
void take_back(Heap& heap, Block& block) noexcept {
  Slab& slab = *Slab::of(&block);
  if (slab.full()) link(list_of(heap, slab), slab);
  block.next = slab.free;
  slab.free = &block;
  if (--slab.used == 0 && (slab.prev || slab.next)) release(heap, slab);
}

/// Takes back what other threads have freed.
[[gnu::noinline]] void collect(Heap& heap) noexcept {
  // acquire pairs with the release in give_back
  const Returned last = heap.returned.exchange(0, std::memory_order_acquire);
  auto* block = reinterpret_cast<Block*>(last & ~(kBatch - 1));
  if (block) order::acquire(&heap.returned);
  while (block) {
    Block* const next = block->next;
    take_back(heap, *block);
    block = next;
  }
}

/// Works on the heap of another thread, unless that thread is busy there. REQUIRES: the heap stays, and
/// the caller holds collecting.
template <class Work>
void while_quiet(Heap& heap, Work work) noexcept {
  heap.claimed.store(true);
  sync_point("slab.claimed");
  heavy_fence();
  if (!heap.busy.load()) work();
  order::release(&heap.claimed);
  heap.claimed.store(false);
}

void collect_for(Heap& heap) noexcept {
  heap.batches.store(0, std::memory_order_relaxed);  // a guess
  while_quiet(heap, [&] { collect(heap); });
}

/// Collects for a heap as long as many blocks have come back since the last time: also while another thread collected,
/// which may be longer than the rest of a burst takes.
void collect_many(Heap& owner) noexcept {
  constexpr std::uint32_t kMostBatches = 64;
  while (owner.batches.load(std::memory_order_relaxed) > kMostBatches &&  // a guess
         owner.collecting.try_lock()) {
    collect_for(owner);
    owner.collecting.unlock();
  }
}

/// Gives a block back to another thread's heap. When some thousands lie there, it collects them first: the
/// heap cannot go before it has this block.
void give_back(Heap& owner, Block& block) noexcept {
  Returned last = owner.returned.load(std::memory_order_relaxed);  // the CAS decides
  if (last % kBatch == kBatch - 1) [[unlikely]] {
    owner.batches.fetch_add(1, std::memory_order_relaxed);  // a guess
    collect_many(owner);
    last = owner.returned.load(std::memory_order_relaxed);
  }
  sync_point("slab.give_back");
  order::release(&owner.returned);
  Returned mine;
  do {
    block.next = reinterpret_cast<Block*>(last & ~(kBatch - 1));
    mine = reinterpret_cast<Returned>(&block) | (last + 1) % kBatch;
  } while (!owner.returned.compare_exchange_weak(last, mine, std::memory_order_release,
                                                 std::memory_order_relaxed));
}

/// Whether no block of the heap is in use. Gives its empty slabs back.
bool empty(Heap& heap) noexcept {
  const Busy busy(heap);
  collect(heap);
  for (Slab*& head : heap.partial)
    if (head && head->used == 0) release(heap, *head);
  return heap.slabs == 0;
}

void add_orphan(Heap& heap) noexcept TP_REQUIRES(heaps_mutex) {
  heap.next_orphan = orphans;
  orphans = &heap;
}

/// At the thread's end: frees the heap, or keeps it for the next thread if blocks are in use.
void abandon(ThreadExit&) {
  Heap* const heap = std::exchange(this_heap, nullptr);
  const bool goes = empty(*heap);
  sync_point("slab.abandon");
  order::release(heap);
  Lock lock(heaps_mutex);
  if (!goes) return add_orphan(*heap);
  unlink(heaps, *heap);
  delete heap;
}

Heap* adopt() noexcept TP_REQUIRES(heaps_mutex) {
  Heap* const heap = orphans;
  if (!heap) return nullptr;
  order::acquire(heap);
  orphans = heap->next_orphan;
  return heap;
}

/// In the child of a fork. Forgets all heaps but the thread's own, and that one, too, if a thread was working on it.
void forget_heaps() noexcept TP_TSA(no_thread_safety_analysis) {
  heaps_mutex.reset();
  if (this_heap && (this_heap->busy.load() || this_heap->claimed.load()))
    this_heap = nullptr;  // its blocks are lost
  heaps = this_heap;
  orphans = nullptr;
  if (!this_heap) return;
  this_heap->collecting.reset();
  this_heap->next = this_heap->prev = nullptr;
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
    link(heaps, *heap);
  }
  heap->exit.run = abandon;
  if (at_thread_exit(heap->exit)) return this_heap = heap;
  Lock lock(heaps_mutex);
  add_orphan(*heap);  // no memory for the clean-up of this thread
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
  link(heap.partial[block_bytes / kGrain - 1], *slab);
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
  Slab*& list = heap->partial[index];
  if (!list) collect(*heap);
  Slab* const slab = list ? list : add_slab(*heap, (index + 1) * kGrain);
  if (!slab) return nullptr;
  Block* const block = pop(*slab);
  if (slab->full()) unlink(list, *slab);
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
    if (heap->returned.load(std::memory_order_relaxed)) {  // a guess
      Lock until_others_have_collected(heap->collecting);
      collect_for(*heap);
    }
}

std::size_t slab_footprint() noexcept { return footprint.load(); }

}  // namespace tp::core
