// SPDX-License-Identifier: MIT
// Does not compile: the compiler says why, and a test looks for the sentence.
#include <tpool/tpool.hpp>

#include <memory>
#include <vector>

void forget(tp::ThreadPool& pool, std::vector<std::unique_ptr<int>>& range) {
  pool.map_async([](const std::unique_ptr<int>& n) { return *n; }, range);
}
