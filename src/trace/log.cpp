// SPDX-License-Identifier: MIT
// Where one thread keeps its events. Stage: trace, used by all but base.
#include "trace/log.h"

#include <cstdlib>
#include <utility>

namespace tp::core {
namespace {

void drop(const Event& event) noexcept {
  if (event.point == Point::submit) std::free(event.name);
}

}  // namespace

bool Log::grow() noexcept {
  auto* const block = static_cast<Block*>(std::malloc(sizeof(Block)));  // filled as it is used
  if (!block) return false;
  block->next = nullptr;
  (last_ ? last_->next : first_) = block;
  last_ = block;
  return true;
}

void Log::keep(const Event& event) noexcept {
  const std::size_t at = count_ % kBlock;
  if (count_ == kMost || (at == 0 && !grow())) {
    ++lost_;
    return drop(event);
  }
  last_->events[at] = event;
  ++count_;
}

void Log::swap(Log& other) noexcept {
  std::swap(first_, other.first_);
  std::swap(last_, other.last_);
  std::swap(count_, other.count_);
  std::swap(lost_, other.lost_);
}

void Log::clear() noexcept {
  each(drop);
  while (Block* const block = first_) {
    first_ = block->next;
    std::free(block);
  }
  last_ = nullptr;
  count_ = 0;
  lost_ = 0;
}

}  // namespace tp::core
