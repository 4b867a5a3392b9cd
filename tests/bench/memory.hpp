// SPDX-License-Identifier: MIT
// W9: what queued tasks take of memory, and what is given back.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "check.hpp"
#include "clock.hpp"
#include "tasks.hpp"

namespace bench {

inline double resident_bytes() {
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  check(file && std::fscanf(file, "%*s %ld", &pages) == 1, "/proc tells the resident memory");
  std::fclose(file);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Keeps all workers of a library inside a task until it is opened.
template <class Library>
class Gate {
 public:
  Gate(Library& library, size_t workers) : workers_(static_cast<uint32_t>(workers)) {
    for (size_t i = 0; i < workers; ++i) library.template submit<hold>(this);
    for (uint32_t seen = 0; (seen = arrived_) < workers_;) arrived_.wait(seen);
  }
  void open() {
    open_ = 1;
    open_.notify_all();
  }

 private:
  static void hold(void* self) {
    auto* gate = static_cast<Gate*>(self);
    ++gate->arrived_;
    gate->arrived_.notify_one();
    gate->open_.wait(0);
  }

  const uint32_t workers_;
  std::atomic<uint32_t> arrived_{0}, open_{0};
};

inline double grown_per(double before, size_t n) {
  return (resident_bytes() - before) / static_cast<double>(n);
}

inline double resident_bytes_at_rest() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return resident_bytes();
}

struct Queued {
  double bytes_per_task, kept;  // kept: the resident memory after by that before
};

// Queues n tasks while no worker can take one, then lets them run.
template <class Library>
Queued queued(Library& library, size_t n, size_t workers) {
  std::atomic<size_t> runs{0};
  Burst<Library> burst(library);
  const size_t before = 2000 + workers;
  Gate<Library> gate(library, workers);
  const double start = resident_bytes();
  for (size_t i = 0; i < n; ++i) library.template submit<count>(&runs);
  const double bytes = grown_per(start, n);
  gate.open();
  library.wait(before + n);
  check(runs == n, "each queued task runs once");
  return {bytes, resident_bytes_at_rest() / start};
}

// The same with a handle for each, which is got then.
template <class Library>
double queued_with_handle(Library& library, size_t n, size_t workers) {
  using Handle = decltype(library.template async<identity>(0));
  std::vector<Handle> handles;
  handles.reserve(n);
  std::memset(static_cast<void*>(handles.data()), 0, n * sizeof(Handle));  // is resident from here
  for (uint64_t i = 0; i < 2000; ++i) {
    Handle handle = library.template async<identity>(i);
    check(library.take(handle) == i, "each handle has its task's value");
  }
  Gate<Library> gate(library, workers);
  const double start = resident_bytes();
  for (size_t i = 0; i < n; ++i) handles.push_back(library.template async<identity>(i));
  const double bytes = grown_per(start, n);
  gate.open();
  for (size_t i = 0; i < n; ++i)
    check(library.take(handles[i]) == i, "each handle has its task's value");
  return bytes;
}

// Submits n tasks, as fast as they are taken, after a start of so many: the resident memory then
// by that before.
template <class Library>
Sample burst(Library& library, size_t start_with, size_t n) {
  std::atomic<size_t> runs{0};
  auto run = [&, total = size_t{0}](size_t tasks) mutable {
    for (size_t i = 0; i < tasks; ++i) library.template submit<count>(&runs);
    library.wait(total += tasks);
  };
  run(start_with);
  const double start = resident_bytes_at_rest();
  const double cpu = timed(n, [&] { run(n); }).cpu_ns;
  check(runs == start_with + n, "each task runs once");
  return {resident_bytes_at_rest() / start, cpu};
}

}  // namespace bench
