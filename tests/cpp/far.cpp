// SPDX-License-Identifier: MIT
// The inside of the shared library.
#include "far.hpp"

#include <tpool/coroutine.hpp>

namespace far {

tp::Future<int> next(tp::ThreadPool& pool, int n) {
  return pool.apply_async([n] { return n; }).then([](int m) { return m + 1; });
}

#if defined(__cpp_lib_coroutine)
tp::Future<int> next_behind(support::Gate& gate, tp::ThreadPool& pool, int n) {
  co_await tp::schedule(pool);
  gate.wait();
  co_return n + 1;
}
#endif

}  // namespace far
