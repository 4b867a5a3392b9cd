// SPDX-License-Identifier: MIT
// Pattern: imap_unordered, and only the first result matters: the end of the pool ends the rest.
// Tasks that have not started never do; those that run see that they should stop.
#include "check.h"
#include "range.h"

#include <atomic>
#include <tpool/tpool.hpp>

constexpr int n_workers = 4;
constexpr int fast_one = 2;

int main() {
  std::atomic<int> n_started{0};
  // Ten ways to the result: one of the first four is short, the others would take ten seconds.
  auto task = [&](int number) {
    const int tenths = number == fast_one ? 1 : 100;
    ++n_started;
    for (int i = 0; i < tenths && !tp::this_task::stop_requested(); ++i) sleep_tenths(1);
    return number;
  };

  const double start = now_tenths();
  {
    tp::ThreadPool pool(n_workers);
    auto it = pool.imap_unordered(task, range(10));
    const int first = it.next().value();
    std::printf(">got %d\n", first);
    CHECK(first == fast_one);
  }
  CHECK(now_tenths() - start < 50);
  CHECK(n_started <= n_workers + 1);
}
