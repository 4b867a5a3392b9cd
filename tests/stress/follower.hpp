// SPDX-License-Identifier: MIT
// A result of results in a sequence: a continuation of one, or all or any of several.
#pragma once

#include "stress/errand.hpp"

namespace stress {

class Follower {
 public:
  enum class Kind : std::uint8_t { then, on_success, all, any };
  static constexpr std::uint32_t kKinds = 4;

  // order: what the continuation does.
  Follower(Life& life, Kind kind, Order order) : life_(life), kind_(kind), order_(order) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Makes it of the errands' results, which are no streams; a continuation is one of the first.
  void start(tp_result_t* const* results, Errand* const* errands, std::size_t n);
  // TP_OK also where it was refused.
  int wait(double time) const { return result_ ? tp_result_wait(result_, time) : int{TP_OK}; }
  void cancel();

  bool is_accepted() const { return result_ != nullptr; }
  std::size_t runs() const { return static_cast<std::size_t>(runs_); }
  // What has to hold when nothing of the pool is left, and releases the result.
  void check_end(bool complete);

 private:
  bool is_continuation() const { return kind_ <= Kind::on_success; }
  int submit(tp_result_t* const* results, std::size_t n);
  int run(tp_result_t* source);
  void check_status(int status);

  Life& life_;
  const Kind kind_;
  const Order order_;
  std::vector<Errand*> errands_;
  tp_result_t* result_ = nullptr;
  std::atomic<int> status_{TP_OK};  // that the run has led to
  std::atomic<int> runs_{0}, contexts_dropped_{0};
  bool is_cancelled_ = false;
};

}  // namespace stress
