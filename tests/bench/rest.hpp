// SPDX-License-Identifier: MIT
// W9: what a pool costs that has nothing to do: idle, just after its last task, made and ended.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "clock.hpp"

namespace bench {

// How often the threads of this process but the calling one have gone to sleep.
inline double sleeps_of_others() {
  double sleeps = 0;
  const std::string self = std::to_string(gettid()), key = "voluntary_ctxt_switches:";
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == self) continue;
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;)
      if (word == key && status >> word) sleeps += std::strtod(word.c_str(), nullptr);
  }
  return sleeps;
}

inline double cpu_of_others() { return cpu_now_ns() - now_ns(CLOCK_THREAD_CPUTIME_ID); }

// How often the pool's threads wake in the 2 s that follow 0.1 s after the last task, and what CPU
// time they take.
template <class Busy>
Sample idle(Busy busy) {
  busy();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double sleeps = sleeps_of_others(), cpu = cpu_of_others();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return {sleeps_of_others() - sleeps, cpu_of_others() - cpu};
}

// The CPU time that the pool's threads take in the 10 ms from 50 us after the last task's end on.
// busy() runs tasks and returns when the last of them ended.
template <class Busy>
Sample quiet(Busy busy) {
  std::vector<double> used;
  for (int k = 0; k < 21; ++k) {
    const double end = busy();
    while (now_ns() < end + 50e3) {
    }
    const double cpu = cpu_of_others();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    used.push_back(cpu_of_others() - cpu);
  }
  return {median(used), median(used)};
}

// The time from making a library's threads to having ended them.
template <class MakeAndEnd>
Sample make_and_end(MakeAndEnd make_and_end) {
  return timed_each(200, std::chrono::microseconds(0), make_and_end);
}

}  // namespace bench
