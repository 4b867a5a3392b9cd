// SPDX-License-Identifier: MIT
// A script of calls of a host: its thread is the worker, and asks for the callbacks.
#pragma once

#include "fault/fault_wrap/answers.hpp"

namespace failing {

using support::Job;
using support::kLong;
using support::Result;
using support::Task;

class HostScript : public Answers {
 public:
  HostScript() {
    job_.listen();
    hosted_.fn = nullptr;
    confirming_.flags = TP_TASK_CONFIRM;
  }
  ~HostScript() {
    if (pool_ != nullptr) works(tp_pool_destroy_within(pool_, kLong), "destroy_within");
  }

  void run() {
    tp_pool_options_t options =
        support::pool_options(1, TP_POOL_NO_THREADS | TP_POOL_MANUAL_CALLBACKS);
    options.max_pending = kJobs + 2;
    if (!accepted(tp_pool_create(&options, &pool_), "create")) return;
    int fd = -1;
    works(tp_pool_fd(pool_, &fd), "fd");
    expect(fd >= 0, "fd: the descriptor");
    for (Result& result : results_)
      accepted_ += accepted(tp_pool_apply_async(pool_, &hosted_, &item_, &job_, result.out()),
                            "apply_async");
    accepted(tp_pool_map_async(pool_, &confirming_, nullptr, kJobs, nullptr, map_.out()), "map");
    submit_without_room();
    serve(false);
  }

  // Whatever was accepted and not served is served when there is memory again.
  void run_on() {
    if (pool_ == nullptr) return;
    serve(true);
    expect(job_.successes == accepted_ && job_.failures == 0, "the callbacks");
    for (const Result& result : results_)
      if (result != nullptr) works(tp_result_get(result, 0, nullptr), "get");
    if (map_ != nullptr) works(tp_result_get(map_, 0, nullptr), "get of a map");
    works(tp_pool_close(pool_), "close");
    expect(tp_worker_enter(pool_, dispatch, kLong, nullptr) == TP_END, "enter after close");
    expect(tp_pool_run_callbacks(pool_, kLong, nullptr) == TP_END, "run_callbacks after close");
    works(tp_pool_join(pool_, kLong), "join");
  }

 private:
  static constexpr int kJobs = 10;

  static int dispatch(void*, const void* item, void* value) {
    return *static_cast<int*>(value) = *static_cast<const int*>(item), 0;
  }

  // A job too many is refused for the one reason or for the other.
  void submit_without_room() {
    Job try_it(TP_JOB_TRY);
    for (int i = 0; i < 3; ++i) {
      const int status = tp_pool_apply_async(pool_, &hosted_, &item_, &try_it, nullptr);
      expect(status == TP_OK || status == TP_EAGAIN || status == TP_ENOMEM, "a job too many");
    }
  }

  void serve(bool has_memory) {
    std::size_t ran = 0;
    const int status = tp_worker_enter(pool_, dispatch, 0, &ran);
    expect(status == TP_OK || (status == TP_ENOMEM && !has_memory), "enter");
    works(tp_pool_run_callbacks(pool_, 0, &ran), "run_callbacks");
  }

  const int item_ = 1;
  int accepted_ = 0;
  Task<int, int> hosted_{[](const int*, int*) { return 1; }};
  Task<void, void> confirming_{[this](const void*, void*) {
    works(tp_task_confirm(), "confirm");
    return 0;
  }};
  Job job_;
  std::array<Result, kJobs> results_;
  Result map_;
  tp_pool_t* pool_ = nullptr;
};

}  // namespace failing
