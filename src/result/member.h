// SPDX-License-Identifier: MIT
// Stage 6: a job's place in its group; from result/job, to result/group.
#pragma once

#include <atomic>
#include <cstdint>

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
  bool is_busy = false;    // it counts for max_running, from its start until it is ready
};

}  // namespace tp::core
