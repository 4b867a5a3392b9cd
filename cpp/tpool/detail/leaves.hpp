// SPDX-License-Identifier: MIT
// Stage 7: the jobs that a future waits for at a moment.
#ifndef TPOOL_DETAIL_LEAVES_HPP
#define TPOOL_DETAIL_LEAVES_HPP

#include "shield.hpp"

#include <tpool/result.h>

#include <cstddef>
#include <vector>

#include "../error.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Keeps the results while it lives.
class Leaves {
 public:
  Leaves() = default;
  ~Leaves() {
    for (tp_result_t* result : results_) tp_result_release(result);
  }
  Leaves(const Leaves&) = delete;
  Leaves& operator=(const Leaves&) = delete;

  // A job that is waited for. A ready one is about to be told of, by another thread.
  void add(tp_result_t* result) {
    if (check(tp_result_ready(result)) == 1) return set_in_flight();
    results_.push_back(nullptr);
    results_.back() = tp_result_retain(result);
  }

  // A step is being made by another thread.
  void set_in_flight() { in_flight_ = true; }

  // Is there nothing to wait for but a step of another thread?
  bool in_flight() const { return in_flight_ || results_.empty(); }

  // Waits until one of the jobs is ready; a worker runs their items. Returns false when the seconds
  // are up. Inside a job's callback its wait ends, but nobody is told before the callback returns.
  bool wait(double seconds) const {
    std::size_t index = 0;
    if (!check_in_time(tp_wait_any(results_.data(), results_.size(), seconds, &index))) {
      return false;
    }
    if (check(tp_result_ready(results_[index])) == 0) throw Error(TP_EDEADLK);
    return true;
  }

  void cancel() const {
    for (tp_result_t* result : results_) tp_result_cancel(result);
  }

 private:
  std::vector<tp_result_t*> results_;
  bool in_flight_ = false;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "unshield.hpp"

#endif
