// SPDX-License-Identifier: MIT
// A script of calls about groups and the jobs in them.
#pragma once

#include "fault/fault_wrap/answers.hpp"

namespace failing {

using support::InGroup;
using support::kLong;
using support::Result;
using support::Step;

class GroupScript : public Answers {
 public:
  ~GroupScript() {
    tp_group_release(group_);
    tp_group_release(serial_);
    tp_pool_destroy(pool_);
  }

  void run() {
    const tp_pool_options_t options = support::pool_options(2);
    if (!accepted(tp_pool_create(&options, &pool_), "create")) return;
    group_ = make(support::GroupOptions().pending(1000));
    serial_ = make(support::GroupOptions().running(1));
    if (group_ == nullptr || serial_ == nullptr) return;
    works(tp_group_pause(group_), "group_pause");
    submit(group_);
    submit(serial_);
    works(tp_group_resume(group_), "group_resume");
    works(tp_group_wait(group_, kLong), "group_wait");
    works(tp_group_wait(serial_, kLong), "group_wait of a serial queue");
    works(tp_group_pause(serial_), "group_pause of a serial queue");
    submit(serial_);
    works(tp_group_cancel(serial_), "group_cancel");
    works(tp_group_wait(serial_, kLong), "group_wait after a cancel");
    count(group_);
    count(serial_);
  }

  // When there is memory again.
  void run_on() {
    if (pool_ == nullptr) return;
    tp_group_t* const group = make(support::GroupOptions().running(1));
    const InGroup job(group);
    for (int i = 0; i < 100; ++i)
      works(tp_pool_apply_async(pool_, &step_, nullptr, &job, nullptr), "a job with memory");
    works(tp_group_wait(group, kLong), "group_wait with memory");
    tp_group_release(group);
  }

 private:
  tp_group_t* make(support::GroupOptions options) {
    tp_group_t* group = reinterpret_cast<tp_group_t*>(pool_);
    options.name = "a group";
    const bool made = accepted(tp_group_create(pool_, &options, &group), "group_create");
    expect(made == (group != nullptr), "group_create: the handle");
    return group;
  }

  // Jobs of every kind. The thread of the test does not help, so none of them waits.
  void submit(tp_group_t* group) {
    InGroup job(group), later(group);
    later.start_after = 0.001;
    later.deadline = 1000;
    std::uint64_t taken = 0;
    for (int i = 0; i < 5; ++i) {
      Result result;
      const int status = tp_pool_apply_async(pool_, &step_, nullptr, &job, result.out());
      taken += accepted(status, "apply_async in a group");
    }
    taken += accepted(tp_pool_for_async(pool_, loop, nullptr, 100, &job, nullptr), "for_async");
    taken += accepted(tp_pool_apply_async(pool_, &step_, nullptr, &later, nullptr), "start_after");
    (group == group_ ? jobs_ : serial_jobs_) += taken;
  }

  void count(tp_group_t* group) {
    tp_group_stats_t stats{};
    stats.size = sizeof stats;
    works(tp_group_stats(group, &stats), "group_stats");
    expect(stats.completed == (group == group_ ? jobs_ : serial_jobs_), "the completed jobs");
    expect(stats.queued == 0 && stats.running == 0, "the other jobs");
  }

  static int loop(void*, std::size_t, std::size_t) { return 0; }

  Step step_{[] {}};
  tp_pool_t* pool_ = nullptr;
  tp_group_t *group_ = nullptr, *serial_ = nullptr;
  std::uint64_t jobs_ = 0, serial_jobs_ = 0;
};

}  // namespace failing
