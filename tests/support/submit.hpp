// SPDX-License-Identifier: MIT
// Submits that have to be accepted, and own the handle. On the test's own thread, as they assert.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

namespace support {

using Options = const tp_job_options_t*;

// A task without an item.
[[nodiscard]] inline Result apply_async(tp_pool_t* pool, const tp_task_t& task,
                                        Options job = nullptr) {
  Result result;
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, job, result.out()) == TP_OK);
  return result;
}

// A task that nobody asks for; so many of them; one with an item.
inline void forget(tp_pool_t* pool, const tp_task_t& task, Options job = nullptr) {
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, job, nullptr) == TP_OK);
}
template <class Count>
void apply_times(tp_pool_t* pool, const tp_task_t& task, Count n, Options job = nullptr) {
  for (Count i = 0; i < n; ++i) forget(pool, task, job);
}
template <class Item>
void forget_item(tp_pool_t* pool, const tp_task_t& task, const Item& item, Options job = nullptr) {
  REQUIRE(tp_pool_apply_async(pool, &task, &item, job, nullptr) == TP_OK);
}

// So many tasks, and the handles of all.
[[nodiscard]] inline std::vector<Result> apply_each(tp_pool_t* pool, const tp_task_t& task,
                                                    std::size_t n, Options job = nullptr) {
  std::vector<Result> results;
  for (std::size_t i = 0; i < n; ++i) results.push_back(apply_async(pool, task, job));
  return results;
}

// Runs f on each of so many workers. They meet, so that none runs it twice.
inline void on_each_worker(tp_pool_t* pool, std::size_t workers, const std::function<void()>& f) {
  Arrivals arrived;
  Step task([&] {
    f();
    arrived.arrive();
    arrived.wait(static_cast<int>(workers));
  });
  for (const Result& result : apply_each(pool, task, workers)) REQUIRE(result.get() == TP_OK);
}

template <class Item>
[[nodiscard]] Result apply_item(tp_pool_t* pool, const tp_task_t& task, const Item& item,
                                Options job = nullptr) {
  Result result;
  REQUIRE(tp_pool_apply_async(pool, &task, &item, job, result.out()) == TP_OK);
  return result;
}

[[nodiscard]] inline Result map_async(tp_pool_t* pool, const tp_task_t& task, const void* items,
                                      std::size_t n, Options job = nullptr) {
  Result result;
  REQUIRE(tp_pool_map_async(pool, &task, items, n, job, result.out()) == TP_OK);
  return result;
}

[[nodiscard]] inline Result for_async(tp_pool_t* pool, tp_range_fn body, void* ctx, std::size_t n,
                                      Options job = nullptr) {
  Result result;
  REQUIRE(tp_pool_for_async(pool, body, ctx, n, job, result.out()) == TP_OK);
  return result;
}

// All values of a stream, in which nothing may fail.
inline std::vector<int> values_of(tp_result_t* stream) {
  std::vector<int> values;
  int value = 0, status = TP_OK;
  while ((status = tp_result_next(stream, kLong, &value)) == TP_OK) values.push_back(value);
  REQUIRE(status == TP_END);
  return values;
}

// By tp_pool_imap or tp_pool_imap_unordered.
template <class Source>
[[nodiscard]] Result imap(tp_pool_t* pool, const tp_task_t& task, Source& source,
                          Options job = nullptr, decltype(&tp_pool_imap) submit = tp_pool_imap) {
  Result stream;
  REQUIRE(submit(pool, &task, Source::pull, &source, job, stream.out()) == TP_OK);
  return stream;
}

}  // namespace support
