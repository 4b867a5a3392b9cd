// SPDX-License-Identifier: MIT
// Groups and jobs in them.
#pragma once

#include <tpool/tpool.h>

#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

namespace support {

struct GroupOptions : tp_group_options_t {
  GroupOptions() : tp_group_options_t{} { size = sizeof(tp_group_options_t); }
  GroupOptions& running(std::size_t most) {
    max_running = most;
    return *this;
  }
  GroupOptions& pending(std::size_t most) {
    max_pending = most;
    return *this;
  }
};

class Group {
 public:
  explicit Group(tp_pool_t* pool, const tp_group_options_t& options = GroupOptions()) {
    REQUIRE(tp_group_create(pool, &options, &group_) == TP_OK);
    REQUIRE(group_ != nullptr);
  }
  ~Group() { release(); }
  Group(Group&& other) noexcept : group_(other.group_) { other.group_ = nullptr; }
  Group& operator=(Group&&) = delete;

  operator tp_group_t*() const { return group_; }
  int wait() const { return tp_group_wait(group_, kLong); }
  void release() {
    tp_group_release(group_);
    group_ = nullptr;
  }

 private:
  tp_group_t* group_ = nullptr;
};

inline tp_group_stats_t stats_of(const tp_group_t* group) {
  tp_group_stats_t stats{};
  stats.size = sizeof stats;
  REQUIRE(tp_group_stats(group, &stats) == TP_OK);
  return stats;
}

// Job options with a group.
struct InGroup : Job {
  explicit InGroup(tp_group_t* of, std::uint32_t job_flags = 0) : Job(job_flags) { group = of; }
};

}  // namespace support
