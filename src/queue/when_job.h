// SPDX-License-Identifier: MIT
// Stage 4: one job that waits for several; from submit/future, to result/job.
#pragma once

#include <atomic>
#include <cstddef>

#include "result/dependent.h"
#include "result/followers.h"
#include "result/job.h"

namespace tp::core {

/// Is over when all its inputs are ready, or the first of them is; the thread that makes that input ready ends it. It
/// keeps its inputs, with handles, until it has ended, and its memory until all of them are ready.
class WhenJob final : public Job, public Dependent {
 public:
  static constexpr bool kCanOpen = false;

  /// nullptr without memory, or when count is too large.
  static WhenJob* make(PoolContext& pool, Job* const* inputs, std::size_t count,
                       bool needs_all) noexcept;
  /// From now on the inputs may end the job. Takes over a reference. REQUIRES: it is held where a sweep finds it.
  void follow();
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  void run() override { unref(); }
  void cut(int status) override;
  void progress(std::size_t& done, std::size_t& total) const noexcept override;
  int item_status(std::size_t index) const noexcept override {
    return index == 0 ? outcome() : TP_EINVAL;
  }
  void* values() noexcept override { return needs_all() ? nullptr : &value_; }
  Job* dependency(std::size_t& at) noexcept override;
  bool is_ending() noexcept override;

 protected:
  bool cut_pending(int status) override;
  void drop_items() override;
  void destroy() noexcept override;

 private:
  struct Input {
    DoneCallback note;
    WhenJob* all;
    Job* job;  // under the job's mutex; nullptr once it was given up
  };

  WhenJob(PoolContext& pool, std::size_t count, bool needs_all) noexcept;
  ~WhenJob() override = default;
  static constexpr std::size_t bytes_for(std::size_t count) noexcept {
    return sizeof(WhenJob) + count * sizeof(Input);
  }
  Input* inputs() noexcept { return reinterpret_cast<Input*>(this + 1); }
  bool claim() noexcept { return !claimed_.exchange(true); }
  static void input_ready(void* input, tp_result_t*);
  void complete(std::size_t first);
  void cut_claimed();

  Extras own_extras_;
  const std::size_t count_;
  std::atomic<std::size_t> left_;  // inputs that are not ready
  std::atomic<bool> claimed_{false};
  std::size_t value_ = 0;
};

}  // namespace tp::core
