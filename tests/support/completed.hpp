// SPDX-License-Identifier: MIT
// Owner of a tp_completed_t, so that a failed test leaves nothing behind.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "support/pool.hpp"

namespace support {

inline std::vector<tp_result_t*> handles(const std::vector<Result>& results) {
  return {results.begin(), results.end()};
}

class Completed {
 public:
  explicit Completed(const std::vector<tp_result_t*>& results) {
    if (tp_as_completed(results.data(), results.size(), &completed_) != TP_OK)
      completed_ = nullptr;  // whose calls are refused; no REQUIRE: a task may make one
  }
  ~Completed() { release(); }

  Completed(const Completed&) = delete;
  Completed& operator=(const Completed&) = delete;

  operator tp_completed_t*() const { return completed_; }

  int next(double timeout) { return tp_completed_next(completed_, timeout, &index); }

  // The indexes that the calling thread gets until the end.
  std::vector<std::size_t> rest() const {
    std::vector<std::size_t> order;
    std::size_t next = 0;
    int status = TP_OK;
    while ((status = tp_completed_next(completed_, kLong, &next)) == TP_OK) order.push_back(next);
    if (status != TP_END) order.clear();
    return order;
  }

  void release() { tp_completed_release(std::exchange(completed_, nullptr)); }

  std::size_t index = 0;

 private:
  tp_completed_t* completed_ = nullptr;
};

}  // namespace support
