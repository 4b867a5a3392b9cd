// SPDX-License-Identifier: MIT
// Stage 6: a job's place in its group; from result/job, to result/lineup.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace tp::core {

class Group;
class Job;

/// In slab memory, as long as the job. The mutex of the pool's GroupRing guards all but the constants; state is also
/// read without it.
struct Member {
  enum State : std::uint8_t { away, in_line, started, over };

  Job* const job;
  Group* const group;                                       // with a reference
  Member *prev = nullptr, *next = nullptr;                  // of the group's members
  Member *prev_in_line = nullptr, *next_in_line = nullptr;  // of the line of its priority
  std::uint32_t round = 0;  // of cancels: those before it have reached the job
  std::atomic<State> state{away};
  bool is_listed = false;  // among the members
  bool is_lead = false;    // it waits for other jobs before the group may start it
  bool is_busy = false;    // it counts for max_running, from its start until it is ready
};

/// The members of a group, in the order in which they joined, or were reached by a cancel.
class MemberList {
 public:
  Member* first() const noexcept { return first_; }
  void push_back(Member& member) noexcept {
    member.is_listed = true;
    member.prev = last_;
    member.next = nullptr;
    (last_ ? last_->next : first_) = &member;
    last_ = &member;
  }
  /// No effect on one that is not in the list.
  void remove(Member& member) noexcept {
    if (!std::exchange(member.is_listed, false)) return;
    (member.prev ? member.prev->next : first_) = member.next;
    (member.next ? member.next->prev : last_) = member.prev;
  }

 private:
  Member *first_ = nullptr, *last_ = nullptr;
};

/// Those that wait for their start, first in, first out. One word, because a group has three of them.
class MemberLine {
 public:
  Member* first() const noexcept { return last_ ? last_->next_in_line : nullptr; }
  void push_back(Member& member) noexcept {
    member.prev_in_line = last_ ? last_ : &member;
    member.next_in_line = last_ ? last_->next_in_line : &member;
    member.prev_in_line->next_in_line = member.next_in_line->prev_in_line = &member;
    last_ = &member;
  }
  void remove(Member& member) noexcept {
    member.prev_in_line->next_in_line = member.next_in_line;
    member.next_in_line->prev_in_line = member.prev_in_line;
    if (last_ == &member) last_ = member.prev_in_line == &member ? nullptr : member.prev_in_line;
  }

 private:
  Member* last_ = nullptr;  // its next is the first
};

}  // namespace tp::core
