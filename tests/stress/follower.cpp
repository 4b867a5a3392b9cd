// SPDX-License-Identifier: MIT
// How a follower starts, and what it must have done at its end.
#include "stress/follower.hpp"

#include "stress/life.hpp"

namespace stress {

void Follower::start(tp_result_t* const* results, Errand* const* errands, std::size_t n) {
  errands_.assign(errands, errands + n);
  const int status = submit(results, n);
  const bool is_refusal = status == TP_ECLOSED || (status == TP_EINIT && life_.may_break());
  life_.expect(status == TP_OK || is_refusal, "the status of a call that follows");
  life_.expect((status == TP_OK) == is_accepted(), "the result of a call that follows");
}

int Follower::submit(tp_result_t* const* results, std::size_t n) {
  if (kind_ == Kind::all) return tp_when_all(results, n, &result_);
  if (kind_ == Kind::any) return tp_when_any(results, n, &result_);
  tp_task_t task{};
  task.size = sizeof task;
  task.ctx = this;
  task.ctx_drop = [](void* self) { static_cast<Follower*>(self)->contexts_dropped_++; };
  task.item_size = sizeof(tp_result_t*);
  task.fn = [](void* self, const void* item, void*) {
    return static_cast<Follower*>(self)->run(*static_cast<tp_result_t* const*>(item));
  };
  tp_job_options_t options{};
  options.size = sizeof options;
  options.flags = kind_ == Kind::on_success ? TP_JOB_ON_SUCCESS : 0;
  return tp_result_then(results[0], &task, &options, &result_);
}

int Follower::run(tp_result_t* source) {
  life_.expect(tp_result_ready(source) == 1, "a continuation before its source's end");
  life_.expect(kind_ == Kind::then || tp_result_successful(source) == 1,
               "a continuation of a failure");
  runs_++;
  return life_.perform(order_, status_);
}

// It may cancel what it waits for, too.
void Follower::cancel() {
  is_cancelled_ = true;
  for (Errand* errand : errands_) errand->may_be_cut();
  if (result_) life_.expect(tp_result_cancel(result_) == TP_OK, "the cancel of a follower");
}

void Follower::check_end(bool complete) {
  const int accepted = is_accepted();
  life_.expect(contexts_dropped_ == (is_continuation() ? accepted : 0),
               "a follower's context was not dropped once");
  life_.expect(runs_ <= accepted, "a continuation that was refused, or ran twice");
  if (!result_) return;
  life_.expect(tp_result_ready(result_) == 1, "a follower without an end");
  check_status(tp_result_get(result_, 0, nullptr));
  life_.expect(runs_ == 1 || kind_ != Kind::then || !complete || is_cancelled_,
               "an accepted continuation did not run");
  tp_result_release(std::exchange(result_, nullptr));
}

void Follower::check_status(int status) {
  if (runs_) return life_.expect(status == status_, "a continuation's status is not what it did");
  const bool is_end = status == TP_ECANCELED || status == TP_ETERMINATED ||
                      (status == TP_EINIT && life_.may_break());
  const bool is_error = is_end || (kind_ == Kind::on_success && status != TP_OK);
  life_.expect(is_error || !is_continuation(), "the status of a continuation that did not run");
}

}  // namespace stress
