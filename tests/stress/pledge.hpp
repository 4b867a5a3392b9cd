// SPDX-License-Identifier: MIT
// A promise of a sequence. A job has it, and sets it, fails it or drops it.
#pragma once

#include "stress/errand.hpp"

namespace stress {

class Pledge {
 public:
  enum class Kind : std::uint8_t { set, fail, drop };
  static constexpr std::uint32_t kKinds = 3;

  // order: what the job does after that.
  Pledge(Life& life, Kind kind, Order order) : life_(life), kind_(kind), order_(order) {}
  Pledge(const Pledge&) = delete;
  Pledge& operator=(const Pledge&) = delete;

  void start();
  // TP_OK also where it was refused.
  int wait(double time) const { return result_ ? tp_result_wait(result_, time) : int{TP_OK}; }
  void cancel();

  // How many jobs the pool has accepted for it, and how many items it counts: a promise that is set or failed is one.
  std::size_t jobs() const { return (result_ ? 1u : 0u) + (has_job_ ? 1u : 0u); }
  std::size_t items() const {
    return static_cast<std::size_t>(runs_) + (answer_ == TP_OK ? 1u : 0u);
  }
  // What has to hold when nothing of the pool is left, and releases the result.
  void check_end(bool complete);

 private:
  int run();
  void let_go();

  Life& life_;
  const Kind kind_;
  const Order order_;
  tp_promise_t* promise_ = nullptr;
  tp_result_t* result_ = nullptr;
  bool has_job_ = false, is_cancelled_ = false;
  std::atomic<int> answer_{TP_ECANCELED};  // of the call that sets or fails it
  std::atomic<int> runs_{0}, contexts_dropped_{0};
};

}  // namespace stress
