// SPDX-License-Identifier: MIT
// Allocations of the whole test program, of which those of one thread fail on demand.
#include "cluster/short_memory.hpp"

#include <cstdlib>
#include <new>

namespace short_memory {
namespace {

std::atomic<int> victim{-1};
thread_local bool is_here = false;
std::atomic<long> to_succeed{0}, to_fail{0};
std::atomic<bool> has_failed{false};

bool strikes() {
  const int rank = support::QueueEngine::rank_of_caller();
  if (!is_here && (rank == -1 || rank != victim)) return false;
  if (support::QueueEngine::is_inside()) return false;
  if (to_succeed > 0) return --to_succeed, false;
  if (to_fail <= 0) return false;
  --to_fail;
  has_failed = true;
  return true;
}

}  // namespace

void begin(int rank, long succeed, long fail) {
  has_failed = false;
  to_succeed = succeed;
  to_fail = fail;
  victim = rank;
}

void begin_here(long succeed, long fail) {
  begin(-1, succeed, fail);
  is_here = true;
}

bool end() {
  is_here = false;
  victim = -1;
  return has_failed;
}

}  // namespace short_memory

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return short_memory::strikes() ? nullptr : std::malloc(bytes ? bytes : 1);
}
void* operator new(std::size_t bytes) {
  void* const block = operator new(bytes, std::nothrow);
  if (!block) throw std::bad_alloc();
  return block;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t& none) noexcept {
  return operator new(bytes, none);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

// The linker has the program call these.
extern "C" {
void* __real_realloc(void* block, std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_aligned_alloc(std::size_t align, std::size_t bytes);
void* __wrap_realloc(void* block, std::size_t bytes) {
  return short_memory::strikes() ? nullptr : __real_realloc(block, bytes);
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return short_memory::strikes() ? nullptr : __real_calloc(count, bytes);
}
void* __wrap_aligned_alloc(std::size_t align, std::size_t bytes) {
  return short_memory::strikes() ? nullptr : __real_aligned_alloc(align, bytes);
}
}
