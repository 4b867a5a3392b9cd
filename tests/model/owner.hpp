// SPDX-License-Identifier: MIT
// A pool, as far as its jobs see it: it counts what has ended, and is then gone.
#pragma once

#include "base/waiters.h"
#include "model/suite.hpp"
#include "model/thread.hpp"
#include "result/job.h"
#include "result/owner.h"
#include "wait/wait_graph.h"

namespace model {

class Owner : public tp::core::Owner {
 public:
  static Owner* make() { return new (allocate(sizeof(Owner))) Owner; }

  /// Waits until so many jobs have ended.
  void await(int jobs) {
    tp::core::wait_until(idle_, tp::core::Deadline::never(), [&] { return has_ended(jobs); });
  }
  tp::core::WaitList& idle() { return idle_; }
  bool has_ended(int jobs) const { return ended_.load() == jobs; }
  /// Whether so many jobs are in the statistics.
  bool has_counted(int jobs) const { return counted_.load() == jobs; }

  std::size_t workers() const noexcept override { return 1; }
  void count(int) noexcept override {
    touch();
    counted_.fetch_add(1);
  }
  void set_telling(bool) noexcept override { touch(); }
  void count_callback() noexcept override { touch(); }
  void count_items(std::size_t) noexcept override { touch(); }
  void count_pulled(std::size_t) noexcept override { touch(); }
  void count_cut(std::size_t) noexcept override { touch(); }
  void count_steal() noexcept override { touch(); }
  void set_running(bool) noexcept override { touch(); }
  void ended() noexcept override {
    tp::core::Lock last_touch(outside_);
    ended_.fetch_add(1);
    idle_.wake_all();
  }
  void open(tp::core::Job&) noexcept override { touch(); }
  void shut(tp::core::Job&) noexcept override { touch(); }
  bool take_back(tp::core::Job&) noexcept override { return false; }
  void forget_deadline(tp::core::Timing&) noexcept override {}
  void defer(tp::core::Job&) noexcept override { touch(); }
  void notify() noexcept override {
    notified_.fetch_add(1);
    idle_.wake_all();
  }
  void callbacks_due() noexcept override { idle_.wake_all(); }
  void report(const tp::core::Error&) override {}
  void retain() noexcept override { refs_.fetch_add(1); }
  void release() noexcept override {
    if (refs_.fetch_sub(1) != 1) return;
    this->~Owner();
    deallocate(this);
  }
  int cut_status() const noexcept override { return TP_OK; }
  tp::core::Error* cut_error() const noexcept override { return nullptr; }
  bool turns_from(tp::core::Level) const noexcept override { return false; }

  /// The handle goes: every job has ended.
  void destroy() {
    { tp::core::Lock last_touch(outside_); }
    release();
  }

 private:
  Owner() : tp::core::Owner(waits_) { caller_helps_ = true; }
  ~Owner() = default;
  /// Finds who comes when the pool is gone.
  void touch() const noexcept { ended_.load(std::memory_order_relaxed); }

  StdAtomic<int> counted_{0}, ended_{0}, notified_{0}, refs_{1};
  tp::core::Mutex outside_;
  tp::core::WaitList idle_;
  tp::core::PoolWaits waits_{*this};
};

}  // namespace model
