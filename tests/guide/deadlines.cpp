// SPDX-License-Identifier: MIT
// Guide: deadlines, kept errors and stop tokens in C++.
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <tpool/keep_errors.hpp>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

void work_on() {
  while (!tp::this_task::stop_requested()) sleep_tenths(0.01);
}

bool show_deadline(tp::ThreadPool& pool) {
  tp::options<> how;
  how.deadline = 50ms;
  auto result = pool.apply_async(how, work_on);
  try {
    result.get();
  } catch (const tp::TimeoutError&) {
    return result.ready();  // the job's deadline; of a wait that timed out it would be false
  }
  return false;
}

int half(int x) {
  if (x % 2 != 0) throw std::invalid_argument("an odd number");
  return x / 2;
}

void show_kept_errors(tp::ThreadPool& pool) {
  int sum = 0, failures = 0;
  for (const auto& outcome : pool.map(tp::keep_errors, half, std::vector{4, 7, 6, 9})) {
    if (outcome) {
      sum += outcome.value();
    } else {
      ++failures;  // outcome.error() is the exception
    }
  }

  CHECK(sum == 5 && failures == 2);
}

int main() {
  tp::ThreadPool pool;
  CHECK(show_deadline(pool));
  show_kept_errors(pool);
}
