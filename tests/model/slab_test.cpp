// SPDX-License-Identifier: MIT
// Model of slabs: blocks that other threads free come back to their owner, and the heap of a thread
// that has ended goes to the next.
#include <sys/mman.h>

#include <cstdint>

#include "model/check.hpp"
#include "model/suite.hpp"

// The models have their own slab_alloc; and slabs are large, and aligned to their size.
#define slab_alloc slabs_alloc
#define slab_free slabs_free
#define slab_footprint slabs_footprint
#define aligned_alloc slabs_get
#define free slabs_put
namespace tp::core {
namespace std {
void* slabs_get(size_t, size_t bytes);
void slabs_put(void* memory);
}  // namespace std
}  // namespace tp::core
#include "base/slab.cpp"
#undef free
#undef aligned_alloc

namespace {

using namespace model;

constexpr std::size_t kSlabs = 8, kSlabBytes = 64 * 1024, kThreads = 4;

/// The memory of slabs.
struct System {
  bool used[kSlabs] = {};
  int out = 0;
  StdAtomic<int> order;  // what every allocator has
};
System* sys;
alignas(kSlabBytes) char slabs[kSlabs][kSlabBytes];

}  // namespace

namespace tp::core {
namespace std {

void* slabs_get(size_t, size_t) {
  sys->order.fetch_add(1);
  for (size_t i = 0; i < kSlabs; ++i)
    if (!::std::exchange(sys->used[i], true)) return ++sys->out, slabs[i];
  return nullptr;
}
void slabs_put(void* memory) {
  const auto at = static_cast<size_t>(static_cast<char*>(memory) - slabs[0]) / kSlabBytes;
  RL_ASSERT(sys->used[at]);
  sys->order.fetch_add(1);
  sys->used[at] = false;
  --sys->out;
}

}  // namespace std

}  // namespace tp::core

namespace {

const bool kept = (ThreadLocals::add(&tp::core::this_heap), true);

/// A thread takes large blocks, which two others free; it takes more meanwhile, which have to be
/// blocks that nobody uses, and ends. A fourth may then have its heap. Who frees may first collect for
/// the owner what lies there.
struct SlabModel : Suite<SlabModel, kThreads> {
  static constexpr std::size_t kBytes = 1024, kBlocks = 63, kTaken = 3;

  SlabModel() {
    sys = &system;
    tp::core::orphans = tp::core::heaps = nullptr;
  }

  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    if (index == 0)
      own();
    else if (index == 3)
      inherit();
    else
      give_back(index - 1);
  }

  void* take() {
    void* const block = tp::core::slabs_alloc(kBytes);
    Data& mine = contents(block);
    RL_ASSERT(mine.get() == 0);
    mine = 1;
    return block;
  }
  void give(void* block) {
    RL_ASSERT(contents(block).get() == 1);
    contents(block) = 0;
    tp::core::slabs_free(block, kBytes);
  }

  void own() {
    for (std::size_t i = 0; i + kTaken < kBlocks; ++i) spare[i] = tp::core::slabs_alloc(kBytes);
    for (std::size_t i = 0; i < kTaken; ++i) {
      void* const block = take();
      if (i < 2) passed[i].store(block, std::memory_order_release);
      if (i == 2) give(block);
    }
    void* more[2] = {take(), take()};  // the slab is full: one of these needs blocks given back
    for (void* const block : more) give(block);
    for (std::size_t i = 0; i + kTaken < kBlocks; ++i) tp::core::slabs_free(spare[i], kBytes);
  }

  void give_back(unsigned index) {
    void* block = nullptr;
    while (!(block = passed[index].load(std::memory_order_acquire))) {
      const ThreadLocals mine;
      rl::yield(1, RL_INFO);
    }
    if (rl::rand(2)) {
      tp::core::Heap& heap = *tp::core::Slab::of(block)->heap;
      tp::core::Lock until_others_have_collected(heap.collecting);
      tp::core::collect_for(heap);
    }
    give(block);
  }

  void inherit() { give(take()); }

  Data& contents(void* block) {
    const auto at = static_cast<std::size_t>(static_cast<char*>(block) - slabs[0]);
    return data[at / kSlabBytes * kBlocks + at % kSlabBytes / kBytes];
  }

  /// What is left is empty slabs that an ended thread's heap keeps for the next.
  void after() TP_TSA(no_thread_safety_analysis) {
    int kept_slabs = 0;
    while (tp::core::Heap* const heap = tp::core::adopt()) {
      tp::core::collect(*heap);
      kept_slabs += static_cast<int>(heap->slabs);
      for (tp::core::Slab* slab : heap->partial)
        for (; slab; slab = slab->next) RL_ASSERT(slab->used == 0);
      delete heap;
    }
    RL_ASSERT(kept_slabs == system.out);
  }

  System system;
  StdAtomic<void*> passed[2];
  void* spare[kBlocks];
  Data data[kSlabs * (kBlocks + 1)];
};

/// The owner works on its heap, and others who find it quiet: one at a time.
struct ClaimModel : Suite<ClaimModel, 3> {
  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    for (int i = 0; i < 2; ++i) {
      if (index == 0) {
        const tp::core::Busy busy(heap);
        work();
      } else {
        if (index == 1)
          heap.collecting.lock();
        else if (!heap.collecting.try_lock())
          continue;
        tp::core::while_quiet(heap, [this] { work(); });
        heap.collecting.unlock();
      }
    }
  }

  void work() {
    plain = plain.get() + 1;
    (void)elsewhere.load();  // others may come in between
    plain = plain.get() + 1;
  }

  tp::core::Heap heap;
  StdAtomic<bool> elsewhere;
  Data plain;
};

}  // namespace

TEST_CASE("Slabs: the owner of a heap and those who collect for it work one at a time") {
  check_holds<ClaimModel>();
}

TEST_CASE("Slabs: the model of claims finds mistakes") {
  check_finds<ClaimModel>({Mistake::no_fence});
  check_finds<ClaimModel>({Mistake::no_drain});
  check_finds<ClaimModel>({Mistake::relaxed, "light_store("});
  check_finds<ClaimModel>({Mistake::blind, "Busy::Busy"});
  check_finds<ClaimModel>({Mistake::blind, "while_quiet"});
  check_finds<ClaimModel>({Mistake::torn, "Mutex::try_lock"});
}

TEST_CASE("Slabs: each block has one user and comes back to its owner") {
  check_holds<SlabModel>();
}

TEST_CASE("Slabs: the model finds mistakes") {
  check_finds<SlabModel>({Mistake::relaxed, "give_back"});
  check_finds<SlabModel>({Mistake::relaxed, "collect"});
  check_finds<SlabModel>({Mistake::torn, "give_back"});
  check_finds<SlabModel>({Mistake::torn, "collect"});
}
