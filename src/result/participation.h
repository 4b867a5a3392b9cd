// SPDX-License-Identifier: MIT
// Stage 6: which threads may run items of a job that several share; from queue/*, to result/job.
#pragma once

#include "base/parker.h"
#include "result/job.h"

namespace tp::core {

/// The right of the calling thread to run items of a job that several threads share. Workers have it. Of the threads
/// outside, one at a time has it, so that no two share a tp_participant_index. The others look again when it is over.
/// REQUIRES: the job has extras, and can't end meanwhile.
class Participation {
 public:
  explicit Participation(Job& job) noexcept : job_(job) {
    if (this_thread.pool == &job.pool()) return;
    const Parker* helper = nullptr;
    took_ = job.extras().helper.compare_exchange_strong(helper, &this_parker());
    is_allowed_ = took_ || helper == &this_parker();
  }
  ~Participation() {
    if (!took_) return;
    job_.extras().helper.store(nullptr);
    job_.wake_helpers();
  }
  Participation(const Participation&) = delete;
  Participation& operator=(const Participation&) = delete;

  bool is_allowed() const noexcept { return is_allowed_; }

 private:
  Job& job_;
  bool took_ = false;
  bool is_allowed_ = true;
};

}  // namespace tp::core
