// SPDX-License-Identifier: MIT
// What items have cost, by what the same function has cost before. Stage: base, used by cluster/*.
#pragma once

#include <tpool/task.h>

#include <cstddef>
#include <map>
#include <utility>

#include "cluster/shared_objects.h"

namespace tp::cluster {

/// Of an item.
struct Cost {
  double ns = 0;     // of a worker; 0: not known yet
  double bytes = 0;  // of it and its value, in memory or in messages
};

/// Not thread-safe.
class Costs {
 public:
  explicit Costs(const SharedObjects& shared) noexcept : shared_(shared) {}

  /// is_sent: to another rank, packed if the task has codecs. Of such an item that has never been sent, nothing is
  /// known.
  Cost of(const tp_task_t& task, bool is_sent) const;
  void learn(const tp_task_t& task, bool is_sent, Cost seen) noexcept;
  /// Of an item and its value, which are not packed.
  static std::size_t plain_bytes(const tp_task_t& task) noexcept;

 private:
  /// What costs the same: in C++ all callables of one type have the same fn, and all functions that are bound.
  using Work = std::pair<tp_task_fn, const void*>;
  Work work_of(const tp_task_t& task) const { return {task.fn, shared_.function_of(task.ctx)}; }

  const SharedObjects& shared_;
  std::map<Work, Cost> known_;  // bytes: in messages
};

}  // namespace tp::cluster
