// SPDX-License-Identifier: MIT
// Every call with good arguments, on a pool that env.prepare() was given.
#pragma once

#include "capi/matrix.hpp"

namespace matrix {

// Decides what a call has to answer: by the kind of call and by where and when it is made.
enum Kind { kSubmitAndWait, kSubmit, kJoin, kWaitIdle, kPause, kPoolCall, kResultCall };

struct GoodCall : Call {
  GoodCall(std::string what, Kind k, std::function<int(Env&)> f, bool notes = false)
      : Call{std::move(what), std::move(f), notes}, kind(k) {}

  Kind kind;
};

// Releases what was accepted, and tells the answer.
inline int released(Env& env, int status) {
  tp_result_release(std::exchange(env.handle, nullptr));
  return status;
}

inline int make_and_set_promise(Env& env) {
  static const tp_task_t shape = TP_TASK(Env::run, nullptr, int, int);
  tp_promise_t* promise = nullptr;
  const int status = tp_promise_create(env.pool, &shape, &promise, &env.handle);
  if (status != TP_OK) return status;
  const int set = tp_promise_set(promise, &env.item);
  tp_promise_release(promise);
  return released(env, set);
}

inline void add_good_submits(std::vector<GoodCall>& calls) {
  const auto add = [&](const char* name, Kind kind, std::function<int(Env&)> f) {
    calls.emplace_back(name, kind, std::move(f), kind == kSubmitAndWait);
  };
  static tp_task_t task = TP_TASK(Env::run, nullptr, int, int);
  add("apply", kSubmitAndWait, CALL(tp_pool_apply(e.pool, &task, &e.item, &e.size)));
  add("map", kSubmitAndWait, CALL(tp_pool_map(e.pool, &task, &e.item, &e.size, 1, nullptr)));
  add("map of nothing", kSubmitAndWait,
      CALL(tp_pool_map(e.pool, &task, nullptr, nullptr, 0, nullptr)));
  add("for", kSubmitAndWait, CALL(tp_pool_for(e.pool, Env::loop, nullptr, 1, nullptr)));
  add("team of nothing", kSubmitAndWait, CALL(tp_pool_team(e.pool, Env::loop, nullptr, 0)));
  static const tp_reduce_t reduce{sizeof reduce, Env::add, Env::combine,
                                  nullptr,       &task,    sizeof(int)};
  add("reduce", kSubmitAndWait, CALL(tp_pool_reduce(e.pool, &reduce, 1, nullptr, &e.size)));
  add("apply_async", kSubmit,
      CALL(released(e, tp_pool_apply_async(e.pool, &task, &e.item, nullptr, &e.handle))));
  add("map_async", kSubmit,
      CALL(released(e, tp_pool_map_async(e.pool, &task, &e.item, 1, nullptr, &e.handle))));
  add("map_async of nothing", kSubmit,
      CALL(released(e, tp_pool_map_async(e.pool, &task, nullptr, 0, nullptr, &e.handle))));
  add("for_async", kSubmit,
      CALL(released(e, tp_pool_for_async(e.pool, Env::loop, nullptr, 1, nullptr, &e.handle))));
  add("imap", kSubmit,
      CALL(released(e, tp_pool_imap(e.pool, &task, Env::nothing, nullptr, nullptr, &e.handle))));
  add("promise", kSubmit, CALL(make_and_set_promise(e)));
  add("imap_unordered", kSubmit,
      CALL(released(
          e, tp_pool_imap_unordered(e.pool, &task, Env::nothing, nullptr, nullptr, &e.handle))));
}

#ifdef TPOOL_FFI
inline void add_good_typed_calls(std::vector<GoodCall>& calls) {
  calls.emplace_back("starmap", kSubmitAndWait,
                     CALL(tp_pool_starmap(e.pool, e.call, &e.item, &e.size, 1, nullptr)), true);
  calls.emplace_back("starmap of nothing", kSubmitAndWait,
                     CALL(tp_pool_starmap(e.pool, e.call, nullptr, nullptr, 0, nullptr)), true);
  calls.emplace_back(
      "starmap_async", kSubmit,
      CALL(released(e, tp_pool_starmap_async(e.pool, e.call, &e.item, 1, nullptr, &e.handle))));
  calls.emplace_back("call_task", kResultCall, [](Env& e) {
    tp_task_t task;
    return tp_call_task(e.call, &task);
  });
  calls.emplace_back("call_row", kResultCall, CALL(tp_call_row(e.call, nullptr, nullptr, nullptr)));
  calls.emplace_back("call_arg", kResultCall, CALL(tp_call_arg(e.call, 0, nullptr, nullptr)));
}
#endif

inline void add_good_pool_calls(std::vector<GoodCall>& calls) {
  calls.emplace_back("join", kJoin, CALL(tp_pool_join(e.pool, support::kLong)));
  calls.emplace_back("wait_idle", kWaitIdle, CALL(tp_pool_wait_idle(e.pool, support::kLong)));
  calls.emplace_back("pause", kPause, [](Env& e) {
    const int status = tp_pool_pause(e.pool);
    tp_pool_resume(e.pool);
    return status;
  });
  calls.emplace_back("resume", kPoolCall, CALL(tp_pool_resume(e.pool)));
  calls.emplace_back("resize", kSubmit, CALL(tp_pool_resize(e.pool, 3)));
  calls.emplace_back("workers", kPoolCall, [](Env& e) {
    std::size_t workers = 0;
    return tp_pool_workers(e.pool, &workers);
  });
  calls.emplace_back("trace", kPoolCall, [](Env& e) {
    const int status = tp_pool_trace_start(e.pool, "/dev/null");
    return status == TP_OK ? tp_pool_trace_stop(e.pool) : status;
  });
  calls.emplace_back("stats", kPoolCall, [](Env& e) {
    tp_pool_stats_t stats{};
    stats.size = sizeof(stats);
    return tp_pool_stats(e.pool, &stats);
  });
}

inline void add_good_group_calls(std::vector<GoodCall>& calls) {
  const auto add = [&](const char* name, Kind kind, std::function<int(Env&)> f) {
    calls.emplace_back(name, kind, std::move(f));
  };
  add("group_create", kSubmit, [](Env& e) {
    tp_group_t* group = nullptr;
    const int status = tp_group_create(e.pool, nullptr, &group);
    tp_group_release(group);
    return status;
  });
  add("group_wait", kResultCall, CALL(tp_group_wait(e.group, 0)));
  add("group_cancel", kResultCall, CALL(tp_group_cancel(e.group)));
  add("group_pause", kPause, [](Env& e) {
    const int status = tp_group_pause(e.group);
    tp_group_resume(e.group);
    return status;
  });
  add("group_resume", kResultCall, CALL(tp_group_resume(e.group)));
  add("group_stats", kResultCall, [](Env& e) {
    tp_group_stats_t stats{};
    stats.size = sizeof stats;
    return tp_group_stats(e.group, &stats);
  });
}

inline void add_good_result_calls(std::vector<GoodCall>& calls) {
  const auto add = [&](const char* name, std::function<int(Env&)> f, bool notes = false) {
    calls.emplace_back(name, kResultCall, std::move(f), notes);
  };
  // Questions answer 1; that is folded into TP_OK here.
  add("ready", CALL(tp_result_ready(e.map) == 1 ? TP_OK : tp_result_ready(e.map)));
  add("successful", [](Env& e) {
    const int answer = tp_result_successful(e.map);
    return answer == 1 ? TP_OK : answer;
  });
  add("wait", CALL(tp_result_wait(e.map, 0)));
  add("get", CALL(tp_result_get(e.map, 0, nullptr)));
  add("cancel", CALL(tp_result_cancel(e.map)));
  add("progress", CALL(tp_result_progress(e.map, nullptr, nullptr)));
  add("item_status", CALL(tp_result_item_status(e.map, 0)));
  add("add_done_callback", CALL(tp_result_add_done_callback(
                               e.map, [](void*, tp_result_t*) {}, nullptr)));
  add("as_completed", [](Env& e) {
    tp_result_t* const results[] = {e.map, e.stream};
    return e.watch(results, 2);
  });
  add("completed_next", [](Env& e) {
    std::size_t index = 9;
    const int status = tp_completed_next(e.completed, 0, &index);
    return status == TP_END ? TP_OK : status;  // the results are two, the calls more
  });
  add("wait_any", [](Env& e) {
    tp_result_t* results[] = {e.map, e.stream};
    std::size_t index = 9;
    return tp_wait_any(results, 2, 0, &index);
  });
  add("wait_all", CALL(e.wait_all({e.map, e.stream}, 0)));
  add("next", CALL(tp_result_next(e.stream, 0, nullptr)), true);
}

// close and terminate come last: they change what the others answer.
inline void add_ends(std::vector<GoodCall>& calls) {
  calls.emplace_back("close", kPoolCall, CALL(tp_pool_close(e.pool)));
  calls.emplace_back("terminate", kPoolCall, CALL(tp_pool_terminate(e.pool)));
}

inline std::vector<GoodCall> good_calls() {
  std::vector<GoodCall> calls;
  add_good_submits(calls);
#ifdef TPOOL_FFI
  add_good_typed_calls(calls);
#endif
  add_good_pool_calls(calls);
  add_good_result_calls(calls);
  add_good_group_calls(calls);
  add_ends(calls);
  return calls;
}

}  // namespace matrix
