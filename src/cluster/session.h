// SPDX-License-Identifier: MIT
// One process's part in a cluster, from the start of the engine to its end. Stage: base, used by cluster/*.
#pragma once

#include <tpool/tpool.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cluster/handshake.h"
#include "cluster/leader.h"
#include "cluster/loader.h"

namespace tp::cluster {

/// What this rank brings. A status other than TP_OK: why it can't take part, which all ranks are told.
struct Part {
  tp_pool_options_t handle{};  // of rank 0's pool
  tp_pool_t* local = nullptr;
  Settings settings;
  int status = TP_OK;
  std::string why;
};

/// The engine runs on a thread of its own, which is that of the traffic, and keeps the session.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(const Engine& engine, const Launch& launch, Part part);

  /// Blocks: in rank 0 until the pool has begun, in others until it has ended. TP_OK and a pool, TP_END, or an error
  /// and why. dropped is called when rank 0's pool is gone.
  int run(tp_pool_t** pool, std::string& why, void (*dropped)());
  /// Of rank 0's pool.
  SharedObjects& shared() const noexcept { return leader_->shared(); }
  std::size_t rank() const noexcept { return static_cast<std::size_t>(rank_); }
  std::size_t ranks() const noexcept { return static_cast<std::size_t>(ranks_); }

  /// Whether this process has run items of rank 0's, so that its local pool has gone.
  bool has_served() const noexcept { return has_served_; }

  /// Called as soon as the numbers are known.
  void (*numbered)(std::size_t rank, std::size_t ranks) = nullptr;

 private:
  void main() noexcept;
  int join_others();
  int serve() noexcept;
  int begin();
  int open();
  int hear_all(std::vector<std::size_t>& workers);
  int lead(std::vector<std::size_t> workers);
  int await_welcome();
  void tell(int status);
  int refuse(int status, std::string why);

  const Engine& engine_;
  const Launch launch_;
  Part part_;
  int rank_ = 0, ranks_ = 1;
  double lost_after_ = 60;
  std::string why_;
  Leader* leader_ = nullptr;
  std::mutex mutex_;
  std::condition_variable told_;
  bool has_engine_ = false, has_told_ = false, has_served_ = false;
  int status_ = TP_OK;
};

}  // namespace tp::cluster
