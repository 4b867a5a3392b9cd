// SPDX-License-Identifier: MIT
// Rank 0: hands items out to the ranks, and takes their answers. Stage: base, used by cluster/*.
#pragma once

#include <tpool/tpool.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/batch.h"
#include "cluster/costs.h"
#include "cluster/load.h"
#include "cluster/shared_objects.h"
#include "cluster/traffic.h"
#include "result/seam.h"

namespace tp::cluster {

/// From one sign of life to the next, if a rank is lost after so many seconds without one.
std::uint64_t beat_ns(double lost_after) noexcept;
/// When the other process was heard last: at `seen`, not counting the time for which this process was stopped itself
/// and heard nobody. It was, if a sign that it had to give at `due` is late by more than one interval now.
std::uint64_t heard_ns(std::uint64_t seen, std::uint64_t due, std::uint64_t now,
                       double lost_after) noexcept;

/// What rank 0's options say.
struct Settings {
  std::size_t window = std::size_t{64} << 20;
  double lost_after = 60;
  bool leads = false;  // rank 0 runs no items
};

/// Thread-safe. Its traffic has a thread of its own, which calls no user code. The pool's workers reserve, take and
/// absorb. It frees itself when the pool is dropped.
class Leader final : private Listener {
 public:
  /// workers: of each rank. The engine has been started by the calling thread, which becomes that of the traffic.
  Leader(const Engine& engine, const Settings& settings, std::vector<std::size_t> workers,
         tp_pool_t* local);

  /// Creates the pool: TP_OK or an error.
  int create(const tp_pool_options_t& options);
  tp_pool_t* pool() const noexcept { return pool_; }
  SharedObjects& shared() noexcept { return shared_; }
  /// The calling thread runs the traffic until the pool has ended; then the engine is stopped.
  void serve();
  /// dropped is called when the pool is gone; by then the thread of the traffic has ended.
  void adopt(std::thread thread, void (*dropped)()) noexcept {
    thread_ = std::move(thread);
    dropped_ = dropped;
  }

 private:
  /// A process, as the traffic knows it.
  struct Peer {
    std::uint64_t seen_ns = 0;  // its last sign of life
    bool is_alive = true, has_left = false;
    Kind told = Kind::welcome;  // last, of what all are told once
  };
  friend class LocalRun;

  // for the pool's workers
  std::size_t reserve(const tp_task_t& task, std::size_t left, bool must, void** room) noexcept;
  void take(void* room, const core::TakenItems& taken, std::size_t first, std::size_t count);
  void absorb(core::Posted& posted);
  void hand_on(Batch& batch, const End& end);
  int leave(core::Deadline deadline);
  void drop();

  void tell_full();
  void let_go(const Batch& batch);
  void send(std::unique_ptr<Batch> batch);
  void run_here(std::unique_ptr<Batch> batch);
  void ended_here(std::uint64_t id, std::vector<End> ends, std::uint64_t busy_ns);
  std::unique_ptr<Batch> end(std::uint64_t id, std::uint64_t busy_ns, std::size_t answer) noexcept;
  int keep(std::unique_ptr<Batch>& batch) noexcept;
  void come_back(std::unique_ptr<Batch> batch) noexcept;
  void fail(std::unique_ptr<Batch> batch, int status, const char* why) noexcept;
  void give_up(std::unique_ptr<Batch> batch, const char* why) noexcept;

  // Listener
  void came(int from, Bytes bytes) override;
  void broke(int rank) noexcept override {
    lose(static_cast<std::size_t>(rank), "MPI can't reach it");
  }
  bool tick(std::uint64_t now_ns) noexcept override;
  bool is_busy() noexcept override;
  std::uint64_t rest_ns(std::uint64_t quiet_ns) noexcept override;

  void done(std::size_t from, Bytes bytes);
  void lose(std::size_t rank, const char* why) noexcept;
  void look_for_stops();
  void ask_back();
  Batch* find_waiting() noexcept;
  bool tell(const Batch& batch, Kind kind) noexcept;
  void look_for_silence(std::uint64_t now_ns) noexcept;
  void beat() noexcept;
  bool all_left() const noexcept;
  void tell_all(Kind kind);

  const Engine& engine_;
  const Settings settings_;
  core::Taker taker_{};
  tp_pool_t* pool_ = nullptr;
  tp_pool_t* const local_;
  Traffic traffic_;
  SharedObjects shared_;
  std::thread thread_;
  void (*dropped_)() = nullptr;

  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<Peer> peers_;
  Load load_;
  Costs costs_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Batch>> out_;
  std::uint64_t next_id_ = 1;
  bool is_full_ = false, is_leaving_ = false, was_lost_ = false, is_over_ = false;
  bool has_run_here_ = false;  // an item of rank 0's own, since the traffic last went to rest
  bool rests_long_ = false;    // the traffic, unless it was woken since
  std::uint64_t next_beat_ns_ = 0, next_look_ns_ = 0;
  std::size_t next_to_hear_ = 1;  // the rank that is to get the next sign of life
};

}  // namespace tp::cluster
