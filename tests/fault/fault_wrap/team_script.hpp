// SPDX-License-Identifier: MIT
// A script of calls of a pool whose threads come and go: jobs that start some, and teams that start the rest.
#pragma once

#include "fault/fault_wrap/answers.hpp"

namespace failing {

using support::kLong;
using support::Step;

class TeamScript : public Answers {
 public:
  ~TeamScript() { tp_pool_destroy(pool_); }

  void run() {
    tp_pool_options_t options = support::pool_options(kWorkers);
    options.min_workers = 1;
    options.idle_timeout = kLong;
    if (!accepted(tp_pool_create(&options, &pool_), "create")) return;
    team(kWorkers, false);
    for (int i = 0; i < 5; ++i)
      accepted(tp_pool_apply_async(pool_, &step_, nullptr, nullptr, nullptr), "apply_async");
    works(tp_pool_wait_idle(pool_, kLong), "wait_idle");
    team(kWorkers - 1, false);
  }

  // When there are memory and threads again.
  void run_on() {
    if (pool_ == nullptr) return;
    works(tp_pool_wait_idle(pool_, kLong), "wait_idle");
    team(kWorkers, true);
  }

 private:
  static constexpr std::size_t kWorkers = 3;

  // All of its calls run, or none. It may find a worker that a job keeps awake, or that the system has refused.
  void team(std::size_t n, bool has_all) {
    calls_ = 0;
    const int status = tp_pool_team(pool_, count, &calls_, n);
    expect(status == TP_OK || (!has_all && (status == TP_EAGAIN || status == refusal)), "team");
    expect(calls_ == (status == TP_OK ? n : 0), "team: the calls");
  }

  static int count(void* calls, std::size_t, std::size_t) {
    return ++*static_cast<std::atomic<std::size_t>*>(calls), 0;
  }

  std::atomic<std::size_t> calls_{0};
  Step step_{[] {}};
  tp_pool_t* pool_ = nullptr;
};

}  // namespace failing
