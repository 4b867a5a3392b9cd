// SPDX-License-Identifier: MIT
// What a trace keeps of one thing that a thread did. Stage: trace, used by all but base.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tp::core {

/// What the thread did. The first three are moments, the others have a length.
enum class Point : std::uint8_t {
  submit,    // a job was accepted
  end,       // a job became ready
  steal,     // work came from another thread's share
  task,      // an apply ran
  chunk,     // items of a loop ran
  items,     // items of a stream ran
  pull,      // a stream asked its source for items
  wait,      // a worker was blocked in a wait for a job
  sleep,     // a worker had nothing to do
  callback,  // a job's callback ran
};

/// The kind of the call that made a job.
enum class JobKind : std::uint8_t {
  unknown,
  apply,
  map,
  loop,
  imap,
  imap_unordered,
  promise,
  when,
  team,
};

/// When an event began, and in which session of its trace; {} when none was on.
struct Began {
  std::uint64_t at, session;
};

/// Who did something: a worker or a rank, by its index, or another thread.
struct Actor {
  enum Kind : std::uint8_t { worker, rank, other } kind;
  int index = 0;
  bool operator==(const Actor&) const noexcept = default;
};

/// From start to end, in ns of the monotonic clock.
struct Event {
  std::uint64_t start, end;
  const void* job;  // its address, which a later job may have, too
  std::size_t first;
  union {
    std::size_t last;  // of a chunk: items [first, last)
    char* name;        // of a submit: the job's name, from malloc, or nullptr
  };
  Point point;
  JobKind kind;
};

}  // namespace tp::core
