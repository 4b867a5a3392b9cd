// SPDX-License-Identifier: MIT
// The library's functions by their names, and what the cases make of them.
#pragma once

#include <tpool/tpool.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "host.hpp"
#include "support/catch.hpp"

namespace foreign {

#define FOREIGN(name) inline const host::Function<decltype(tp_##name)> name("tp_" #name)
FOREIGN(version);
FOREIGN(strerror);
FOREIGN(last_error);
FOREIGN(error_message);
FOREIGN(error_index);
FOREIGN(pool_create);
FOREIGN(pool_close);
FOREIGN(pool_terminate);
FOREIGN(pool_join);
FOREIGN(pool_destroy);
FOREIGN(pool_map);
FOREIGN(pool_apply_async);
FOREIGN(pool_imap);
FOREIGN(pool_starmap);
FOREIGN(pool_run_callbacks);
FOREIGN(pool_fd);
FOREIGN(result_get);
FOREIGN(result_next);
FOREIGN(result_release);
FOREIGN(call_create);
FOREIGN(call_release);
FOREIGN(task_set_error);
FOREIGN(task_confirm);
FOREIGN(worker_enter);
#undef FOREIGN

using TaskClosure = host::Closure<int(void*, const void*, void*)>;

inline std::string message() { return error_message(last_error()); }

template <class Handle, void Release(Handle*)>
struct Releaser {
  void operator()(Handle* handle) const { Release(handle); }
};

inline void destroy(tp_pool_t* pool) { pool_destroy(pool); }
inline void release(tp_result_t* result) { result_release(result); }
inline void release_call(tp_call_t* call) { call_release(call); }
using Pool = std::unique_ptr<tp_pool_t, Releaser<tp_pool_t, destroy>>;
using Result = std::unique_ptr<tp_result_t, Releaser<tp_result_t, release>>;
using Call = std::unique_ptr<tp_call_t, Releaser<tp_call_t, release_call>>;

inline Pool make_pool(tp_pool_options_t options = {}) {
  options.size = sizeof options;
  if (options.workers == 0) options.workers = 2;
  tp_pool_t* pool = nullptr;
  REQUIRE(pool_create(&options, &pool) == TP_OK);
  return Pool(pool);
}

inline tp_pool_options_t with(uint32_t flags) {
  tp_pool_options_t options = {};
  options.flags = flags;
  return options;
}

inline tp_task_t make_task(tp_task_fn fn, uint32_t flags = 0) {
  tp_task_t task = TP_TASK(fn, nullptr, int, int);
  task.flags = flags;
  return task;
}

inline int square(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  *static_cast<int*>(value) = x * x;
  return 0;
}

struct Numbers {
  explicit Numbers(std::size_t n) : items(n), values(n) {
    std::iota(items.begin(), items.end(), 0);
    for (int x : items) squares.push_back(x * x);
  }

  int map(const Pool& pool, const tp_task_t& task) {
    return pool_map(pool.get(), &task, items.data(), values.data(), items.size(), nullptr);
  }

  std::vector<int> items, values, squares;
};

inline Result apply(const Pool& pool, const tp_task_t& task, int item,
                    const tp_job_options_t* options = nullptr) {
  tp_result_t* result = nullptr;
  REQUIRE(pool_apply_async(pool.get(), &task, &item, options, &result) == TP_OK);
  return Result(result);
}

}  // namespace foreign
