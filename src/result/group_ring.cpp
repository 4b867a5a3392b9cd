// SPDX-License-Identifier: MIT
// Stage 6: the groups of a pool that have something to start, in turn; from result/group, to result/pool_context.
#include "result/group_ring.h"

#include "base/sync_point.h"
#include "result/group.h"
#include "result/pool_context.h"

namespace tp::core {

void GroupRing::put(Group& group, Priority priority) noexcept {
  Ring& ring = this->ring(priority);
  Group*& next = group.next_in_ring_[index_of(priority)];
  if (next) return;  // it has its place
  Group* const last = ring.last;
  next = last ? last->next_in_ring_[index_of(priority)] : &group;
  if (last) last->next_in_ring_[index_of(priority)] = &group;
  ring.last = &group;
  ring.count.fetch_add(1);
}

/// REQUIRES: the ring is not empty.
Group& GroupRing::pop(Priority priority) noexcept {
  Ring& ring = this->ring(priority);
  Group& first = *ring.last->next_in_ring_[index_of(priority)];
  Group*& next = first.next_in_ring_[index_of(priority)];
  if (&first == ring.last)
    ring.last = nullptr;
  else
    ring.last->next_in_ring_[index_of(priority)] = next;
  next = nullptr;
  ring.count.fetch_sub(1);
  if (ring.before_others) --ring.before_others;
  return first;
}

Job* GroupRing::take(Priority priority, bool others_have_none) noexcept {
  sync_point("group_ring.take");
  bool more = false;
  Member* member = nullptr;
  {
    Lock lock(mutex_);
    Ring& ring = this->ring(priority);
    if (!ring.before_others && !others_have_none) {
      ring.before_others = ring.count.load();
      return nullptr;
    }
    while (any(priority) && !pool_.signs().is_paused() && !member) {
      Group& group = pop(priority);
      member = group.startable(priority);
      if (member) more = group.begin(*member);
    }
    if (member) member->job->ref();
  }
  if (!member) return nullptr;
  if (more) member->group->tell(true);
  return member->job;
}

void GroupRing::resume_all() noexcept {
  for (;;) {
    Lock lock(mutex_);
    Group* const group = paused_;
    if (!group) return;
    group->retain();
    lock.unlock();
    group->resume();
    group->release();
  }
}

}  // namespace tp::core
