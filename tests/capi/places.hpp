// SPDX-License-Identifier: MIT
// Every place in which the library runs user code, as a function that runs a probe there once.
#ifndef TPOOL_TESTS_CAPI_PLACES_HPP
#define TPOOL_TESTS_CAPI_PLACES_HPP

#include <tpool/tpool.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "support/pool.hpp"
#include "support/task.hpp"

namespace matrix {

using Probe = std::function<void()>;

struct Place {
  std::string name;
  std::function<void(const Probe&)> visit;
  bool sets_error;    // tp_task_set_error works there
  bool pool_is_open;  // submits are accepted there
};

// The initializer and the finalizer of one of two workers; the other one is there to run tasks.
inline void in_worker_hook(const Probe& probe, bool at_start) {
  struct Context {
    const Probe& probe;
    std::atomic<int> visits{0};
    static void visit(void* arg) {
      auto* self = static_cast<Context*>(arg);
      if (self->visits++ == 0) self->probe();
    }
  } context{probe};
  tp_pool_options_t options = support::pool_options(2);
  options.arg = &context;
  if (at_start) options.initializer = [](void* arg) { return Context::visit(arg), 0; };
  if (!at_start) options.finalizer = Context::visit;
  support::Pool pool(options);
  pool.finish();
}

// A hook, or the callback, of an apply job that nobody waits for.
inline void in_job_hook(const Probe& probe,
                        std::function<void(tp_task_t&, tp_job_options_t&)> set) {
  static const Probe* current;
  current = &probe;
  support::Odd odd;
  tp_task_t task = odd;
  tp_job_options_t job{};
  job.size = sizeof(job);
  set(task, job);
  if (task.item_drop != nullptr) task.item_drop = [](void*) { (*current)(); };
  if (task.value_drop != nullptr) task.value_drop = [](void*) { (*current)(); };
  if (task.ctx_drop != nullptr) task.ctx_drop = [](void*) { (*current)(); };
  if (job.callback != nullptr) job.callback = [](void*, tp_result_t*) { (*current)(); };
  support::Pool pool(2);
  const int item = 0;
  REQUIRE(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, support::kLong) == TP_OK);
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
  const auto none = [](void*) {};
  const auto hook = [](std::function<void(tp_task_t&, tp_job_options_t&)> set) {
    return [set](const Probe& probe) { in_job_hook(probe, set); };
  };
  return {
      {"task", in_task, true, true},
      {"source", in_source, true, true},
      {"callback",
       hook([](tp_task_t&, tp_job_options_t& job) { job.callback = [](void*, tp_result_t*) {}; }),
       true, true},
      {"item_drop", hook([=](tp_task_t& task, tp_job_options_t&) { task.item_drop = none; }), false,
       true},
      {"value_drop", hook([=](tp_task_t& task, tp_job_options_t&) { task.value_drop = none; }),
       false, true},
      {"ctx_drop", hook([=](tp_task_t& task, tp_job_options_t&) { task.ctx_drop = none; }), false,
       true},
      {"initializer", [](const Probe& probe) { in_worker_hook(probe, true); }, true, true},
      {"finalizer", [](const Probe& probe) { in_worker_hook(probe, false); }, false, false},
  };
}

}  // namespace matrix

#endif
