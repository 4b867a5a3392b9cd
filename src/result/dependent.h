// SPDX-License-Identifier: MIT
// Stage 6: what a job tells of the jobs that it waits for; from queue/*, to wait/dependencies.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tp::core {

class Job;

/// The part of a job that can't end before other jobs have. These are known from the beginning, and never get more.
class Dependent {
 public:
  Dependent(const Dependent&) = delete;
  Dependent& operator=(const Dependent&) = delete;

  /// The first job from index at on that this still waits for and that is not ready, with a reference. at becomes the
  /// index behind it. nullptr when there is none.
  virtual Job* dependency(std::size_t& at) noexcept = 0;
  /// Whether it is complete, and a thread is about to end it.
  virtual bool is_ending() noexcept { return false; }
  /// Whether it waits for all of them; else for one.
  bool needs_all() const noexcept { return needs_all_; }

  /// What a walk notes (wait/dependencies): its number, and whether this may end. Several may walk at once; then one of
  /// them comes here twice.
  std::uint64_t mark() const noexcept { return mark_.load(std::memory_order_relaxed); }
  void set_mark(std::uint64_t mark) noexcept {
    mark_.store(mark, std::memory_order_relaxed);  // no other data goes with it
  }

 protected:
  explicit Dependent(bool needs_all) noexcept : needs_all_(needs_all) {}
  ~Dependent() = default;

 private:
  std::atomic<std::uint64_t> mark_{0};
  const bool needs_all_;
};

}  // namespace tp::core
