// SPDX-License-Identifier: MIT
// Stage 4: a team: n parts that run at once, each on a thread of its own; from submit/team, to result/job.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/wait_list.h"
#include "result/job.h"
#include "tpool/task.h"

namespace tp::core {

/// The job is in no queue. Its members are idle workers that were told of it, and the submitting thread if that takes
/// part. No part starts before all members are there: threads that were started for the team first run the
/// initializer. Until then a cut ends the whole team; later it raises the stop flag. Thread-safe.
class TeamJob final : public Job {
 public:
  static constexpr bool kCanOpen = true;

  /// A blocking job of n parts, of which the submitting thread runs the first if it takes part. nullptr without memory.
  static TeamJob* make(PoolContext& pool, tp_range_fn fn, void* ctx, std::size_t n,
                       bool takes_part) noexcept;
  /// Frees a job that was not admitted, and has no members.
  void discard() noexcept;
  /// Whether the calling thread runs a part of a team of the pool.
  static bool is_inside(const PoolContext& pool) noexcept;

  /// The team has so many members that are on their way. REQUIRES: none of them can have arrived yet.
  void expect(std::size_t members) noexcept { missing_.fetch_add(members); }
  /// One of these has arrived, or the submitting thread, which comes last to hold up the start.
  void arrive() noexcept;
  /// No part starts any more: false when some may have.
  bool give_up() noexcept { return settle(Phase::given_up); }
  /// Runs a part on the calling thread, when all members are there. REQUIRES: once by each member.
  void take_part();
  /// The same for the first part, on the submitting thread.
  void take_first_part();

  void run() override {}  // no queue has it
  void cut(int status) override;
  void progress(std::size_t& done, std::size_t& total) const noexcept override;

 protected:
  void destroy() noexcept override { discard(); }
  bool has_hooks() const noexcept override { return false; }

 private:
  enum class Phase : std::uint8_t { gathers, runs, given_up };

  TeamJob(PoolContext& pool, tp_range_fn fn, void* ctx, std::size_t n, bool takes_part) noexcept;
  ~TeamJob() override = default;
  bool settle(Phase phase) noexcept;
  bool starts() noexcept;
  void run_part(std::size_t index);

  Extras extras_;
  const tp_range_fn fn_;
  void* const ctx_;
  const std::size_t count_;
  std::atomic<std::size_t> next_;  // part
  std::atomic<std::size_t> missing_{
      1};  // members that are not there; the submitting thread is one in any case
  std::atomic<Phase> phase_{Phase::gathers};
  WaitList gathered_;
};

}  // namespace tp::core
