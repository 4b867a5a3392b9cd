// SPDX-License-Identifier: MIT
// What the system says about a pool's threads.
#pragma once

#include "support/test.hpp"

namespace support {

// The field of /proc/self/task/<id>/status, by thread, of all threads whose name begins with name.
inline std::map<std::string, std::string> worker_status(const std::string& name,
                                                        const std::string& field) {
  std::map<std::string, std::string> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    std::string key, value, thread;
    while (status >> key && std::getline(status >> std::ws, value)) {
      if (key == "Name:") thread = value;
      if (key == field + ":" && thread.rfind(name, 0) == 0) found[task.path().filename()] = value;
    }
  }
  return found;
}

}  // namespace support
