// SPDX-License-Identifier: MIT
// Forces an order between threads without sleeping; a wait of 60 s ends the test program loudly.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace support {

constexpr std::chrono::seconds kEmergency{60};

[[noreturn]] inline void give_up(const char* what) {
  std::fprintf(stderr, "test: still waiting for %s after 60 s\n", what);
  std::abort();
}

// How many have come; wait(n) returns when n have.
class Arrivals {
 public:
  void arrive() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  void wait(int n) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!changed_.wait_for(lock, kEmergency, [&] { return count_ >= n; })) give_up("arrivals");
  }

  int count() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// Closed until open(), and tells how many threads have come to it. Declare it before the pool whose tasks wait at it.
class Gate {
 public:
  Gate() {
    std::lock_guard<std::mutex> lock(registry().mutex);
    registry().gates.push_back(this);
  }

  ~Gate() {
    std::lock_guard<std::mutex> lock(registry().mutex);
    auto& gates = registry().gates;
    gates.erase(std::find(gates.begin(), gates.end(), this));
  }

  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void wait() {
    come_.arrive();
    opened_.wait(1);
  }
  void open() { opened_.arrive(); }

  // Waits until so many threads have come to the gate.
  void await(int n) { come_.wait(n); }
  int count() const { return come_.count(); }

  // A failed test lets every task go, so that its pool can be destroyed.
  static void open_all() {
    std::lock_guard<std::mutex> lock(registry().mutex);
    for (Gate* gate : registry().gates) gate->open();
  }

 private:
  struct Registry {
    std::mutex mutex;
    std::vector<Gate*> gates;
  };

  static Registry& registry() {
    static Registry instance;
    return instance;
  }

  Arrivals come_, opened_;
};

// Waits for what no library call announces; the condition is read again and again.
template <class Condition>
void await(const char* what, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kEmergency;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) give_up(what);
    std::this_thread::yield();
  }
}

}  // namespace support
