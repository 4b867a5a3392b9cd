// SPDX-License-Identifier: MIT
// A script of promises, continuations and results of several, and of workers and threads that wait for them.
#pragma once

#include "fault/fault_wrap/answers.hpp"

namespace failing {

using support::Job;
using support::kLong;
using support::Result;
using support::Task;

class FutureScript : public Answers {
 public:
  FutureScript() {
    shape_.size = sizeof shape_;
    shape_.value_size = sizeof(int);
    on_success_.deadline = 1000;
  }
  ~FutureScript() {
    for (tp_promise_t* promise : promises_) tp_promise_release(promise);
    tp_pool_destroy(pool_);
  }

  void run() {
    const tp_pool_options_t options = support::pool_options(2);
    if (!accepted(tp_pool_create(&options, &pool_), "create")) return;
    for (std::size_t i = 0; i < kPromises; ++i) {
      if (!promise(i)) continue;
      then(i);
      if (i > 0) combine(i);
    }
    for (std::size_t i = 0; i < kPromises; ++i) settle(i);
    for (const Result& result : results_)
      if (result != nullptr) works(tp_result_wait(result, kLong), "wait");
    if (promise(kPromises)) {
      works(tp_result_cancel(sources_[kPromises]), "cancel of a promise");
      expect(tp_promise_set(promises_[kPromises], &value_) == TP_ECANCELED, "set of a cut promise");
    }
  }

  // When there is memory again.
  void run_on() {
    if (pool_ == nullptr) return;
    for (const Result& result : results_)
      if (result != nullptr) works(tp_result_wait(result, kLong), "wait when there is memory");
    works(tp_pool_close(pool_), "close");
    works(tp_pool_join(pool_, kLong), "join");
    Result none;
    expect(tp_when_all(nullptr, 0, none.out()) == TP_OK, "when_all of none");
  }

 private:
  static constexpr std::size_t kPromises = 4;

  bool promise(std::size_t i) {
    tp_promise_t*& made = promises_[i];
    const bool taken =
        accepted(tp_promise_create(pool_, &shape_, &made, sources_[i].out()), "promise_create");
    expect(taken == (made != nullptr) && taken == (sources_[i] != nullptr), "the two handles");
    return taken;
  }

  void then(std::size_t i) {
    Result& next = results_[i];
    const bool taken = accepted(
        tp_result_then(sources_[i], &look_, i % 2 ? &on_success_ : nullptr, next.out()), "then");
    expect(taken == (next != nullptr), "then: the handle");
    if (taken) accepted(tp_pool_apply_async(pool_, &waits_, &i, nullptr, nullptr), "a waiter");
  }

  void combine(std::size_t i) {
    tp_result_t* const both[] = {sources_[i - 1], sources_[i]};
    if (both[0] == nullptr) return;
    accepted(tp_when_all(both, 2, results_[kPromises + i].out()), "when_all");
    accepted(tp_when_any(both, 2, results_[2 * kPromises + i].out()), "when_any");
  }

  void settle(std::size_t i) {
    if (promises_[i] == nullptr) return;
    if (i > 1) return tp_promise_release(std::exchange(promises_[i], nullptr));
    const bool has_failed =
        i == 1 && accepted(tp_promise_fail(promises_[i], 1, "failed", nullptr, nullptr), "fail");
    if (!has_failed) works(tp_promise_set(promises_[i], &value_), "promise_set");
  }

  int value_ = 5;
  tp_task_t shape_{};
  Job on_success_{TP_JOB_ON_SUCCESS};
  Task<tp_result_t*, int> look_{[](tp_result_t* const* source, int* value) {
    return *value = tp_result_get(*source, 0, nullptr), 0;
  }};
  Task<std::size_t, void> waits_{[this](const std::size_t* i, void*) {
    tp_result_wait(results_[*i], kLong);  // TP_EDEADLK, without memory for the walk
    return 0;
  }};
  std::array<tp_promise_t*, kPromises + 1> promises_{};
  std::array<Result, kPromises + 1> sources_;
  std::array<Result, 3 * kPromises> results_;
  tp_pool_t* pool_ = nullptr;
};

}  // namespace failing
