// SPDX-License-Identifier: MIT
// Keeps every worker of a pool inside a task, so that what is submitted meanwhile can't start.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <vector>

#include "support/gate.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

namespace support {

class Busy {
 public:
  Busy(tp_pool_t* pool, std::size_t workers) : task_([this] { gate_.wait(); }) {
    for (std::size_t i = 0; i < workers; ++i) {
      tp_result_t* result = nullptr;
      REQUIRE(tp_pool_apply_async(pool, &task_, nullptr, nullptr, &result) == TP_OK);
      results_.emplace_back(result);
    }
    gate_.await(static_cast<int>(workers));
  }

  ~Busy() { end(); }

  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  // Lets the workers go.
  void open() { gate_.open(); }

  // Lets the workers go and waits until they have left the tasks.
  void end() {
    open();
    for (const Result& result : results_) {
      if (result.wait() != TP_OK) give_up("busy workers");
    }
  }

 private:
  Gate gate_;
  Step task_;
  std::vector<Result> results_;
};

}  // namespace support
