// SPDX-License-Identifier: MIT
// A rank other than 0: runs what it is sent, until rank 0's pool has ended. Stage: base, used by cluster/*.
#pragma once

#include <tpool/tpool.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "cluster/crossing.h"
#include "cluster/traffic.h"

namespace tp::cluster {

/// The calling thread runs the traffic; the items run in the pool.
class Service final : private Listener {
 public:
  Service(const Engine& engine, int rank, int ranks, double lost_after, tp_pool_t* local);

  /// Until the end: TP_END, or TP_ELOST when rank 0 is gone or has given this rank up; then why says it. Stops the
  /// engine, unless rank 0 is lost.
  int serve(std::string& why);

 private:
  class Run;
  friend class Run;

  // Listener
  void came(int from, Bytes bytes) override;
  void broke(int) noexcept override { end(TP_ELOST, "MPI can't reach rank 0"); }
  bool tick(std::uint64_t now_ns) noexcept override;
  bool is_busy() noexcept override { return is_leaving_; }
  std::uint64_t rest_ns(std::uint64_t quiet_ns) noexcept override;

  void take(Bytes bytes);
  void tell(std::uint64_t now_ns);
  void run(Bytes bytes);
  void share(Bytes bytes);
  void bind(const Bytes& bytes);
  void unshare(const Bytes& bytes);
  void begin(const std::shared_ptr<Run>& run);
  std::shared_ptr<Run> find(const Bytes& bytes);
  void over(std::uint64_t batch);
  bool answers(Run& run, bool fails) noexcept;
  void drop_unused() noexcept;
  void begin_to_leave() noexcept;
  void leave();
  void end(int status, const char* why) noexcept;

  const Engine& engine_;
  const int rank_;
  Traffic traffic_;
  tp_pool_t* const local_;
  const double lost_after_;
  std::uint64_t seen_ns_, next_beat_ns_;
  int status_ = TP_OK;  // once it has ended
  bool is_leaving_ = false, has_begun_to_leave_ = false, finalizes_ = false;
  bool owes_beat_ = false;
  std::atomic<bool> is_dropping_{false};  // a worker is asked to
  std::atomic<bool> has_left_{false};     // and rank 0 is to be told
  std::thread leaving_;                   // ends the pool
  const char* why_ = "";
  Copies copies_;  // of shared objects
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Run>> runs_;
};

}  // namespace tp::cluster
