// SPDX-License-Identifier: MIT
// Submits that have to be accepted, and own the handle. On the test's own thread, as they assert.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>

#include "support/catch.hpp"
#include "support/pool.hpp"

namespace support {

using Options = const tp_job_options_t*;

// A task without an item.
[[nodiscard]] inline Result apply_async(tp_pool_t* pool, const tp_task_t& task,
                                        Options job = nullptr) {
  Result result;
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, job, result.out()) == TP_OK);
  return result;
}

// So many tasks that nobody asks for.
template <class Count>
void apply_times(tp_pool_t* pool, const tp_task_t& task, Count n) {
  for (Count i = 0; i < n; ++i)
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) == TP_OK);
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

// By tp_pool_imap or tp_pool_imap_unordered.
template <class Source>
[[nodiscard]] Result imap(tp_pool_t* pool, const tp_task_t& task, Source& source,
                          Options job = nullptr, decltype(&tp_pool_imap) submit = tp_pool_imap) {
  Result stream;
  REQUIRE(submit(pool, &task, Source::pull, &source, job, stream.out()) == TP_OK);
  return stream;
}

}  // namespace support
