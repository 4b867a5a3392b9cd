// SPDX-License-Identifier: MIT
// A batch that rank 0 runs itself, where its items lie. Stage: base, used by cluster/*.
#pragma once

#include "cluster/leader.h"

namespace tp::cluster {

class LocalRun final : public BatchRun {
 public:
  LocalRun(Leader& leader, std::uint64_t id, const core::TakenItems& taken)
      : leader_(leader), id_(id) {
    task = *taken.task;
    count = taken.count;
    items = taken.items;
    item_stride = taken.item_stride;
    values = taken.values;
    value_stride = taken.value_stride;
    chunk = taken.chunk;
    level = tp_seam_level(&taken);
    item_deadline = static_cast<double>(taken.limit_ns) * 1e-9;
  }

  void over() override { leader_.ended_here(id_, take_ends(), busy_ns()); }

 private:
  Leader& leader_;
  const std::uint64_t id_;
};

}  // namespace tp::cluster
