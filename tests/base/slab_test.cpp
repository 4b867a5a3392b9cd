// SPDX-License-Identifier: MIT
// Tests of the slabs: whose memory it is, and that it comes back.
#include "base/slab.h"

#include "support/test.hpp"

using namespace tp::core;

namespace {

// A block that is filled with a number of its own.
class Block {
 public:
  Block(std::size_t bytes, unsigned char fill)
      : memory_(static_cast<unsigned char*>(slab_alloc(bytes))), bytes_(bytes), fill_(fill) {
    if (!memory_ || reinterpret_cast<std::uintptr_t>(memory_) % alignof(std::max_align_t) != 0)
      support::give_up("aligned memory");
    std::memset(memory_, fill_, bytes_);
  }

  bool intact() const {
    for (std::size_t i = 0; i < bytes_; ++i)
      if (memory_[i] != fill_) return false;
    return true;
  }
  void free() { slab_free(memory_, bytes_); }

 private:
  unsigned char* memory_;
  std::size_t bytes_;
  unsigned char fill_;
};

// Fresh threads: each begins without a heap, and leaves one to be adopted or none.
template <class Body>
void in_thread(Body body) {
  std::thread(body).join();
}

}  // namespace

TEST_CASE("Blocks of all sizes are aligned and nobody else's") {
  in_thread([] {
    std::vector<Block> blocks;
    for (const std::size_t more : {0u, 1025u, 4096u, 65536u, 1'000'000u})
      blocks.emplace_back(more, static_cast<unsigned char>(more % 251));
    for (int round = 0; round < 3; ++round)
      for (std::size_t bytes = 0; bytes <= 1024; ++bytes)
        blocks.emplace_back(bytes, static_cast<unsigned char>(bytes % 251));
    bool intact = true;
    for (const Block& block : blocks) intact = intact && block.intact();
    for (Block& block : blocks) block.free();
    CHECK(intact);
  });
}

TEST_CASE("To free nothing is no error") {
  slab_free(nullptr, 64);
  slab_free(nullptr, 100'000);
  SUCCEED("nothing happened");
}

TEST_CASE("Threads that free each other's blocks disturb nobody") {
  struct Bag {
    std::mutex mutex;
    std::deque<Block> blocks;
  };
  constexpr unsigned kThreads = 3;
  constexpr int kRounds = 10'000;
  Bag bag;
  std::atomic<int> broken{0};
  const auto free_one = [&](bool last) {
    std::unique_lock<std::mutex> lock(bag.mutex);
    if (bag.blocks.empty()) return false;
    Block block = last ? bag.blocks.back() : bag.blocks.front();
    last ? bag.blocks.pop_back() : bag.blocks.pop_front();
    lock.unlock();
    if (!block.intact()) ++broken;
    block.free();
    return true;
  };
  support::in_threads(kThreads, [&](std::size_t seed) {
    std::minstd_rand random(static_cast<unsigned>(seed) + 1);
    for (int i = 0; i < kRounds; ++i) {
      const unsigned number = static_cast<unsigned>(random());
      if (number % 5 < 2 && free_one(number % 2)) continue;
      const Block block(number % 1500, static_cast<unsigned char>(number % 251));
      std::lock_guard<std::mutex> lock(bag.mutex);
      bag.blocks.push_back(block);
    }
  });
  while (free_one(true)) {
  }
  CHECK(broken == 0);
}

// With AddressSanitizer there are no slabs: it looks at each block.
#if !defined(__SANITIZE_ADDRESS__)

namespace {

constexpr std::size_t kSlab = 64 * 1024;
constexpr std::size_t kBurst = 100'000;

std::vector<void*> alloc(std::size_t count, std::size_t bytes) {
  std::vector<void*> blocks(count);
  for (void*& block : blocks) block = slab_alloc(bytes);
  return blocks;
}

void free(const std::vector<void*>& blocks, std::size_t bytes) {
  for (void* block : blocks) slab_free(block, bytes);
}

// What the slabs hold, without what earlier threads have left to be adopted.
std::size_t settled_footprint() {
  for (;;) {
    const std::size_t before = slab_footprint();
    in_thread([] { slab_free(slab_alloc(1), 1); });
    if (slab_footprint() == before) return before;
  }
}

}  // namespace

TEST_CASE("A block that was freed is used again") {
  in_thread([] {
    void* const first = slab_alloc(100);
    const std::size_t footprint = slab_footprint();
    slab_free(first, 100);
    int same = 0;
    for (int i = 0; i < 10'000; ++i) {
      void* const block = slab_alloc(100);
      same += block == first;
      slab_free(block, 100);
    }
    CHECK(same == 10'000);
    CHECK(slab_footprint() == footprint);
  });
}

TEST_CASE("Memory goes back after a burst") {
  const std::size_t bytes = GENERATE(as<std::size_t>{}, 1, 64, 200, 1024);
  const int order = GENERATE(0, 1, 2);  // of freeing: forward, backward, mixed
  const std::size_t before = settled_footprint();
  in_thread([&] {
    std::vector<void*> blocks = alloc(kBurst, bytes);
    CHECK(slab_footprint() - before >= kBurst * bytes);
    if (order == 1) std::reverse(blocks.begin(), blocks.end());
    if (order == 2) std::shuffle(blocks.begin(), blocks.end(), std::minstd_rand(1));
    free(blocks, bytes);
    CHECK(slab_footprint() <= before + kSlab);
  });
}

TEST_CASE("Large blocks are in no slab") {
  const std::size_t before = slab_footprint();
  const std::vector<void*> blocks = alloc(100, 1025);
  CHECK(slab_footprint() == before);
  free(blocks, 1025);
}

TEST_CASE("What another thread frees comes back to its owner") {
  in_thread([] {
    std::vector<void*> blocks = alloc(kBurst, 64);
    const std::size_t footprint = slab_footprint();
    for (int round = 0; round < 3; ++round) {
      in_thread([&] { free(blocks, 64); });
      blocks = alloc(kBurst, 64);
      CHECK(slab_footprint() <= footprint + 2 * kSlab);  // the other thread's own
    }
    free(blocks, 64);
  });
}

TEST_CASE("A burst that another thread frees goes back when its owner takes memory again") {
  const std::size_t before = settled_footprint();
  in_thread([&] {
    const std::vector<void*> blocks = alloc(kBurst, 64);
    in_thread([&] { free(blocks, 64); });
    const std::vector<void*> more = alloc(kSlab / 64, 64);  // all that its own slab may still have
    CHECK(slab_footprint() <= before + 4 * kSlab);
    free(more, 64);
  });
}

TEST_CASE("A burst that another thread frees goes back while its owner is quiet") {
  constexpr std::size_t kLeft = 64 * 64;  // that lie with the owner, at most
  const std::size_t bytes = GENERATE(as<std::size_t>{}, 64, 256, 1024);
  const std::size_t before = settled_footprint();
  support::Gate freed;
  std::vector<void*> blocks;
  std::thread owner([&] {
    blocks = alloc(kBurst, bytes);
    freed.wait();
    slab_free(slab_alloc(bytes), bytes);
  });
  freed.await(1);
  std::vector<std::thread> others;
  for (std::size_t part = 0; part < 2; ++part)
    others.emplace_back([&, part] {
      for (std::size_t i = part; i < blocks.size(); i += 2) slab_free(blocks[i], bytes);
    });
  for (std::thread& other : others) other.join();
  CHECK(slab_footprint() <= before + 2 * kLeft * bytes + 16 * kSlab);
  slab_trim();
  CHECK(slab_footprint() <= before + 1024 * 1024);
  freed.open();
  owner.join();
  CHECK(slab_footprint() == before);
}

TEST_CASE("An owner that is at work and those who collect for it disturb nobody") {
  const std::size_t before = settled_footprint();
  in_thread([] {
    std::atomic<bool> stop{false};
    std::vector<std::thread> trimming;
    std::vector<void*> large = alloc(1200, 1024);  // worth trimming
    for (int i = 0; i < 2; ++i)
      trimming.emplace_back([&] {
        while (!stop) slab_trim();
      });
    for (int round = 0; round < 20; ++round) {
      std::vector<Block> blocks;
      for (int i = 0; i < 2'000; ++i)
        blocks.emplace_back(64 + static_cast<std::size_t>(i) % 300,
                            static_cast<unsigned char>(i % 251));
      std::thread([&] {
        for (std::size_t i = 0; i < blocks.size(); i += 2) blocks[i].free();
      }).join();
      bool intact = true;
      for (std::size_t i = 1; i < blocks.size(); i += 2) {
        intact = intact && blocks[i].intact();
        blocks[i].free();
      }
      CHECK(intact);
    }
    stop = true;
    for (std::thread& other : trimming) other.join();
    free(large, 1024);
  });
  CHECK(slab_footprint() <= before + 16 * kSlab);
}

TEST_CASE("A thread that ends with nothing out leaves nothing behind") {
  const std::size_t before = settled_footprint();
  in_thread([] {
    for (std::size_t bytes = 1; bytes <= 1024; bytes += 63) slab_free(slab_alloc(bytes), bytes);
  });
  CHECK(slab_footprint() == before);
}

TEST_CASE("Blocks outlive their thread, and the next thread takes over what they leave") {
  const std::size_t before = settled_footprint();
  std::vector<void*> blocks;
  in_thread([&] { blocks = alloc(kBurst, 64); });
  const std::size_t footprint = slab_footprint();
  CHECK(footprint - before >= kBurst * 64);
  for (void* block : blocks) std::memset(block, 1, 64);
  free(blocks, 64);
  in_thread([&] {
    blocks = alloc(kBurst, 64);
    CHECK(slab_footprint() == footprint);
    free(blocks, 64);
  });
  CHECK(slab_footprint() == before);
}

#endif
