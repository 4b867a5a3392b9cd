// SPDX-License-Identifier: MIT
// Stage 4: a continuation: an apply job that another job lets start; from submit/future, to queue/apply_job.
#pragma once

#include "queue/apply_job.h"
#include "result/dependent.h"
#include "result/followers.h"

namespace tp::core {

/// Its item is the handle of its source. It is held until the source is ready. It keeps the source, with a handle,
/// until it has ended itself.
class ThenJob final : public ApplyJob, public Dependent {
 public:
  /// nullptr without memory.
  static ThenJob* make(PoolContext& pool, const tp_task_t& task, const Callbacks& callbacks,
                       Job& source, bool on_success, bool handle) noexcept;
  /// From now on the source lets the job start. Takes over a reference. REQUIRES: it is held where a sweep finds it.
  void follow();
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  Job* dependency(std::size_t& at) noexcept override;

 protected:
  bool has_hooks() const noexcept override { return true; }
  /// Its item is a handle of this process.
  bool stays() const noexcept override { return true; }
  void drop_items() override;

 private:
  ThenJob(PoolContext& pool, const tp_task_t& task, Tail* tail, Job& source, bool on_success,
          bool handle, std::size_t bytes) noexcept;
  ~ThenJob() override = default;

  static void source_ready(void* self, tp_result_t*);
  void fail();

  DoneCallback note_;
  tp_result_t* item_;  // the source
  Job* source_;        // under the job's mutex; nullptr once it was given up
  const bool on_success_;
};

}  // namespace tp::core
