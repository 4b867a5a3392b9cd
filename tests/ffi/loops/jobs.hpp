// SPDX-License-Identifier: MIT
// What every loop drains: the callbacks of some jobs, on the loop's thread.
#pragma once

#include <tpool/tpool.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

// A pool with manual callbacks, and jobs that square their numbers. Half are submitted at once, each
// callback of these submits one of the other half.
class Jobs {
 public:
  static constexpr int kJobs = 200;

  Jobs() {
    tp_pool_options_t options{};
    options.size = sizeof options;
    options.workers = 2;
    options.flags = TP_POOL_MANUAL_CALLBACKS;
    check(tp_pool_create(&options, &pool_) == TP_OK, "create");
    check(tp_pool_fd(pool_, &fd_) == TP_OK, "fd");
    for (int i = 0; i < kJobs / 2; ++i) submit(i);
  }
  ~Jobs() {
    tp_pool_destroy(pool_);
    int sum = 0;
    for (int i = 0; i < kJobs; ++i) sum += i * i;
    check(sum_ == sum, "each job's callback has run once");
  }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  int fd() const { return fd_; }
  bool done() const { return called_ == kJobs; }

  // What a loop calls when the descriptor is readable.
  void drain() {
    std::size_t ran = 0;
    check(tp_pool_run_callbacks(pool_, 0, &ran) == TP_OK, "run_callbacks");
  }

 private:
  void submit(int number) {
    const tp_task_t task = TP_TASK(square, nullptr, int, int);
    tp_job_options_t job{};
    job.size = sizeof job;
    job.callback = called;
    job.user = this;
    check(tp_pool_apply_async(pool_, &task, &number, &job, nullptr) == TP_OK, "submit");
  }

  static int square(void*, const void* item, void* value) {
    const int x = *static_cast<const int*>(item);
    *static_cast<int*>(value) = x * x;
    return 0;
  }

  static void called(void* self, tp_result_t* result) {
    auto* jobs = static_cast<Jobs*>(self);
    check(std::this_thread::get_id() == jobs->thread_, "a callback on the loop's thread");
    void* value = nullptr;
    check(tp_result_get(result, 0, &value) == TP_OK, "get");
    jobs->sum_ += *static_cast<int*>(value);
    if (jobs->called_++ < kJobs / 2) jobs->submit(jobs->called_ - 1 + kJobs / 2);
  }

  const std::thread::id thread_ = std::this_thread::get_id();
  tp_pool_t* pool_ = nullptr;
  int fd_ = -1;
  int called_ = 0;
  int sum_ = 0;
};
