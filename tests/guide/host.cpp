// SPDX-License-Identifier: MIT
// Guide: a pool without threads of its own in C++: a thread of the program is its worker for a while.
#include <numeric>
#include <thread>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int main() {
  std::vector<int> numbers(10);
  std::iota(numbers.begin(), numbers.end(), 0);
  tp::pool_options hosted;
  hosted.workers = 1;
  hosted.no_threads = true;
  tp::ThreadPool pool(hosted);

  std::thread::id here;
  std::thread server([&] {
    here = std::this_thread::get_id();
    pool.enter();  // returns when the pool has ended
  });
  int sum = 0;  // touched by that thread alone
  pool.for_each(numbers, [&](int number) {
    CHECK(std::this_thread::get_id() == here);
    sum += number;
  });
  pool.close();
  server.join();

  CHECK(sum == 45);
}
