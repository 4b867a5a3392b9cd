// SPDX-License-Identifier: MIT
// W9: what a pool costs that has nothing to do: idle, just after its last task, made and ended.
#pragma once

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "clock.hpp"

namespace bench {

// The threads of this process but the calling one.
class Others {
 public:
  Others() {
    const std::string self = std::to_string(gettid());
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      if (task.path().filename() != self) ids_.push_back(task.path().filename());
  }

  // How often they have gone to sleep.
  double sleeps() const {
    double sleeps = 0;
    const std::string key = "voluntary_ctxt_switches:";
    for (const std::string& id : ids_) {
      std::ifstream status("/proc/self/task/" + id + "/status");
      for (std::string word; status >> word;)
        if (word == key && status >> word) sleeps += std::strtod(word.c_str(), nullptr);
    }
    return sleeps;
  }

  double cpu_ns() const {
    double sum = 0;
    for (const std::string& id : ids_) {
      const auto tid = static_cast<clockid_t>(std::strtol(id.c_str(), nullptr, 10));
      sum += now_ns(~tid * 8 + 6);  // the kernel's number for the CPU clock of a thread
    }
    return sum;
  }

 private:
  std::vector<std::string> ids_;
};

// How often the pool's threads wake in the 2 s that follow 0.1 s after the last task, and what CPU
// time they take.
template <class Busy>
Sample idle(Busy busy) {
  busy();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Others others;
  const double sleeps = others.sleeps(), cpu = others.cpu_ns();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return {others.sleeps() - sleeps, others.cpu_ns() - cpu};
}

// Wakes within a few microseconds of a moment of now_ns().
inline void sleep_until(double moment) {
  prctl(PR_SET_TIMERSLACK, 1);
  const auto ns = static_cast<long long>(moment);
  const timespec at{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

// The CPU time that the pool's threads take in the 10 ms from 50 us after the last task's end on.
// busy() runs tasks and returns when the last of them ended.
template <class Busy>
Sample quiet(Busy busy) {
  busy();
  const Others others;
  std::vector<double> used;
  for (int k = 0; k < 21; ++k) {
    sleep_until(busy() + 50e3);  // asleep, so that no thread of the pool waits for this one's CPU
    const double cpu = others.cpu_ns();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    used.push_back(others.cpu_ns() - cpu);
  }
  return {median(used), median(used)};
}

// The time from making a library's threads to having ended them.
template <class MakeAndEnd>
Sample make_and_end(MakeAndEnd make_and_end) {
  return timed_each(200, std::chrono::microseconds(0), make_and_end);
}

}  // namespace bench
