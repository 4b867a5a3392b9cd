// SPDX-License-Identifier: MIT
// Guide: a std::stop_token that cancels a job; C++20.
#include <tpool/stop_token.hpp>
#include <tpool/tpool.hpp>

#include "check.h"

#if defined(__cpp_lib_jthread)

int main() {
  tp::ThreadPool pool;
  std::stop_source source;

  auto result = pool.apply_async([] {
    while (!tp::this_task::stop_requested()) sleep_tenths(0.01);
  });
  auto guard = tp::cancel_on(source.get_token(), result);
  source.request_stop();  // on any thread
  result.wait();

  CHECK(result.ready());
}

#else

int main() {}

#endif
