// SPDX-License-Identifier: MIT
// W6 and the neighbour: items that cost real and known time.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "check.hpp"
#include "clock.hpp"
#include "loops.hpp"

namespace bench {

inline uint64_t spin(uint64_t rounds) {
  uint64_t x = rounds;
  for (uint64_t i = 0; i < rounds; ++i) x = x * 6364136223846793005u + 1;
  return x;
}

// Items that take so many rounds each, what they yielded and what they should have.
class Work {
 public:
  // Weights say how the cost of all items together is spread over them.
  Work(std::vector<double> weights, double total_ns) {
    const uint64_t probe = 1000000;
    volatile uint64_t sink = 0;
    const double round_ns = timed_each(9, std::chrono::microseconds(0), [&] {
                              sink = spin(probe);
                            }).value / static_cast<double>(probe);
    double sum = 0;
    for (double weight : weights) sum += weight;
    for (double weight : weights)
      rounds_.push_back(static_cast<uint64_t>(weight / sum * total_ns / round_ns) + 1);
    got_.resize(rounds_.size());
    serial_ns_ = std::min(run_serially(), run_serially());
    right_ = got_;
  }

  double serial_ns() const { return serial_ns_; }

  // Runs all items by run(n, body) and returns how long it took.
  template <class Run>
  Sample timed_by(Run run) {
    std::fill(got_.begin(), got_.end(), 0);
    Sample sample = timed(1, [&] { run(got_.size(), [this](size_t i) { item(i); }); });
    check(got_ == right_, "each item has its value");
    return sample;
  }

 private:
  void item(size_t i) { got_[i] = spin(rounds_[i]); }
  double run_serially() {
    return timed(1, [this] {
             for (size_t i = 0; i < got_.size(); ++i) item(i);
           }).value;
  }

  std::vector<uint64_t> rounds_, got_, right_;
  double serial_ns_;
};

// W6: 1e4 items of Pareto cost, the heavy ones first or all of them shuffled: the serial time by
// that of the loop on all of the workers.
template <class Library>
Sample skewed_loop(Library& library, size_t workers, bool sorted) {
  std::vector<double> weights;
  const double n = 10000, shape = 1.2;
  for (double i = 0.5; i < n; i += 1) weights.push_back(std::pow(i / n, -1 / shape));
  if (!sorted) std::shuffle(weights.begin(), weights.end(), std::minstd_rand(1));
  Work work(weights, 150e6);
  auto run = [&](size_t count, const auto& body) { loop_over(library, count, body); };
  work.timed_by(run);
  Sample sample = work.timed_by(run);
  const double cores = std::min<double>(static_cast<double>(workers),
                                        std::thread::hardware_concurrency());
  return {work.serial_ns() / cores / sample.value, sample.cpu_ns};
}

// Processes that keep each CPU busy while they may.
class Neighbour {
 public:
  Neighbour() {
    const pid_t parent = getpid();
    for (unsigned k = 0; k < std::thread::hardware_concurrency(); ++k) {
      pid_t child = fork();
      check(child >= 0, "the neighbour can be started");
      if (child == 0) keep_busy(parent);
      children_.push_back(child);
    }
    signal_all(SIGSTOP);
  }
  ~Neighbour() {
    signal_all(SIGKILL);
    for (pid_t child : children_) waitpid(child, nullptr, 0);
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  // Returns body() with the neighbour at work.
  template <class Body>
  double beside(Body body) {
    signal_all(SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const double result = body();
    signal_all(SIGSTOP);
    return result;
  }

 private:
  void signal_all(int number) {
    for (pid_t child : children_) kill(child, number);
  }
  [[noreturn]] static void keep_busy(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    volatile bool orphan = getppid() != parent;
    while (!orphan) {
    }
    _exit(0);
  }

  std::vector<pid_t> children_;
};

// Items of 15 us beside a busy neighbour: how many times longer they take than without it.
template <class Run>
Sample beside_neighbour(Run run) {
  Work work(std::vector<double>(13000, 1.0), 200e6);
  Neighbour neighbour;
  auto wall = [&] { return work.timed_by(run).value; };
  std::vector<double> ratios;
  wall();
  const double cpu = cpu_now_ns();
  for (int k = 0; k < 3; ++k) {
    const double alone = wall();
    ratios.push_back(neighbour.beside(wall) / alone);
  }
  return {median(ratios), (cpu_now_ns() - cpu) / 6};
}

}  // namespace bench
