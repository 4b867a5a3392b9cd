// SPDX-License-Identifier: MIT
// Every call with every bad input, and the code that it has to answer in whatever state.
#pragma once

#include "capi/bad_call.hpp"
#include "capi/bad_future_calls.hpp"
#include "capi/bad_group_calls.hpp"
#include "capi/bad_typed_calls.hpp"
#include "support/test.hpp"

namespace matrix {

// The ten submits of a task or a function.
inline std::vector<NamedSubmit> submits() {
  using P = tp_pool_t*;
  using T = const tp_task_t*;
  using J = const tp_job_options_t*;
  const auto fn = [](T task) {
    return task == nullptr || task->fn == nullptr ? nullptr : Env::loop;
  };
  return {
      {"apply", [](Env& e, P p, T t, J) { return tp_pool_apply(p, t, &e.item, &e.value); },  //
       true, true, false, false},
      {"map", [](Env& e, P p, T t, J j) { return tp_pool_map(p, t, &e.item, &e.value, 1, j); },
       true, true, true, false},
      {"for", [fn](Env&, P p, T t, J j) { return tp_pool_for(p, fn(t), nullptr, 1, j); },  //
       true, false, true, false},
      {"team", [fn](Env&, P p, T t, J) { return tp_pool_team(p, fn(t), nullptr, 1); },  //
       true, false, false, false},
      {"reduce",
       [fn](Env& e, P p, T t, J j) {
         const tp_reduce_t reduce{sizeof reduce, fn(t) ? Env::add : nullptr,
                                  Env::combine,  nullptr,
                                  &e.size,       sizeof(int)};
         return tp_pool_reduce(p, t ? &reduce : nullptr, 1, j, &e.value);
       },
       true, false, true, false},
      {"apply_async",
       [](Env& e, P p, T t, J j) { return tp_pool_apply_async(p, t, &e.item, j, e.out()); }, false,
       true, true, true},
      {"map_async",
       [](Env& e, P p, T t, J j) { return tp_pool_map_async(p, t, &e.item, 1, j, e.out()); }, false,
       true, true, true},
      {"for_async",
       [fn](Env& e, P p, T t, J j) { return tp_pool_for_async(p, fn(t), nullptr, 1, j, e.out()); },
       false, false, true, true},
      {"imap",
       [](Env& e, P p, T t, J j) { return tp_pool_imap(p, t, Env::one, &e.source, j, e.out()); },
       false, true, true, false},
      {"imap_unordered",
       [](Env& e, P p, T t, J j) {
         return tp_pool_imap_unordered(p, t, Env::one, &e.source, j, e.out());
       },
       false, true, true, false},
  };
}

// Bad fields of 1.2, of which the last error says more.
template <class WithOptions>
void add_bad_times(std::vector<BadCall>& calls, const std::string& name, WithOptions with_options) {
  const auto add = [&](const char* what, void (*spoil)(tp_job_options_t&)) {
    calls.emplace_back(name + ": " + what, kBad, TP_EINVAL, with_options(spoil), true);
  };
  add("options.start_after negative", [](tp_job_options_t& job) { job.start_after = -1; });
  add("options.start_after NaN", [](tp_job_options_t& job) { job.start_after = NAN; });
  add("options.item_deadline negative", [](tp_job_options_t& job) { job.item_deadline = -1; });
  add("options.item_deadline NaN", [](tp_job_options_t& job) { job.item_deadline = NAN; });
  add("options.submit_timeout negative", [](tp_job_options_t& job) { job.submit_timeout = -1; });
  add("options.submit_timeout NaN", [](tp_job_options_t& job) { job.submit_timeout = NAN; });
  if (name.find("imap") == 0) return;  // refuses the flag itself
  add("options.flags CALLER_RUNS and TRY",
      [](tp_job_options_t& job) { job.flags = TP_JOB_CALLER_RUNS | TP_JOB_TRY; });
  add("options.start_after with CALLER_RUNS",
      [](tp_job_options_t& job) { job.flags = TP_JOB_CALLER_RUNS, job.start_after = 1; });
}

// Bad tasks and options, for each of the submits that takes them.
inline void add_bad_submits(std::vector<BadCall>& calls) {
  std::vector<NamedSubmit> all = submits();
#ifdef TPOOL_FFI
  add_typed_submits(all);
#endif
  for (const NamedSubmit& submit : all) {
    const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
      calls.emplace_back(submit.name + ": " + what, why, TP_EINVAL, std::move(f), submit.blocks);
    };
    const Submit run = submit.run;
    const auto with_task = [run](void (*spoil)(tp_task_t&)) {
      return [=](Env& e) {
        tp_task_t task = e.task;
        spoil(task);
        return run(e, e.pool, &task, nullptr);
      };
    };
    const auto with_options = [run](void (*spoil)(tp_job_options_t&)) {
      return [=](Env& e) {
        tp_job_options_t job{};
        job.size = sizeof(job);
        spoil(job);
        return run(e, e.pool, &e.task, &job);
      };
    };
    add("pool NULL", kNoHandle, CALL(run(e, nullptr, &e.task, nullptr)));
    add("task or fn NULL", kNull, CALL(run(e, e.pool, nullptr, nullptr)));
    add("fn NULL", kNull, with_task([](tp_task_t& task) { task.fn = nullptr; }));
    if (submit.takes_task) {
      add("task.size 0", kBad, with_task([](tp_task_t& task) { task.size = 0; }));
      add("task.flags 2", kBad, with_task([](tp_task_t& task) { task.flags = 2; }));
      add("task.flags high", kBad, with_task([](tp_task_t& task) { task.flags = 1u << 31; }));
      add("task too new", kBad, [run](Env& e) {
        const Larger<tp_task_t> task(e.task, 1);
        return run(e, e.pool, &task.base, nullptr);
      });
    }
    if (!submit.takes_options) continue;
    add("options.size 0", kBad, with_options([](tp_job_options_t& job) { job.size = 0; }));
    add("options.flags high", kBad,
        with_options([](tp_job_options_t& job) { job.flags = 1u << 30; }));
    add("options.flags high and 1", kBad,
        with_options([](tp_job_options_t& job) { job.flags = 1u << 30 | 1; }));
    if (submit.name.find("imap") == 0)
      add("options.flags CALLER_RUNS", kBad,
          with_options([](tp_job_options_t& job) { job.flags = TP_JOB_CALLER_RUNS; }));
    add_bad_times(calls, submit.name, with_options);
    add_bad_groups(calls, submit);
    add("two levels", kBad,
        with_options([](tp_job_options_t& job) { job.flags = TP_JOB_URGENT | TP_JOB_BACKGROUND; }));
    add("options.deadline negative", kBad,
        with_options([](tp_job_options_t& job) { job.deadline = -1; }));
    add("options.deadline NaN", kBad,
        with_options([](tp_job_options_t& job) { job.deadline = NAN; }));
    add("options.flags FAIL_FAST and KEEP_ERRORS", kBad, with_options([](tp_job_options_t& job) {
          job.flags = TP_JOB_FAIL_FAST | TP_JOB_KEEP_ERRORS;
        }));
    if (submit.name.find("map_async") == std::string::npos)
      add("options.flags KEEP_ERRORS", kBad,
          with_options([](tp_job_options_t& job) { job.flags = TP_JOB_KEEP_ERRORS; }));
    add("options too new", kBad, [run](Env& e) {
      const Larger<tp_job_options_t> job(tp_job_options_t{}, 1);
      return run(e, e.pool, &e.task, &job.base);
    });
    if (submit.takes_callbacks) continue;
    add("callback", kBad, with_options([](tp_job_options_t& job) { job.callback = Env::called; }));
    add("error_callback", kBad,
        with_options([](tp_job_options_t& job) { job.error_callback = Env::called; }));
  }
}

inline void add_bad_data(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, int code, std::function<int(Env&)> f,
                       bool notes = false) {
    calls.emplace_back(what, why, code, std::move(f), notes);
  };
  constexpr std::size_t kTooMany = SIZE_MAX / sizeof(int) + 1;
  add("apply: item NULL", kNull, TP_EINVAL, CALL(tp_pool_apply(e.pool, &e.task, nullptr, &e.value)),
      true);
  add("apply: value NULL", kNull, TP_EINVAL, CALL(tp_pool_apply(e.pool, &e.task, &e.item, nullptr)),
      true);
  add("apply_async: item NULL", kNull, TP_EINVAL,
      CALL(tp_pool_apply_async(e.pool, &e.task, nullptr, nullptr, e.out())));
  add("map: items NULL", kNull, TP_EINVAL,
      CALL(tp_pool_map(e.pool, &e.task, nullptr, &e.value, 1, nullptr)), true);
  add("map: values NULL", kNull, TP_EINVAL,
      CALL(tp_pool_map(e.pool, &e.task, &e.item, nullptr, 1, nullptr)), true);
  add("map_async: items NULL", kNull, TP_EINVAL,
      CALL(tp_pool_map_async(e.pool, &e.task, nullptr, 1, nullptr, e.out())));
  for (const std::size_t n : {kTooMany, SIZE_MAX}) {
    add("map: n x size", kBad, TP_EOVERFLOW,
        CALL(tp_pool_map(e.pool, &e.task, &e.item, &e.value, n, nullptr)), true);
    add("map_async: n x size", kBad, TP_EOVERFLOW,
        CALL(tp_pool_map_async(e.pool, &e.task, &e.item, n, nullptr, e.out())));
    add("map_async: n x item_size", kBad, TP_EOVERFLOW, [n](Env& e) {
      tp_task_t task = e.task;
      task.value_size = 0;
      return tp_pool_map_async(e.pool, &task, &e.item, n, nullptr, e.out());
    });
    add("map_async: n x value_size", kBad, TP_EOVERFLOW, [n](Env& e) {
      tp_task_t task = e.task;
      task.item_size = 0;
      return tp_pool_map_async(e.pool, &task, nullptr, n, nullptr, e.out());
    });
  }
  for (const auto imap : {tp_pool_imap, tp_pool_imap_unordered}) {
    add("imap: source and result NULL", kNull, TP_EINVAL,
        CALL(imap(e.pool, &e.task, nullptr, nullptr, nullptr, nullptr)));
  }
}

inline void add_bad_reduces(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, int code, void (*spoil)(tp_reduce_t&),
                       bool no_value = false) {
    const auto call = [=](Env& e) {
      tp_reduce_t reduce{sizeof reduce, Env::add, Env::combine, nullptr, &e.item, sizeof(int)};
      spoil(reduce);
      return tp_pool_reduce(e.pool, &reduce, 1, nullptr, no_value ? nullptr : &e.value);
    };
    calls.emplace_back(what, why, code, call, true);
  };
  using R = tp_reduce_t&;
  add("reduce: reduce.combine NULL", kNull, TP_EINVAL, [](R reduce) { reduce.combine = nullptr; });
  add("reduce: reduce.identity NULL", kNull, TP_EINVAL,
      [](R reduce) { reduce.identity = nullptr; });
  add(
      "reduce: value NULL", kNull, TP_EINVAL, [](R) {}, true);
  add("reduce: reduce.size 0", kBad, TP_EINVAL, [](R reduce) { reduce.size = 0; });
  add("reduce: reduce.value_size", kBad, TP_EOVERFLOW,
      [](R reduce) { reduce.value_size = SIZE_MAX; });
  const auto newer = [](Env& e) {
    const Larger<tp_reduce_t> reduce(
        {sizeof(tp_reduce_t), Env::add, Env::combine, nullptr, &e.item, sizeof(int)}, 1);
    return tp_pool_reduce(e.pool, &reduce.base, 1, nullptr, &e.value);
  };
  calls.emplace_back("reduce: reduce too new", kBad, TP_EINVAL, newer, true);
}

inline void add_bad_pool_calls(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f));
  };
  add("close: NULL", kNoHandle, CALL(tp_pool_close(nullptr)));
  add("terminate: NULL", kNoHandle, CALL(tp_pool_terminate(nullptr)));
  add("join: NULL", kNoHandle, CALL(tp_pool_join(nullptr, 0)));
  add("join: NaN", kBad, CALL(tp_pool_join(e.pool, NAN)));
  add("wait_idle: NULL", kNoHandle, CALL(tp_pool_wait_idle(nullptr, 0)));
  add("run_callbacks: NULL", kNoHandle, CALL(tp_pool_run_callbacks(nullptr, 0, nullptr)));
  add("run_callbacks: without the flag", kBad, CALL(tp_pool_run_callbacks(e.pool, 0, nullptr)));
  add("run_callbacks: NaN", kBad, CALL(tp_pool_run_callbacks(e.pool, NAN, nullptr)));
  add("fd: NULL", kNull, CALL(tp_pool_fd(e.pool, nullptr)));
  add("fd: pool NULL", kNoHandle, [](Env&) {
    int fd = 0;
    const int status = tp_pool_fd(nullptr, &fd);
    return fd == -1 ? status : TP_OK;
  });
  add("fd: without the flag", kBad, [](Env& e) {
    int fd = 0;
    const int status = tp_pool_fd(e.pool, &fd);
    return fd == -1 ? status : TP_OK;
  });
  add("enter: NULL", kNoHandle, CALL(tp_worker_enter(nullptr, nullptr, 0, nullptr)));
  add("enter: a pool with threads", kBad, CALL(tp_worker_enter(e.pool, nullptr, 0, nullptr)));
  add("enter: NaN", kBad, CALL(tp_worker_enter(e.pool, nullptr, NAN, nullptr)));
  calls.emplace_back("destroy_within: NULL", kNoHandle, TP_EINVAL,
                     CALL(tp_pool_destroy_within(nullptr, 0)), true);
  calls.emplace_back("destroy_within: NaN", kBad, TP_EINVAL,
                     CALL(tp_pool_destroy_within(e.pool, NAN)), true);
  add("pause: NULL", kNoHandle, CALL(tp_pool_pause(nullptr)));
  add("resume: NULL", kNoHandle, CALL(tp_pool_resume(nullptr)));
  add("pool_cancel: NULL", kNoHandle, CALL(tp_pool_cancel(nullptr)));
  add("set_max_pending: NULL", kNoHandle, CALL(tp_pool_set_max_pending(nullptr, 1)));
  add("resize: NULL", kNoHandle, CALL(tp_pool_resize(nullptr, 1)));
  add("resize: 4097", kBad, CALL(tp_pool_resize(e.pool, 4097)));
  add("resize: SIZE_MAX", kBad, CALL(tp_pool_resize(e.pool, SIZE_MAX)));
  add("wait_idle: NaN", kBad, CALL(tp_pool_wait_idle(e.pool, NAN)));
  add("workers: NULL", kNoHandle, CALL(tp_pool_workers(nullptr, &e.size)));
  add("workers: out NULL", kNull, CALL(tp_pool_workers(e.pool, nullptr)));
  add("trace_start: NULL", kNoHandle, CALL(tp_pool_trace_start(nullptr, "/dev/null")));
  add("trace_start: path NULL", kNull, CALL(tp_pool_trace_start(e.pool, nullptr)));
  add("trace_start: no such folder", kBad,
      CALL(tp_pool_trace_start(e.pool, "/no/such/folder/file")));
  add("trace_stop: NULL", kNoHandle, CALL(tp_pool_trace_stop(nullptr)));
  add("stats: out NULL", kNull, CALL(tp_pool_stats(e.pool, nullptr)));
  add("stats: NULL", kNoHandle, [](Env&) {
    tp_pool_stats_t stats{};
    stats.size = sizeof(stats);
    return tp_pool_stats(nullptr, &stats);
  });
  add("stats: size 0", kBad, [](Env& e) {
    tp_pool_stats_t stats{};
    return tp_pool_stats(e.pool, &stats);
  });
  add("stats: too new", kBad, [](Env& e) {
    Larger<tp_pool_stats_t> stats(tp_pool_stats_t{}, 1);
    return tp_pool_stats(e.pool, &stats.base);
  });
}

inline void add_bad_result_calls(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f, bool notes = false) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f), notes);
  };
  add("ready: NULL", kNoHandle, CALL(tp_result_ready(nullptr)));
  add("successful: NULL", kNoHandle, CALL(tp_result_successful(nullptr)));
  add("wait: NULL", kNoHandle, CALL(tp_result_wait(nullptr, 0)));
  add("wait: NaN", kBad, CALL(tp_result_wait(e.map, NAN)));
  add("wait: NaN", kBad, CALL(tp_result_wait(e.stream, -NAN)));
  add("get: NULL", kNoHandle, CALL(tp_result_get(nullptr, 0, nullptr)));
  add("get: NaN", kBad, CALL(tp_result_get(e.map, NAN, nullptr)));
  add("get: stream", kBad, CALL(tp_result_get(e.stream, 0, nullptr)));
  add("next: NULL", kNoHandle, CALL(tp_result_next(nullptr, 0, &e.value)), true);
  add("next: NaN", kBad, CALL(tp_result_next(e.stream, NAN, &e.value)), true);
  add("next: no stream", kBad, CALL(tp_result_next(e.map, 0, &e.value)), true);
  add("cancel: NULL", kNoHandle, CALL(tp_result_cancel(nullptr)));
  add("progress: NULL", kNoHandle, CALL(tp_result_progress(nullptr, &e.size, &e.size)));
  add("item_status: NULL", kNoHandle, CALL(tp_result_item_status(nullptr, 0)));
  add("item_status: n", kBad, CALL(tp_result_item_status(e.map, 1)));
  add("item_status: SIZE_MAX", kBad, CALL(tp_result_item_status(e.map, SIZE_MAX)));
  add("item_status: stream", kBad, CALL(tp_result_item_status(e.stream, 0)));
  add("add_done_callback: NULL", kNoHandle,
      CALL(tp_result_add_done_callback(nullptr, Env::called, nullptr)));
  add("add_done_callback: fn NULL", kNull,
      CALL(tp_result_add_done_callback(e.map, nullptr, nullptr)));
  add("wait_all: NULL", kNoHandle, CALL(tp_wait_all(nullptr, 1, 0)));
  add("wait_any: NULL", kNoHandle, CALL(tp_wait_any(nullptr, 1, 0, &e.size)));
  add("wait_any: nothing", kNoHandle, [](Env& e) {
    tp_result_t* const results[] = {e.map};
    return tp_wait_any(results, 0, 0, &e.size);
  });
  add("wait_any: index NULL", kNull, CALL(e.wait_any({e.map}, 0, nullptr)));
  add("wait_any: one NULL", kNull, CALL(e.wait_any({e.map, nullptr}, 0, &e.size)));
  add("wait_all: one NULL", kNull, CALL(e.wait_all({e.map, nullptr}, 0)));
  add("wait_any: NaN", kBad, CALL(e.wait_any({e.map}, NAN, &e.size)));
  add("wait_all: NaN", kBad, CALL(e.wait_all({e.map}, NAN)));
}

inline void add_bad_pushes(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f));
  };
  add("cancel_pending: NULL", kNoHandle, CALL(tp_result_cancel_pending(nullptr)));
  add("push: NULL", kNoHandle, CALL(tp_result_push(nullptr, &e.item, 0)));
  add("push: not a stream", kBad, CALL(tp_result_push(e.map, &e.item, 0)));
  add("push: a stream with a source", kBad, CALL(tp_result_push(e.stream, &e.item, 0)));
  add("push_end: NULL", kNoHandle, CALL(tp_result_push_end(nullptr)));
  add("push_end: not a stream", kBad, CALL(tp_result_push_end(e.map)));
  add("push_end: a stream with a source", kBad, CALL(tp_result_push_end(e.stream)));
}

inline void add_bad_completed_calls(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f));
  };
  add("as_completed: NULL", kNoHandle, CALL(e.watch(nullptr, 1)));
  add("as_completed: one NULL", kNull, [](Env& e) {
    tp_result_t* results[] = {e.map, nullptr};
    return e.watch(results, 2);
  });
  add("as_completed: out NULL", kNull, [](Env& e) {
    tp_result_t* results[] = {e.map};
    return tp_as_completed(results, 1, nullptr);
  });
  add("completed_next: NULL", kNoHandle, CALL(tp_completed_next(nullptr, 0, &e.size)));
  add("completed_next: index NULL", kNull, CALL(tp_completed_next(e.completed, 0, nullptr)));
  add("completed_next: NaN", kBad, CALL(tp_completed_next(e.completed, NAN, &e.size)));
}

inline void add_bad_spawns(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, std::function<int(Env&)> f) {
    calls.emplace_back(what, kNoHandle, TP_EINVAL, std::move(f));
  };
  add("spawn: spawned NULL", CALL(tp_spawn(
                                 nullptr, [](void*) { return 0; }, nullptr)));
  add("spawn: fn NULL", [](Env&) {
    tp_spawn_t spawned{};
    return tp_spawn(&spawned, nullptr, nullptr);
  });
  add("sync: spawned NULL", CALL(tp_sync(nullptr)));
}

inline std::vector<BadCall> bad_calls() {
  std::vector<BadCall> calls;
  add_bad_submits(calls);
  add_bad_data(calls);
  add_bad_reduces(calls);
#ifdef TPOOL_FFI
  add_bad_typed_calls(calls);
#endif
  add_bad_pool_calls(calls);
  add_bad_result_calls(calls);
  add_bad_pushes(calls);
  add_bad_completed_calls(calls);
  add_bad_spawns(calls);
  add_bad_group_calls(calls);
  add_bad_futures(calls);
  return calls;
}

// The calls that answer without a status.
inline bool null_is_harmless() {
  tp_pool_destroy(nullptr);
  tp_result_release(nullptr);
  tp_completed_release(nullptr);
  tp_group_release(nullptr);
  tp_promise_release(nullptr);
  return tp_result_item_error(nullptr, 0) == nullptr && tp_result_retain(nullptr) == nullptr &&
         tp_result_error(nullptr) == nullptr && tp_error_status(nullptr) == TP_EINVAL &&
         tp_error_code(nullptr) == 0 && tp_error_index(nullptr) == 0 &&
         tp_error_payload(nullptr) == nullptr &&
         tp_error_message(nullptr) == std::string(tp_strerror(TP_EINVAL));
}

}  // namespace matrix
