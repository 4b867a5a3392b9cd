// SPDX-License-Identifier: MIT
// How a promise is given to a job, and how it must have ended.
#include "stress/pledge.hpp"

#include "stress/life.hpp"

namespace stress {

constexpr int kValue = 42;

void Pledge::start() {
  tp_task_t shape{};
  shape.size = sizeof shape;
  shape.ctx = this;
  shape.ctx_drop = [](void* self) { static_cast<Pledge*>(self)->contexts_dropped_++; };
  shape.value_size = sizeof kValue;
  const int status = tp_promise_create(life_.pool(), &shape, &promise_, &result_);
  const auto is_refusal = [this](int refusal) {
    return refusal == TP_ECLOSED || (refusal == TP_EINIT && life_.may_break());
  };
  life_.expect(status == TP_OK || is_refusal(status), "the status of a promise");
  if (status != TP_OK) return;
  tp_task_t task{};
  task.size = sizeof task;
  task.ctx = this;
  task.fn = [](void* self, const void*, void*) { return static_cast<Pledge*>(self)->run(); };
  task.ctx_drop = [](void* self) { static_cast<Pledge*>(self)->let_go(); };
  const int submitted = tp_pool_apply_async(life_.pool(), &task, nullptr, nullptr, nullptr);
  life_.expect(submitted == TP_OK || is_refusal(submitted), "the status of a promise's job");
  has_job_ = submitted == TP_OK;
  if (!has_job_) let_go();
}

int Pledge::run() {
  runs_++;
  if (kind_ == Kind::set) answer_ = tp_promise_set(promise_, &kValue);
  if (kind_ == Kind::fail) answer_ = tp_promise_fail(promise_, 7, nullptr, nullptr, nullptr);
  life_.expect(answer_ == TP_OK || answer_ == TP_ECANCELED, "the status of a promise's end");
  std::atomic<int> ignored;
  return life_.perform(order_, ignored);
}

void Pledge::let_go() { tp_promise_release(std::exchange(promise_, nullptr)); }

void Pledge::cancel() {
  is_cancelled_ = true;
  if (result_) life_.expect(tp_result_cancel(result_) == TP_OK, "the cancel of a promise");
}

void Pledge::check_end(bool complete) {
  life_.expect(!promise_, "a job's context was not dropped");
  life_.expect(runs_ <= (has_job_ ? 1 : 0), "a promise's job ran that was refused, or ran twice");
  life_.expect(runs_ == 1 || !complete || !has_job_, "a promise's job did not run");
  life_.expect(contexts_dropped_ == (result_ ? 1 : 0), "a promise's context: not dropped once");
  if (!result_) return;
  life_.expect(tp_result_ready(result_) == 1, "a promise without an end");
  void* value = nullptr;
  const int status = tp_result_get(result_, 0, &value);
  const bool is_cut = status == TP_ECANCELED || status == TP_ETERMINATED ||
                      (status == TP_EINIT && life_.may_break());
  if (answer_ == TP_OK && kind_ == Kind::set)
    life_.expect(status == TP_OK && *static_cast<int*>(value) == kValue, "the value of a promise");
  else if (answer_ == TP_OK)
    life_.expect(status == TP_ETASK, "the failure of a promise");
  else
    life_.expect(is_cut || status == TP_ELOST, "the status of a promise that was not set");
  life_.expect(!is_cut || !complete || is_cancelled_, "a promise was cut by nobody");
  tp_result_release(std::exchange(result_, nullptr));
}

}  // namespace stress
