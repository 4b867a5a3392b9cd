// SPDX-License-Identifier: MIT
// Every place in which the library runs user code, as a function that runs a probe there once.
#pragma once

#include "support/test.hpp"

namespace matrix {

using Probe = std::function<void()>;

struct Place {
  std::string name;
  std::function<void(const Probe&)> visit;
  bool sets_error;    // tp_task_set_error works there
  bool pool_is_open;  // submits are accepted there
};

// A done callback, of a job that waits until it is added.
inline void in_done_callback(const Probe& probe) {
  support::Gate added;
  support::Step task([&] { added.wait(); });
  support::Done done([&](tp_result_t*) { probe(); });
  support::Pool pool(2);
  support::Result result = apply_async(pool, task);
  done.listen(result);
  added.open();
  REQUIRE(tp_pool_wait_idle(pool, support::kLong) == TP_OK);
  pool.finish();
}

// The initializer and the finalizer of one of two workers; the other one is there to run tasks.
inline void in_worker_hook(const Probe& probe, bool at_start) {
  struct Context {
    const Probe& probe;
    std::atomic<int> visits{0};
    support::Arrivals visited{};
    static void visit(void* arg) {
      auto* self = static_cast<Context*>(arg);
      if (self->visits++ != 0) return;
      self->probe();
      self->visited.arrive();
    }
  } context{probe};
  tp_pool_options_t options = support::pool_options(2);
  options.arg = &context;
  if (at_start) options.initializer = [](void* arg) { return Context::visit(arg), 0; };
  if (!at_start) options.finalizer = Context::visit;
  support::Pool pool(options);
  if (at_start) context.visited.wait(1);
  pool.finish();
}

// What the hooks below run; there is one visit at a time.
inline std::function<void()>& visit() {
  static std::function<void()> function;
  return function;
}

inline void visit_in_hook(void*) { visit()(); }
inline void visit_in_callback(void*, tp_result_t*) { visit()(); }

// A hook, or the callback, of an apply job that nobody waits for.
inline void in_job_hook(const Probe& probe, void (*set)(tp_task_t&, tp_job_options_t&)) {
  support::Arrivals visited;
  visit() = [&] {
    probe();
    visited.arrive();
  };
  support::Odd odd;
  tp_task_t task = odd;
  tp_job_options_t job{};
  job.size = sizeof(job);
  set(task, job);
  support::Pool pool(2);
  const int item = 0;
  REQUIRE(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_OK);
  visited.wait(1);
  pool.finish();
}

inline void in_task(const Probe& probe) {
  support::Step task(probe);
  support::Pool pool(2);
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}

inline void in_source(const Probe& probe) {
  support::Source<int> source([&](int*) { return probe(), 0; });
  support::Odd odd;
  support::Pool pool(2);
  support::Result stream;
  REQUIRE(tp_pool_imap(pool, &odd, source.pull, &source, nullptr, stream.out()) == TP_OK);
  REQUIRE(stream.wait() == TP_OK);
}

inline std::vector<Place> places() {
  using Task = tp_task_t&;
  using Job = tp_job_options_t&;
  const auto hook = [](void (*set)(Task, Job)) {
    return [set](const Probe& probe) { in_job_hook(probe, set); };
  };
  return {
      {"task", in_task, true, true},
      {"source", in_source, true, true},
      {"callback", hook([](Task, Job job) { job.callback = visit_in_callback; }), true, true},
      {"error_callback", hook([](Task task, Job job) {
         task.fn = [](void*, const void*, void*) { return 1; };
         job.error_callback = visit_in_callback;
       }),
       true, true},
      {"item_drop", hook([](Task task, Job) { task.item_drop = visit_in_hook; }), false, true},
      {"value_drop", hook([](Task task, Job) { task.value_drop = visit_in_hook; }), false, true},
      {"ctx_drop", hook([](Task task, Job) { task.ctx_drop = visit_in_hook; }), false, true},
      {"done callback", in_done_callback, false, true},
      {"initializer", [](const Probe& probe) { in_worker_hook(probe, true); }, true, true},
      {"finalizer", [](const Probe& probe) { in_worker_hook(probe, false); }, false, false},
  };
}

}  // namespace matrix
