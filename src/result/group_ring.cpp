// SPDX-License-Identifier: MIT
// Stage 6: the groups of a pool that have something to start, in turn; from result/group, to result/pool_context.
#include "result/group_ring.h"

#include <algorithm>

#include "base/sync_point.h"
#include "result/group.h"
#include "result/pool_context.h"

namespace tp::core {

GroupRing::Place& GroupRing::place_of(Group& group, Priority priority) noexcept {
  return group.places_[index_of(priority)];
}

void GroupRing::put(Group& group, Priority priority) noexcept {
  Ring& ring = this->ring(priority);
  Place& place = place_of(group, priority);
  if (place.next) return;  // it has its place
  Group* const last = ring.last;
  place = {last ? last : &group, last ? place_of(*last, priority).next : &group};
  place_of(*place.prev, priority).next = place_of(*place.next, priority).prev = &group;
  ring.last = &group;
  ring.count.fetch_add(1);
}

/// REQUIRES: it has a place.
void GroupRing::unlink(Group& group, Priority priority) noexcept {
  Ring& ring = this->ring(priority);
  Place& place = place_of(group, priority);
  place_of(*place.prev, priority).next = place.next;
  place_of(*place.next, priority).prev = place.prev;
  if (ring.last == &group) ring.last = place.prev == &group ? nullptr : place.prev;
  place = {};
  ring.count.fetch_sub(1);
}

/// REQUIRES: the ring is not empty.
Group& GroupRing::pop(Priority priority) noexcept {
  Ring& ring = this->ring(priority);
  Group& first = *place_of(*ring.last, priority).next;
  unlink(first, priority);
  if (ring.before_others) --ring.before_others;
  return first;
}

void GroupRing::forget(Group& group) noexcept {
  Lock lock(mutex_);
  for (const Priority priority : {Priority::urgent, Priority::normal, Priority::background}) {
    if (!place_of(group, priority).next) continue;
    unlink(group, priority);
    Ring& ring = this->ring(priority);
    ring.before_others = std::min(ring.before_others, ring.count.load());
  }
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
