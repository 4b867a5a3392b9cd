// SPDX-License-Identifier: MIT
// A job and its owner that do nothing by themselves, for what only lists, names or counts jobs.
#pragma once

#include "result/job.h"
#include "support/test.hpp"
#include "wait/wait_graph.h"

namespace stub {

using tp::core::Error;

struct Owner final : tp::core::Owner {
  Owner() noexcept : tp::core::Owner(waits) {}
  std::size_t workers() const noexcept override { return 1; }
  void count(int) noexcept override {}
  void set_telling(bool) noexcept override {}
  void count_callback() noexcept override {}
  void count_items(std::size_t) noexcept override {}
  void count_pulled(std::size_t) noexcept override {}
  void count_cut(std::size_t) noexcept override {}
  void count_steal() noexcept override {}
  void set_running(bool) noexcept override {}
  void ended() noexcept override {}
  void open(tp::core::Job&) noexcept override {}
  void shut(tp::core::Job&) noexcept override {}
  bool take_back(tp::core::Job&) noexcept override { return false; }
  void forget_deadline(tp::core::Timing&) noexcept override {}
  void defer(tp::core::Job&) noexcept override {}
  void notify() noexcept override {}
  void callbacks_due() noexcept override {}
  void report(const Error&) override {}
  void retain() noexcept override {}
  void release() noexcept override {}
  int cut_status() const noexcept override { return TP_OK; }
  Error* cut_error() const noexcept override { return nullptr; }
  bool turns_from(tp::core::Level) const noexcept override { return false; }

  tp::core::PoolWaits waits{*this};
};

/// On the stack: nobody frees it.
struct Job final : tp::core::Job {
  explicit Job(Owner& owner, tp::core::JobKind kind = tp::core::JobKind::map)
      : tp::core::Job(owner, kind, 1, &extras_, false) {}
  using tp::core::Job::over;
  using tp::core::Job::remaining;

  void run() override {}
  bool help(tp::core::Deadline) override { return false; }
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
