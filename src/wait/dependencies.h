// SPDX-License-Identifier: MIT
// Stage 7: the jobs that a job depends on; from wait/wait and wait/deadlock, to result/dependent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "result/dependent.h"
#include "result/job.h"

namespace tp::core {

class Group;

/// A walk over a job and the jobs that it depends on and that are not ready, depth first. It keeps the jobs on its path
/// by references, and needs no stack. Without memory it leaves out what is deeper.
class Dependencies {
 public:
  explicit Dependencies(Job& root) noexcept;
  ~Dependencies();
  Dependencies(const Dependencies&) = delete;
  Dependencies& operator=(const Dependencies&) = delete;

  /// The next job for which is_wanted holds; nullptr at the end of the walk. The walk comes to a job before the jobs
  /// that it depends on, and again behind each of these.
  template <class IsWanted>
  Job* find(IsWanted is_wanted) {
    while (depth_) {
      Job& job = *top().job;
      if (!job.ready() && is_wanted(job)) return &job;
      if (!descend()) pop();
    }
    return nullptr;
  }

  /// Whether the walk has come to the job for the first time. REQUIRES: inside is_wanted.
  bool is_new() noexcept { return top().next == 0; }

  /// Whether the root may end: a job that depends on others if they may, and any job if may_end holds.
  template <class MayEnd>
  static bool may_end(Job& root, MayEnd may_end) {
    Dependencies walk(root);
    for (;;) {
      Frame& at = walk.top();
      at.is_decided = at.is_decided || (at.next == 0 && is_ending(*at.job));
      if (!at.is_decided && walk.descend()) continue;
      const bool value = at.value && (at.is_decided || may_end(*at.job));
      walk.leave(value);
      if (!walk.depth_) return value;
    }
  }

 private:
  struct Frame {
    Job* job;
    std::size_t next;
    bool has_child;
    bool value;       // of what was seen so far
    bool is_decided;  // the jobs that are left make no difference
  };

  /// Whether a thread is about to end the job, whatever else it waits for.
  static bool is_ending(Job& job) noexcept {
    Dependent* const dependent = job.dependent();
    return dependent && (job.stopping() || dependent->is_ending());
  }
  Frame& top() noexcept { return frames_[depth_ - 1]; }
  bool descend() noexcept;
  bool push(Job& job) noexcept;
  void pop() noexcept;
  void leave(bool value) noexcept;
  void note(Frame& frame, bool value) noexcept;

  static constexpr std::size_t kInline = 8;
  const std::uint64_t number_;
  Frame inline_[kInline];
  Frame* frames_ = inline_;
  std::size_t room_ = kInline;
  std::size_t depth_ = 0;
};

/// References of jobs that others depend on: all of them, those others, too, or the streams. Without memory, of the
/// first ones.
class KeptDependencies {
 public:
  enum Which { all, streams };

  KeptDependencies(Job* const* jobs, std::size_t count, Which which) noexcept;
  ~KeptDependencies();
  KeptDependencies(const KeptDependencies&) = delete;
  KeptDependencies& operator=(const KeptDependencies&) = delete;

  Job* const* begin() const noexcept { return jobs_; }
  Job* const* end() const noexcept { return jobs_ + count_; }

 private:
  void keep(Job& job) noexcept;

  Job** jobs_ = nullptr;
  std::size_t count_ = 0;
  std::size_t room_ = 0;
};

/// What a job waits for and nobody else has a handle of: a cancel of the job cancels this, too. One thread's.
class Unwanted {
 public:
  /// REQUIRES: the job is not cancelled yet. besides: a group whose jobs are left out, or nullptr.
  explicit Unwanted(Job& job, const Group* besides = nullptr) noexcept : besides_(besides) {
    add_inputs(job);
  }
  ~Unwanted() noexcept(false);
  Unwanted(const Unwanted&) = delete;
  Unwanted& operator=(const Unwanted&) = delete;

  /// When the job is cancelled: cancels them, and what they wait for and nobody else has a handle of.
  void cancel();

 private:
  void add_inputs(Job& job) noexcept;

  const Group* const besides_;
  Job** jobs_ = nullptr;  // with a handle each
  std::size_t count_ = 0;
  std::size_t room_ = 0;
};

/// Cancels the job, or each job that the group has now, and what they wait for, where nobody else has a handle of it.
/// Of a group, what has not started comes first, because the end of what runs would start it. REQUIRES: a reference.
void cancel(Job& job);
void cancel(Group& group);

}  // namespace tp::core
