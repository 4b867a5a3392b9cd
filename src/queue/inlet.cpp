// SPDX-License-Identifier: MIT
// Stage 4: each thread's inlets; from submit/*, to queue/lane.
#include "queue/inlet.h"

#include "base/thread_exit.h"

namespace tp::core {
namespace {

struct Inlets {
  Inlet* first = nullptr;
  bool hooked = false;
  ThreadExit exit;
};
thread_local constinit Inlets mine;

void give_up(ThreadExit&) {
  mine.hooked = false;
  while (Inlet* const inlet = mine.first) {
    mine.first = inlet->next_mine;
    inlet->taken.store(false);
    inlet->unref();
  }
}

}  // namespace

Inlet* find_inlet(std::uint64_t pool) noexcept {
  for (Inlet** link = &mine.first; Inlet* inlet = *link; link = &inlet->next_mine) {
    if (inlet->pool != pool) continue;
    *link = inlet->next_mine;  // to the front: the next submit is likely to the same pool
    inlet->next_mine = mine.first;
    return mine.first = inlet;
  }
  return nullptr;
}

bool keep_inlet(Inlet& inlet) noexcept {
  if (!mine.hooked) {
    mine.exit.run = give_up;
    if (!at_thread_exit(mine.exit)) return false;
    mine.hooked = true;
  }
  for (Inlet** link = &mine.first; Inlet* old = *link;) {
    if (!old->dead.load()) {
      link = &old->next_mine;
      continue;
    }
    *link = old->next_mine;
    old->unref();
  }
  inlet.next_mine = mine.first;
  mine.first = &inlet;
  return true;
}

}  // namespace tp::core
