// SPDX-License-Identifier: MIT
// A pool, as far as its jobs see it: it counts what has ended, and is then gone.
#pragma once

#include "base/wait_list.h"
#include "model/suite.hpp"
#include "model/thread.hpp"
#include "result/job.h"
#include "wait/wait_graph.h"

namespace model {

class Pool final : public tp::core::PoolContext {
 public:
  static Pool* make() { return new Pool; }
  static void* operator new(std::size_t size) { return allocate(size); }
  static void operator delete(void* memory) { deallocate(memory); }

  /// Waits until so many jobs have ended.
  void await(int jobs) {
    tp::core::wait_until(idle(), tp::core::Deadline::never(), [&] { return has_ended(jobs); });
  }
  bool has_ended(int jobs) const { return ended_.load() == jobs; }
  /// Whether so many jobs are in the statistics.
  bool has_counted(int jobs) const {
    return others_.completed.load() == static_cast<std::uint64_t>(jobs);
  }

  void ended() noexcept override {
    tp::core::Lock last_touch(outside_);
    ended_.fetch_add(1);
    idle().wake_all();
  }
  void open(tp::core::Job&) noexcept override { touch(); }
  void settled(tp::core::Job&) noexcept override { touch(); }
  bool take_back(tp::core::Job&) noexcept override { return false; }
  void defer(tp::core::Job&) noexcept override { touch(); }
  void notify() noexcept override {
    notified_.fetch_add(1);
    idle().wake_all();
  }
  void report(const tp::core::Error&) override {}
  bool turns_from(tp::core::Priority) const noexcept override { return false; }
  void abandon_spawned() override {}
  void unblock(tp::core::Job&) noexcept override { touch(); }
  void unblock_any() noexcept override { touch(); }
  bool has_blocked() noexcept override { return touch(), false; }
  std::size_t cpus() const noexcept override { return 1; }
  void reopen(tp::core::Job& job) override { open(job); }
  std::size_t pending() const noexcept override { return 0; }

  /// The handle goes: every job has ended.
  void destroy() {
    { tp::core::Lock last_touch(outside_); }
    release();
  }

 private:
  Pool() : PoolContext(options(), waits_, nullptr) {}
  static tp_pool_options_t options() {
    tp_pool_options_t options = {};
    options.flags = TP_POOL_CALLER_HELPS;
    return options;
  }
  /// Finds who comes when the pool is gone.
  void touch() const noexcept { ended_.load(std::memory_order_relaxed); }

  StdAtomic<int> ended_{0}, notified_{0};
  tp::core::Mutex outside_;
  tp::core::PoolWaits waits_{*this};
};

}  // namespace model
