// SPDX-License-Identifier: MIT
// Stage 4: each thread's producers; from submit/*, to queue/submit_queue.
#include "queue/producer.h"

#include <new>

#include "base/thread_exit.h"

namespace tp::core {

thread_local constinit Producer* my_producers = nullptr;

/// Runs at the end of a thread that has producers.
static void give_up(ThreadExit& exit) {
  delete &exit;
  while (Producer* const producer = my_producers) {
    my_producers = producer->next_mine;
    producer->taken.store(false);
    producer->unref();
  }
}

Producer* look_up_producer(std::uint64_t pool) noexcept {
  for (Producer** link = &my_producers; Producer* producer = *link; link = &producer->next_mine) {
    if (producer->pool != pool) continue;
    *link = producer->next_mine;  // to the front: the next submit is probably to the same pool
    producer->next_mine = my_producers;
    return my_producers = producer;
  }
  return nullptr;
}

bool keep_producer(Producer& producer) noexcept {
  if (!my_producers) {
    auto* const exit = new (std::nothrow) ThreadExit{give_up};
    if (!exit || !at_thread_exit(*exit)) {
      delete exit;
      return false;
    }
  }
  for (Producer** link = &my_producers; Producer* old = *link;) {
    if (old->dead.load()) {
      *link = old->next_mine;
      old->unref();
    } else {
      link = &old->next_mine;
    }
  }
  producer.next_mine = my_producers;
  my_producers = &producer;
  return true;
}

}  // namespace tp::core
