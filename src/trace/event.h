// SPDX-License-Identifier: MIT
// What a trace keeps of one thing that a thread did. Stage: trace, used by all but base.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tp::core {

/// What was done.
enum class Point : std::uint8_t {
  submit,    // a moment: a job was accepted
  end,       // a moment: it was ready
  steal,     // a moment: work came from another thread's share
  task,      // an apply ran
  chunk,     // items of a loop ran
  items,     // items of a stream ran
  pull,      // a stream's source was asked
  wait,      // a worker was blocked in a wait for a job
  sleep,     // a worker had nothing to do
  callback,  // a job's callback ran
};

/// The kind of the call that made a job.
enum class JobKind : std::uint8_t { unknown, apply, map, loop, imap, imap_unordered };

/// From start to end, in ns of the monotonic clock.
struct Event {
  std::uint64_t start, end;
  const void* job;  // its address: that of a later job, too, when it is gone
  std::size_t first;
  union {
    std::size_t last;  // of a chunk: items [first, last)
    char* name;        // of a submit: the job's, to be freed; nullptr for none
  };
  Point point;
  JobKind kind;
};

}  // namespace tp::core
