// SPDX-License-Identifier: MIT
// Stage 4: each thread's inlets; from submit/*, to queue/lane.
#include "queue/inlet.h"

#include <new>

#include "base/thread_exit.h"

namespace tp::core {

thread_local constinit Inlet* my_inlets = nullptr;

/// Runs at the end of a thread that has inlets.
static void give_up(ThreadExit& exit) {
  delete &exit;
  while (Inlet* const inlet = my_inlets) {
    my_inlets = inlet->next_mine;
    inlet->taken.store(false);
    inlet->unref();
  }
}

Inlet* look_up_inlet(std::uint64_t pool) noexcept {
  for (Inlet** link = &my_inlets; Inlet* inlet = *link; link = &inlet->next_mine) {
    if (inlet->pool != pool) continue;
    *link = inlet->next_mine;  // to the front: the next submit is probably to the same pool
    inlet->next_mine = my_inlets;
    return my_inlets = inlet;
  }
  return nullptr;
}

bool keep_inlet(Inlet& inlet) noexcept {
  if (!my_inlets) {
    auto* const exit = new (std::nothrow) ThreadExit{give_up};
    if (!exit || !at_thread_exit(*exit)) {
      delete exit;
      return false;
    }
  }
  for (Inlet** link = &my_inlets; Inlet* old = *link;) {
    if (old->dead.load()) {
      *link = old->next_mine;
      old->unref();
    } else {
      link = &old->next_mine;
    }
  }
  inlet.next_mine = my_inlets;
  my_inlets = &inlet;
  return true;
}

}  // namespace tp::core
