// SPDX-License-Identifier: MIT
// Owners of pools and results, so that a failed test leaves nothing behind.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "support/catch.hpp"
#include "support/gate.hpp"

namespace support {

constexpr double kLong = 60.0;   // a wait that must not end by time
constexpr double kShort = 0.01;  // a wait that has to time out

// Runs the test case once for each of the numbers of workers that every promise has to hold for.
inline std::size_t worker_counts() { return GENERATE(as<std::size_t>{}, 1, 2, 4, 8, 64); }

inline tp_pool_options_t pool_options(std::size_t workers, std::uint32_t flags = 0) {
  tp_pool_options_t options{};
  options.size = sizeof(options);
  options.workers = workers;
  options.flags = flags;
  return options;
}

// Options of a pool whose hooks are functions, of which drop is called with arg_drop. Declare them before the pool.
struct PoolHooks : tp_pool_options_t {
  PoolHooks(const tp_pool_options_t& options, std::function<int()> begin,
            std::function<void()> end = nullptr, std::function<void()> drop = nullptr)
      : tp_pool_options_t(options),
        begin_(std::move(begin)),
        end_(std::move(end)),
        drop_(std::move(drop)) {
    arg = this;
    if (begin_) initializer = [](void* self) { return static_cast<PoolHooks*>(self)->begin_(); };
    if (end_) finalizer = [](void* self) { static_cast<PoolHooks*>(self)->end_(); };
    if (drop_) arg_drop = [](void* self) { static_cast<PoolHooks*>(self)->drop_(); };
  }
  PoolHooks(const PoolHooks&) = delete;
  PoolHooks& operator=(const PoolHooks&) = delete;

 private:
  std::function<int()> begin_;
  std::function<void()> end_, drop_;
};

// The end of a pool that somebody else destroys: from then on nothing runs that was given to it.
class Gone {
 public:
  void watch(tp_pool_options_t& options) {
    options.arg = this;
    options.arg_drop = [](void* self) { static_cast<Gone*>(self)->gone_.arrive(); };
  }
  void wait() { gone_.wait(1); }

 private:
  Arrivals gone_;
};

inline tp_pool_stats_t stats_of(const tp_pool_t* pool) {
  tp_pool_stats_t stats{};
  stats.size = sizeof(stats);
  REQUIRE(tp_pool_stats(pool, &stats) == TP_OK);
  return stats;
}

// How often workers have gone to sleep. For any thread: only that of the test may assert.
inline std::uint64_t parks_of(const tp_pool_t* pool) {
  tp_pool_stats_t stats{};
  stats.size = sizeof stats;
  tp_pool_stats(pool, &stats);
  return stats.parks;
}

class Pool {
 public:
  explicit Pool(std::size_t workers) : Pool(pool_options(workers)) {}

  explicit Pool(const tp_pool_options_t& options) {
    REQUIRE(tp_pool_create(&options, &pool_) == TP_OK);
    REQUIRE(pool_ != nullptr);
  }

  ~Pool() {
    if (std::uncaught_exceptions() > 0) Gate::open_all();
    tp_pool_destroy(pool_);
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  operator tp_pool_t*() const { return pool_; }

  // close + join: everything that was accepted has run.
  void finish() {
    REQUIRE(tp_pool_close(pool_) == TP_OK);
    REQUIRE(tp_pool_join(pool_, kLong) == TP_OK);
  }

  // Destroys the pool before the end of the scope, or gives it away.
  void destroy() { tp_pool_destroy(give_away()); }

  tp_pool_t* give_away() {
    tp_pool_t* pool = pool_;
    pool_ = nullptr;
    return pool;
  }

 private:
  tp_pool_t* pool_ = nullptr;
};

class Result {
 public:
  Result() = default;
  explicit Result(tp_result_t* owned) : result_(owned) {}
  ~Result() { tp_result_release(result_); }

  Result(Result&& other) noexcept : result_(other.give_away()) {}
  Result& operator=(Result&&) = delete;

  operator tp_result_t*() const { return result_; }

  // Where a submit puts the handle.
  tp_result_t** out() {
    release();
    return &result_;
  }

  void release() { tp_result_release(give_away()); }

  tp_result_t* give_away() {
    tp_result_t* result = result_;
    result_ = nullptr;
    return result;
  }

  int wait() const { return tp_result_wait(result_, kLong); }
  int get() const { return tp_result_get(result_, kLong, nullptr); }

  // The values of a job that has to succeed.
  template <class Value>
  Value* values() const {
    void* values = nullptr;
    REQUIRE(tp_result_get(result_, kLong, &values) == TP_OK);
    return static_cast<Value*>(values);
  }

 private:
  tp_result_t* result_ = nullptr;
};

}  // namespace support
