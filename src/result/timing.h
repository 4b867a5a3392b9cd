// SPDX-License-Identifier: MIT
// Stage 6: when a job has to be over; from submit/expiry, to worker/timer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace tp::core {

class Job;

/// The deadline of a job that has one. In slab memory, until the job goes.
struct Timing {
  static constexpr std::size_t kNowhere = SIZE_MAX;

  Job* const job;
  const Deadline at;
  const bool unattended;         // no thread watches it: those that serve or wait do
  std::size_t place = kNowhere;  // in the timer; the timer's
};

}  // namespace tp::core
