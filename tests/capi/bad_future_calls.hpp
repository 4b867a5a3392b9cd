// SPDX-License-Identifier: MIT
// Every call of future.h with every bad input.
#pragma once

#include "capi/bad_call.hpp"
#include "support/test.hpp"

namespace matrix {

// What tp_promise_create leaves in its out-pointers; a refused call puts NULL there.
inline int create_promise(Env& env, tp_pool_t* pool, const tp_task_t* shape) {
  auto* promise = reinterpret_cast<tp_promise_t*>(&env);
  const int status = tp_promise_create(pool, shape, &promise, env.out());
  return promise == nullptr ? status : int{TP_OK};
}

inline int then_with(Env& env, void (*spoil)(tp_task_t&, tp_job_options_t&)) {
  tp_task_t task = TP_TASK(Env::run, nullptr, tp_result_t*, int);
  tp_job_options_t options{};
  options.size = sizeof options;
  spoil(task, options);
  return tp_result_then(env.map, &task, &options, env.out());
}

// A continuation with one thing wrong.
#define THEN_WITH(statement)                                                            \
  [](Env& e) {                                                                          \
    return then_with(e, []([[maybe_unused]] tp_task_t& task,                            \
                           [[maybe_unused]] tp_job_options_t& options) { statement; }); \
  }

inline void add_bad_promises(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f,
                       int code = TP_EINVAL) { calls.emplace_back(what, why, code, std::move(f)); };
  static tp_promise_t* promise;
  static tp_task_t huge = TP_TASK(Env::run, nullptr, int, int);
  huge.value_size = SIZE_MAX;
  static tp_task_t sizeless = TP_TASK(Env::run, nullptr, int, int);
  sizeless.size = 0;
  add("promise_create: pool NULL", kNoHandle, CALL(create_promise(e, nullptr, &e.task)));
  add("promise_create: shape NULL", kNull, CALL(create_promise(e, e.pool, nullptr)));
  add("promise_create: promise NULL", kNull,
      CALL(tp_promise_create(e.pool, &e.task, nullptr, e.out())));
  add("promise_create: result NULL", kNull,
      CALL(tp_promise_create(e.pool, &e.task, &promise, nullptr)));
  add("promise_create: shape.size 0", kBad, CALL(create_promise(e, e.pool, &sizeless)));
  add("promise_create: value_size", kBad, CALL(create_promise(e, e.pool, &huge)), TP_EOVERFLOW);
  add("promise_set: promise NULL", kNoHandle, CALL(tp_promise_set(nullptr, &e.value)));
  add("promise_fail: promise NULL", kNoHandle,
      CALL(tp_promise_fail(nullptr, 1, nullptr, nullptr, nullptr)));
}

inline void add_bad_thens(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f,
                       int code = TP_EINVAL) { calls.emplace_back(what, why, code, std::move(f)); };
  add("then: source NULL", kNoHandle, CALL(tp_result_then(nullptr, &e.task, nullptr, e.out())));
  add("then: task NULL", kNull, CALL(tp_result_then(e.map, nullptr, nullptr, e.out())));
  add("then: task.size 0", kBad, THEN_WITH(task.size = 0));
  add("then: task.fn NULL", kBad, THEN_WITH(task.fn = nullptr));
  add("then: task.item_size 3", kBad, THEN_WITH(task.item_size = 3));
  add("then: task.item_drop", kBad, THEN_WITH(task.item_drop = [](void*) {}));
  add("then: value_size", kBad, THEN_WITH(task.value_size = SIZE_MAX), TP_EOVERFLOW);
  add("then: options.size 0", kBad, THEN_WITH(options.size = 0));
  add("then: options.flags high", kBad, THEN_WITH(options.flags = 0x40000000u));
  add("then: options.flags CALLER_RUNS", kBad, THEN_WITH(options.flags = TP_JOB_CALLER_RUNS));
  add("then: options.flags TRY", kBad, THEN_WITH(options.flags = TP_JOB_TRY));
  add("then: two levels", kBad, THEN_WITH(options.flags = TP_JOB_URGENT | TP_JOB_BACKGROUND));
  add("then: options.deadline NaN", kBad, THEN_WITH(options.deadline = NAN));
  add("then: options.chunksize", kBad, THEN_WITH(options.chunksize = 1));
  add("then: options.buffersize", kBad, THEN_WITH(options.buffersize = 1));
  add("then: options.source_drop", kBad, THEN_WITH(options.source_drop = [](void*) {}));
  add("then: options.ctx_drop", kBad, THEN_WITH(options.ctx_drop = [](void*) {}));
  add("then: options.submit_timeout", kBad, THEN_WITH(options.submit_timeout = 1));
}
#undef THEN_WITH

inline void add_bad_whens(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f));
  };
  add("when_all: NULL", kNoHandle, CALL(tp_when_all(nullptr, 1, e.out())));
  add("when_any: NULL", kNoHandle, CALL(tp_when_any(nullptr, 1, e.out())));
  add("when_any: of none", kNoHandle, CALL(tp_when_any(nullptr, 0, e.out())));
  add("when_all: result NULL", kNoHandle, CALL(tp_when_all(nullptr, 0, nullptr)));
  add("when_any: result NULL", kNoHandle, CALL(tp_when_any(nullptr, 0, nullptr)));
  const auto with_null = [](Env& e, decltype(tp_when_all)* when) {
    tp_result_t* results[] = {e.map, nullptr};
    return when(results, 2, e.out());
  };
  add("when_all: one NULL", kNull, [with_null](Env& e) { return with_null(e, tp_when_all); });
  add("when_any: one NULL", kNull, [with_null](Env& e) { return with_null(e, tp_when_any); });
}

inline void add_bad_futures(std::vector<BadCall>& calls) {
  add_bad_promises(calls);
  add_bad_thens(calls);
  add_bad_whens(calls);
}

}  // namespace matrix
