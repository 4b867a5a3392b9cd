// SPDX-License-Identifier: MIT
// Stage 6: what is to be done when a job is ready; from result/done, to queue/*.
#pragma once

#include "base/wait_list.h"
#include "tpool/result.h"

namespace tp::core {

class Job;

/// A note in a job's WaitList, so that a job without done callbacks pays nothing for them.
struct DoneCallback : WaitList::Node {
  /// Two kinds are in slab memory: user code, and calls that are quick and end no job. A follower belongs to another
  /// job, which it may end.
  enum Kind : unsigned char { user_code, quick, follower };

  void (*fn)(void* user,
             tp_result_t* result);  // nullptr: has been called. A follower gets no result
  void* user;
  Kind kind;
  Job* next_deferred;  // of a job without extras, whose end is deferred
};

/// What follows from the ends of jobs on the calling thread. The end of one job may end others, and these again: a
/// thread calls the followers one by one, when it has left the job's end, so that a long chain needs no stack.
class Followers {
 public:
  /// Takes the followers out of a list of notes, in their order. Returns the rest.
  static WaitList::Node* take(WaitList::Node* notes) noexcept;
  static void add(DoneCallback& note) noexcept;
  /// Calls the followers until there are none, unless the same thread does so in a frame around this one, without user
  /// code between the two.
  static void run();
  /// The thread is about to wait, perhaps for one of them: calls all of them. Whether there were any.
  static bool run_all();
  /// Whether there are some, and no stack to call them: their user code may wait again, and come here.
  static bool lack_stack() noexcept;
};

}  // namespace tp::core
