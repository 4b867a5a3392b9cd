// SPDX-License-Identifier: MIT
// Stage 4: an apply job: one item, claimed once; from submit/apply, to result/job.
#pragma once

#include <atomic>

#include "result/job.h"
#include "tpool/task.h"

namespace tp::core {

/// Its entry stays in the lane when a waiter has claimed it; the worker that finds it there only drops
/// the queue's reference.
class Single final : public Job {
 public:
  static constexpr bool kUsesBoard = false;

  /// A job with room for its item and value; nullptr without memory.
  static Single* make(Owner& owner, const tp_task_t& task, const Callbacks& callbacks,
                      bool handle) noexcept;
  /// A job over the caller's item and value.
  static Single* make(Owner& owner, const tp_task_t& task, const void* item, void* value) noexcept;

  /// Moves or copies the item in. Runs item_move; if that throws or ends the thread, the job has
  /// failed and is over, and false is returned.
  bool take_item(const void* item);
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  void run() override;
  bool help(Deadline) override;
  bool claimable() noexcept override { return !claimed_.load(); }
  void cut(int status) override;
  void progress(std::size_t& done, std::size_t& total) const noexcept override;
  int item_status(std::size_t index) const noexcept override;
  void* values() noexcept override { return task_.value_size ? value_ : nullptr; }

 protected:
  void destroy() noexcept override { discard(); }
  bool has_hooks() const noexcept override {
    return task_.item_drop || task_.value_drop || task_.ctx_drop;
  }
  void drop_items() override;
  void drop_ctx() override { call_hook(task_.ctx_drop, task_.ctx); }
  void drop_outputs() override;

 private:
  Single(Owner& owner, const tp_task_t& task, const Callbacks& callbacks, bool handle,
         std::size_t bytes) noexcept
      : Job(owner, 1, callbacks, handle), task_(task), bytes_(bytes) {}
  ~Single() override = default;

  bool claim() noexcept { return !claimed_.exchange(true); }
  void execute();
  void move_item(const void* item);
  void end();

  tp_task_t task_;
  const std::size_t bytes_;
  const void* item_ = nullptr;
  void* value_ = nullptr;
  std::atomic<bool> claimed_{false};
  bool owns_ = false;      // item_ and value_ are this job's
  bool produced_ = false;  // value_ holds a value
};

}  // namespace tp::core
