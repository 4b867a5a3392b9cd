// SPDX-License-Identifier: MIT
// A job and its pool that do nothing by themselves, for what only lists, names or counts jobs.
#ifndef TPOOL_TESTS_QUEUE_STUB_JOB_HPP
#define TPOOL_TESTS_QUEUE_STUB_JOB_HPP

#include <atomic>
#include <functional>
#include <utility>

#include "result/job.h"

namespace stub {

using tp::core::Error;

struct Pool final : tp::core::PoolContext {
  Pool() : PoolContext(tp_pool_options_t{}) {}
  void ended() noexcept override {}
  void open(tp::core::Job&) noexcept override {}
  void settled(tp::core::Job&) noexcept override {}
  bool take_back(tp::core::Job&) noexcept override { return false; }
  void defer(tp::core::Job&) noexcept override {}
  void notify() noexcept override {}
  void report(const Error&) override {}
  bool turns_from(tp::core::Level) const noexcept override { return false; }
};

/// On the stack: nobody frees it.
struct Job final : tp::core::Job {
  explicit Job(Pool& pool) : tp::core::Job(pool, 1, &extras_, false) {}

  void run() override {}
  bool help(tp::core::Deadline) override { return false; }
  bool claimable() noexcept override {
    const bool answer = work.load();
    if (after_look) std::exchange(after_look, nullptr)();
    return answer;
  }
  void cut(int) override {}
  void progress(std::size_t& done, std::size_t& total) const noexcept override { done = total = 0; }
  int item_status(std::size_t) const noexcept override { return TP_EINVAL; }
  void* values() noexcept override { return nullptr; }
  bool has_hooks() const noexcept override { return false; }
  bool is_stream() const noexcept override { return stream; }

  std::atomic<bool> work{true};      // something to claim
  std::function<void()> after_look;  // once, between a look at work and the answer
  bool stream = false;

 private:
  void drop_outputs() override {}
  void drop_ctx() override {}
  void destroy() noexcept override {}

  Extras extras_;
};

}  // namespace stub

#endif
