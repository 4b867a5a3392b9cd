// SPDX-License-Identifier: MIT
// Stage 3: a pool: admission, states, and the end; from capi/*, to worker/crew.
#pragma once

#include "base/clock.h"
#include "tpool/pool.h"
#include "wait/waits.h"
#include "worker/crew.h"

namespace tp::core {

/// Python's ThreadPool. Shutdown is described in src/README.md. Thread-safe.
class Pool final : public Crew {
 public:
  /// TP_OK and a running pool, or TP_EAGAIN, TP_ENOMEM, TP_EINVAL.
  static int create(const tp_pool_options_t& options, Pool*& pool);

  void close() noexcept { advance(State::closed); }
  void terminate();
  /// As Crew::resize; 0 = as many as there are CPUs.
  int resize(std::size_t workers);
  int join(Deadline deadline) { return join(deadline, Wait::checked); }
  int wait_idle(Deadline deadline);
  /// Runs the manual callbacks that are due: TP_OK, TP_ETIMEDOUT, TP_END, TP_EDEADLK, TP_EINVAL.
  int run_callbacks(Deadline deadline, std::size_t& ran);
  /// The handle is gone: ends and frees the pool, at once or with its last worker.
  void destroy();
  void stats(tp_pool_stats_t& stats) const noexcept;

 private:
  explicit Pool(const CrewOptions& options) noexcept : Crew(options) {}
  ~Pool() override = default;

  int join(Deadline deadline, Wait::Kind kind);
  bool run_left();
  template <class Condition>
  int wait_serving(Deadline deadline, Wait::Kind kind, Condition condition);

  friend class Entrance;
  int wait_for_room(std::uint32_t flags, Deadline deadline);
  bool take_room() noexcept;
  void made_room(bool job_over) noexcept override;

  std::size_t max_pending_ = 0;
  std::atomic<std::size_t> pending_{0};
  WaitList room_;
  std::atomic<bool> joined_{false};
  Mutex joining_;
};

/// The handle of the C ABI is the pool's address.
inline tp_pool_t* to_handle(Pool* pool) noexcept { return reinterpret_cast<tp_pool_t*>(pool); }
inline Pool* to_pool(const tp_pool_t* handle) noexcept {
  return reinterpret_cast<Pool*>(const_cast<tp_pool_t*>(handle));
}

}  // namespace tp::core
