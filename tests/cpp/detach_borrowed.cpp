// SPDX-License-Identifier: MIT
// Does not compile: the compiler says why, and a test looks for the sentence.
#include <tpool/tpool.hpp>

#include <vector>

void detach(tp::ThreadPool& pool, std::vector<int>& range) {
  pool.imap([](int n) { return n; }, range).detach();
}
