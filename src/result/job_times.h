// SPDX-License-Identifier: MIT
// Stage 6: the times of a job: its deadline and its start; from submit/admission, to result/job.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "tpool/result.h"

namespace tp::core {

class Job;

/// The deadline of a job that has one, or the time at which the job may start. In slab memory, as long as the job.
struct JobDeadline {
  static constexpr std::size_t kNowhere = SIZE_MAX;

  Job* const job;
  const Deadline at;
  bool unattended;               // no timer thread watches it: threads that serve or wait do
  const bool starts;             // it is the time of the start
  std::size_t place = kNowhere;  // in the timer's heap; written by the timer
};

}  // namespace tp::core
