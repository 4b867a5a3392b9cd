// SPDX-License-Identifier: MIT
// A job and its pool that do nothing by themselves, for what only lists, names or counts jobs.
#pragma once

#include "result/job.h"
#include "support/test.hpp"
#include "wait/wait_graph.h"

namespace stub {

using tp::core::Error;

struct Pool final : tp::core::PoolContext {
  Pool() : PoolContext(tp_pool_options_t{}, waits, nullptr) {}
  void ended() noexcept override {}
  void open(tp::core::Job&) noexcept override {}
  void settled(tp::core::Job&) noexcept override {}
  bool take_back(tp::core::Job&) noexcept override { return false; }
  void defer(tp::core::Job&) noexcept override {}
  void notify() noexcept override {}
  void report(const Error&) override {}
  bool turns_from(tp::core::Priority) const noexcept override { return false; }
  void abandon_spawned() override {}
  void unblock(tp::core::Job&) noexcept override {}
  void unblock_any() noexcept override {}
  bool has_blocked() noexcept override { return false; }
  std::size_t cpus() const noexcept override { return 1; }
  void reopen(tp::core::Job& job) override { open(job); }
  std::size_t pending() const noexcept override { return 0; }

  tp::core::PoolWaits waits{*this};
};

/// On the stack: nobody frees it.
struct Job final : tp::core::Job {
  explicit Job(Pool& pool, tp::core::JobKind kind = tp::core::JobKind::map)
      : tp::core::Job(pool, kind, 1, &extras_, false) {}
  using tp::core::Job::over;
  using tp::core::Job::remaining;

  void run() override {}
  bool help_items(tp::core::Deadline) override { return false; }
  bool claimable() noexcept override {
    const bool answer = work.load();
    if (after_look) std::exchange(after_look, nullptr)();
    return answer;
  }
  void cut(int) override {}
  void progress(std::size_t& done, std::size_t& total) const noexcept override { done = total = 0; }
  bool has_hooks() const noexcept override { return false; }

  std::atomic<bool> work{true};      // something to claim
  std::function<void()> after_look;  // once, between a look at work and the answer

 private:
  void drop_outputs() override {}
  void drop_ctx() override {}
  void destroy() noexcept override {}

  Extras extras_;
};

}  // namespace stub
