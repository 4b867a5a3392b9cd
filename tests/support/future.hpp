// SPDX-License-Identifier: MIT
// Promises that are released, and the calls that make results of results.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "support/completed.hpp"
#include "support/pool.hpp"
#include "support/submit.hpp"

namespace support {

// A promise of an int, and its result.
class Promise {
 public:
  explicit Promise(tp_pool_t* pool) {
    tp_task_t shape{};
    shape.size = sizeof shape;
    shape.value_size = sizeof(int);
    make(pool, shape);
  }
  Promise(tp_pool_t* pool, const tp_task_t& shape) { make(pool, shape); }
  ~Promise() { release(); }

  Promise(Promise&& other) noexcept
      : result(std::move(other.result)), promise_(std::exchange(other.promise_, nullptr)) {}
  Promise& operator=(Promise&&) = delete;

  operator tp_promise_t*() const { return promise_; }

  int set(int value) const { return tp_promise_set(promise_, &value); }
  int fail(int code, const char* message) const {
    return tp_promise_fail(promise_, code, message, nullptr, nullptr);
  }
  void release() { tp_promise_release(std::exchange(promise_, nullptr)); }

  Result result;

 private:
  void make(tp_pool_t* pool, const tp_task_t& shape) {
    REQUIRE(tp_promise_create(pool, &shape, &promise_, result.out()) == TP_OK);
  }

  tp_promise_t* promise_ = nullptr;
};

// A continuation that reads an int of its source. Declare it before the pool.
struct Next : Task<tp_result_t*, int> {
  explicit Next(std::function<int(int)> f)
      : Task([f = std::move(f)](tp_result_t* const* source, int* value) {
          void* read = nullptr;
          const int status = tp_result_get(*source, 0, &read);
          return status == TP_OK ? (*value = f(read ? *static_cast<int*>(read) : 0), 0) : -status;
        }) {}
};
struct Increment : Next {
  Increment() : Next([](int n) { return n + 1; }) {}
};

[[nodiscard]] inline Result then(tp_result_t* source, const tp_task_t& task,
                                 Options options = nullptr) {
  Result result;
  REQUIRE(tp_result_then(source, &task, options, result.out()) == TP_OK);
  return result;
}

[[nodiscard]] inline Result when_all(const std::vector<tp_result_t*>& results) {
  Result all;
  REQUIRE(tp_when_all(results.data(), results.size(), all.out()) == TP_OK);
  return all;
}
[[nodiscard]] inline Result when_any(const std::vector<tp_result_t*>& results) {
  Result any;
  REQUIRE(tp_when_any(results.data(), results.size(), any.out()) == TP_OK);
  return any;
}

// A chain of so many continuations.
[[nodiscard]] inline Result chain(Result from, const tp_task_t& task, std::size_t n,
                                  Options options = nullptr) {
  for (std::size_t i = 0; i < n; ++i) {
    tp_result_t* const next = then(from, task, options).give_away();
    from.release();
    *from.out() = next;
  }
  return from;
}

inline int int_of(const Result& result) { return *result.values<int>(); }
inline std::size_t index_of(const Result& any) { return *any.values<std::size_t>(); }
inline const char* message_of(tp_result_t* result) {
  return tp_error_message(tp_result_error(result));
}

}  // namespace support
