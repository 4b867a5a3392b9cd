// SPDX-License-Identifier: MIT
// Looks at the threads of the process: whether a pool left some behind, whether one sleeps.
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/gate.hpp"

namespace support {

// So many threads that run a function, which may ask for their number.
class ThreadGroup {
 public:
  template <class Function>
  ThreadGroup(std::size_t n, const Function& function) {
    for (std::size_t i = 0; i < n; ++i)
      threads_.emplace_back([function, i] {
        static_cast<void>(i);  // not every function asks
        if constexpr (std::is_invocable_v<Function, std::size_t>)
          function(i);
        else
          function();
      });
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

// Runs a function in so many threads at once, and returns when all are done.
template <class Function>
void in_threads(std::size_t n, const Function& function) {
  ThreadGroup(n, function).join();
}

// Runs a body in a thread that the body may end. (std::thread ends the program when the exception of a thread's end
// leaves its body.)
template <class Body>
void in_thread(Body body) {
  pthread_t thread;
  const auto run = [](void* self) -> void* {
    (*static_cast<Body*>(self))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, nullptr, run, &body) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
}

// How many threads bear the default name of workers. (Sanitizers have threads of their own.)
inline std::size_t worker_threads() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, name);
    if (name.rfind("tpool", 0) == 0) ++count;
  }
  return count;
}

// Ends the program when the number of worker threads does not come back to what it was at construction.
// The kernel takes a thread off the list a little after it could be joined, hence the wait.
class NoThreadLeft {
 public:
  NoThreadLeft() : before_(worker_threads()) {}
  ~NoThreadLeft() {
    await("threads to end", [this] { return worker_threads() <= before_; });
  }

  NoThreadLeft(const NoThreadLeft&) = delete;
  NoThreadLeft& operator=(const NoThreadLeft&) = delete;

 private:
  std::size_t before_;
};

inline bool asleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end + 2, 1, "S") == 0;
}

// Waits until a thread has stored its gettid() and then gone to sleep: seen asleep many times in a
// row, because on its way it may sleep for a moment at a lock.
inline void await_sleep(const std::atomic<pid_t>& thread) {
  int seen = 0;
  await("a thread to sleep", [&] {
    seen = thread != 0 && asleep(thread) ? seen + 1 : 0;
    return seen == 50;
  });
}

// Waits until all other threads of the process have gone to sleep.
inline void await_others_asleep() {
  int seen = 0;
  await("the other threads to sleep", [&] {
    bool all = true;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
      const auto thread = static_cast<pid_t>(std::stol(entry.path().filename().string()));
      all = all && (thread == gettid() || asleep(thread));
    }
    seen = all ? seen + 1 : 0;
    return seen == 5;
  });
}

}  // namespace support
