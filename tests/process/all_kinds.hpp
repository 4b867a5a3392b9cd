// SPDX-License-Identifier: MIT
// Calls of all kinds, for a process in which nothing may be asserted.
#pragma once

#include "support/test.hpp"

// Also those that take what is shared by the whole process. Returns the line that failed, or 0.
inline int call_all_kinds(tp_pool_t* pool) {
  using namespace support;
  Odd odd;
  const std::vector<int> items = range(50);
  int values[50];
  if (tp_pool_map(pool, &odd, items.data(), values, 50, nullptr) != TP_OK) return __LINE__;
  if (values[49] != 99) return __LINE__;
  Numbers source(50);
  Result stream;
  if (tp_pool_imap(pool, &odd, Numbers::pull, &source, nullptr, stream.out()) != TP_OK)
    return __LINE__;
  for (int i = 0; i < 50; ++i)
    if (tp_result_next(stream, kLong, values) != TP_OK) return __LINE__;
  if (tp_result_next(stream, kLong, values) != TP_END) return __LINE__;
  Listening late;
  late.deadline = 1000;
  std::vector<Result> results(8);
  for (Result& result : results)
    if (tp_pool_apply_async(pool, &odd, items.data(), &late, result.out()) != TP_OK)
      return __LINE__;
  if (Completed(handles(results)).rest().size() != 8) return __LINE__;
  if (tp_pool_apply_async(pool, &odd, items.data(), nullptr, nullptr) != TP_OK) return __LINE__;
  // a task that waits for another, so that the wait is seen
  Step nested([&] {
    int value = 0;
    Result result;
    if (tp_pool_apply_async(pool, &odd, items.data(), nullptr, result.out()) != TP_OK) return;
    result.wait();
    tp_pool_apply(pool, &odd, items.data(), &value);
  });
  if (tp_pool_apply(pool, &nested, nullptr, nullptr) != TP_OK) return __LINE__;
  return tp_pool_wait_idle(pool, kLong) == TP_OK ? 0 : __LINE__;
}
