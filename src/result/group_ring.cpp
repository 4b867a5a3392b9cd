// SPDX-License-Identifier: MIT
// Stage 6: the groups of a pool that have something to start, in turn; from result/group, to result/pool_context.
#include "result/group_ring.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

bool GroupRing::has_place(const Group& group) noexcept {
  return std::any_of(std::begin(group.next_in_ring_), std::end(group.next_in_ring_),
                     [](const Group* next) { return next != nullptr; });
}

bool GroupRing::inherits(Group& group) noexcept {
  Lock lock(mutex_);
  return group.is_dead_ = has_place(group);
}

void GroupRing::bury(Group& group, Group*& dead) noexcept {
  if (group.is_dead_ && !has_place(group)) group.next_in_ring_[0] = std::exchange(dead, &group);
}

void GroupRing::free_all(Group* dead) noexcept {
  while (dead) std::exchange(dead, dead->next_in_ring_[0])->destroy();
}

void GroupRing::clear() noexcept {
  Group* dead = nullptr;
  {
    Lock lock(mutex_);
    for (const Priority priority : kByUrgency)
      while (any(priority)) bury(pop(priority), dead);
  }
  free_all(dead);
}

Job* GroupRing::take(Priority priority, bool others_have_none) noexcept {
  sync_point("group_ring.take");
  bool more = false;
  Member* member = nullptr;
  Group* dead = nullptr;
  {
    Lock lock(mutex_);
    Ring& ring = this->ring(priority);
    if (!ring.before_others && !others_have_none) {
      ring.before_others = ring.count.load();
      return nullptr;
    }
    while (any(priority) && !pool_.signs().is_paused() && !member) {
      Group& group = pop(priority);
      member = group.lineup_.startable(priority);
      if (!member) {
        bury(group, dead);
        continue;
      }
      group.lineup_.begin(*member);
      more = group.offer();
    }
    if (member) member->job->ref();
  }
  free_all(dead);
  if (!member) return nullptr;
  if (more) member->group->tell(true);
  return member->job;
}

void GroupRing::note_pause(Group& group) noexcept {
  group.prev_paused_ = nullptr;
  group.next_paused_ = std::exchange(paused_, &group);
  if (group.next_paused_) group.next_paused_->prev_paused_ = &group;
}

void GroupRing::forget_pause(Group& group) noexcept {
  (group.prev_paused_ ? group.prev_paused_->next_paused_ : paused_) = group.next_paused_;
  if (group.next_paused_) group.next_paused_->prev_paused_ = group.prev_paused_;
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
