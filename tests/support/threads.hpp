// SPDX-License-Identifier: MIT
// Looks at the threads of the process: whether a pool left some behind, whether one sleeps.
#ifndef TPOOL_TESTS_SUPPORT_THREADS_HPP
#define TPOOL_TESTS_SUPPORT_THREADS_HPP

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/gate.hpp"

namespace support {

inline std::size_t thread_count() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

// Ends the program when the number of threads does not come back to what it was at construction.
// The kernel takes a thread off the list a little after it could be joined, hence the wait.
class NoThreadLeft {
 public:
  NoThreadLeft() : before_(thread_count()) {}
  ~NoThreadLeft() {
    await("threads to end", [this] { return thread_count() <= before_; });
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

}  // namespace support

#endif
