// SPDX-License-Identifier: MIT
// Every call that takes a typed call, with every bad input.
#pragma once

#include "capi/bad_call.hpp"
#include "support/test.hpp"

#ifdef TPOOL_FFI

namespace matrix {

// What has a typed call in place of a task is refused one by giving it no task or no fn.
inline void add_typed_submits(std::vector<NamedSubmit>& submits) {
  using P = tp_pool_t*;
  using T = const tp_task_t*;
  using J = const tp_job_options_t*;
  const auto call = [](Env& e, T task) {
    return task == nullptr || task->fn == nullptr ? nullptr : static_cast<tp_call_t*>(e.call);
  };
  submits.push_back({"starmap",
                     [call](Env& e, P p, T t, J j) {
                       return tp_pool_starmap(p, call(e, t), &e.item, &e.value, 1, j);
                     },
                     true, false, true, false});
  submits.push_back({"starmap_async",
                     [call](Env& e, P p, T t, J j) {
                       return tp_pool_starmap_async(p, call(e, t), &e.item, 1, j, e.out());
                     },
                     false, false, true, true});
}

inline void add_bad_typed_calls(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, int code, std::function<int(Env&)> f,
                       bool notes = false) {
    calls.emplace_back(what, why, code, std::move(f), notes);
  };
  constexpr std::size_t kTooMany = SIZE_MAX / sizeof(int) + 1;
  add("starmap: rows NULL", kNull, TP_EINVAL,
      CALL(tp_pool_starmap(e.pool, e.call, nullptr, &e.value, 1, nullptr)), true);
  add("starmap: values NULL", kNull, TP_EINVAL,
      CALL(tp_pool_starmap(e.pool, e.call, &e.item, nullptr, 1, nullptr)), true);
  add("starmap_async: rows NULL", kNull, TP_EINVAL,
      CALL(tp_pool_starmap_async(e.pool, e.call, nullptr, 1, nullptr, e.out())));
  add("starmap: n x size", kBad, TP_EOVERFLOW,
      CALL(tp_pool_starmap(e.pool, e.call, &e.item, &e.value, kTooMany, nullptr)), true);
  add("starmap_async: n x size", kBad, TP_EOVERFLOW,
      CALL(tp_pool_starmap_async(e.pool, e.call, &e.item, kTooMany, nullptr, e.out())));
  add(
      "call_task: NULL", kNoHandle, TP_EINVAL,
      [](Env&) {
        tp_task_t task;
        return tp_call_task(nullptr, &task);
      },
      false);
  add("call_task: task NULL", kNull, TP_EINVAL, CALL(tp_call_task(e.call, nullptr)));
  add("call_row: NULL", kNoHandle, TP_EINVAL,
      CALL(tp_call_row(nullptr, &e.size, &e.size, &e.size)));
  add("call_arg: NULL", kNoHandle, TP_EINVAL, CALL(tp_call_arg(nullptr, 0, &e.size, &e.size)));
  add("call_arg: n", kBad, TP_EINVAL, CALL(tp_call_arg(e.call, 1, &e.size, &e.size)));
  add("call_arg: SIZE_MAX", kBad, TP_EINVAL, CALL(tp_call_arg(e.call, SIZE_MAX, &e.size, &e.size)));
}

}  // namespace matrix

#endif
