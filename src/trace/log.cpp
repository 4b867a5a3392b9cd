// SPDX-License-Identifier: MIT
// Where one thread keeps its events. Stage: trace, used by all but base.
#include "trace/log.h"

#include <cstdlib>

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
  (kept_.last ? kept_.last->next : kept_.first) = block;
  kept_.last = block;
  return true;
}

void Log::keep(const Event& event) noexcept {
  const std::size_t at = kept_.count % kBlock;
  if (kept_.count == kMost || (at == 0 && !grow())) {
    ++kept_.lost;
    return drop(event);
  }
  kept_.last->events[at] = event;
  ++kept_.count;
}

void Log::clear() noexcept {
  each(drop);
  while (Block* const block = kept_.first) {
    kept_.first = block->next;
    std::free(block);
  }
  kept_ = {};
}

}  // namespace tp::core
