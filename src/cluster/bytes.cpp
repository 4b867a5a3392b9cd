// SPDX-License-Identifier: MIT
// Memory of a message. Stage: base, used by cluster/*.
#include "cluster/bytes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace tp::cluster {
namespace {

/// Asks for large pages where the block has room for some: the kernel finds and zeroes a page at a time.
void prefer_large_pages(char* block, std::size_t size) noexcept {
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
  const auto from = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t begin = (from + kLargePage - 1) & ~(kLargePage - 1);
  const std::uintptr_t end = (from + size) & ~(kLargePage - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace

Bytes::~Bytes() { std::free(data_); }

Bytes Bytes::zeros(std::size_t count) {
  Bytes bytes;
  if (!count) return bytes;
  bytes.data_ = count > PTRDIFF_MAX ? nullptr : static_cast<char*>(std::calloc(count, 1));
  if (!bytes.data_) throw std::bad_alloc();
  bytes.size_ = bytes.room_ = count;
  prefer_large_pages(bytes.data_, count);
  return bytes;
}

void Bytes::grow(std::size_t size) {
  constexpr std::size_t kLeast = 256;  // what a message without items has at most, as a rule
  move_to(std::max({size, 2 * room_, kLeast}));
}

void Bytes::move_to(std::size_t room) {
  void* const moved = room > PTRDIFF_MAX ? nullptr : std::realloc(data_, room);
  if (!moved) throw std::bad_alloc();
  data_ = static_cast<char*>(moved);
  room_ = room;
  prefer_large_pages(data_, room);
}

}  // namespace tp::cluster
