// SPDX-License-Identifier: MIT
// Stage 6: a function that is called when a job is ready; from result/job, to the user.
#pragma once

#include "base/waiters.h"
#include "tpool/result.h"

namespace tp::core {

class Job;

/// A note in the list of those who wait for the job, so that a job without any pays nothing for them.
/// In slab memory.
struct DoneCallback : WaitList::Node {
  void (*fn)(void* user, tp_result_t* result);  // nullptr: has been called
  void* user;
  bool calls_user;
  Job* next_deferred;  // of a job without extras, whose end is deferred
};

}  // namespace tp::core
