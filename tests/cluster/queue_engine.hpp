// SPDX-License-Identifier: MIT
// An engine whose ranks are threads of one process: with delays, losses and broken messages, without MPI.
#pragma once

#include <tpool/tpool.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/session.h"
#include "support/catch.hpp"
#include "support/gate.hpp"
#include "support/pool.hpp"

namespace support {

// What lies between the ranks. One at a time in the process.
class QueueEngine {
 public:
  using Bytes = tp::cluster::Bytes;
  // Of a message. One that sticks is under way until unstick. One that is too long tells of more bytes than there is
  // memory for.
  enum Fate { kNeverArrives = false, kArrives = true, kSticks, kIsTooLong };
  // Changes a message before it is delivered.
  using Plant = std::function<int(int from, int to, Bytes& bytes)>;

  explicit QueueEngine(int ranks) : boxes_(static_cast<std::size_t>(ranks)) { here_ = this; }
  ~QueueEngine() {
    unstick();  // MPI, too, may write so late
    here_ = nullptr;
    mine_ = -1;
  }
  QueueEngine(const QueueEngine&) = delete;
  QueueEngine& operator=(const QueueEngine&) = delete;

  static const tp::cluster::Engine& table() {
    static constexpr tp::cluster::Engine kTable{start, send, arrived, receive, ended, stop};
    return kTable;
  }
  void plant(Plant plant) {
    std::lock_guard lock(mutex_);
    plant_ = std::move(plant);
  }
  // As if it came from the rank.
  void forge(int from, int to, Bytes bytes, int fate = kArrives) {
    std::lock_guard lock(mutex_);
    deliver(from, to, std::move(bytes), fate);
  }
  // What is under way is over.
  void unstick() {
    std::lock_guard lock(mutex_);
    for (Stuck& each : stuck_) {
      if (each.to) std::copy(each.bytes.begin(), each.bytes.end(), each.to);
      each.to = nullptr;
      each.is_over = true;
    }
  }
  int ranks() const { return static_cast<int>(boxes_.size()); }
  int started() const { return next_; }
  // The rank whose calls the calling thread makes; -1: it makes none.
  static int rank_of_caller() { return mine_; }
  // Whether the calling thread is inside a call, which is the test's own code.
  static bool is_inside() { return inside_ != 0; }

  std::atomic<int> finalized{0}, stopped{0};
  // How often ranks have looked for a message.
  std::atomic<int> looks{0};
  std::atomic<bool> has_failed{false};
  // Whether a message may overtake those of other ranks, as with MPI.
  std::atomic<bool> reorders{false};

 private:
  struct Inside {
    Inside() { ++inside_; }
    ~Inside() { --inside_; }
  };
  struct Stuck {
    Bytes bytes;
    char* to = nullptr;
    bool is_over = false;
  };
  struct Message {
    int from;
    Bytes bytes;
    int fate;
    Stuck* stuck;
  };

  static int start(const void*, int* rank, int* ranks, char*, std::size_t) {
    *rank = mine_ = here_->next_++;
    *ranks = here_->ranks();
    return 0;
  }
  static void* send(int to, const void* bytes, std::size_t count) {
    const Inside inside;
    const char* const from = static_cast<const char*>(bytes);
    Bytes copy(from, count);
    std::lock_guard lock(here_->mutex_);
    const int fate = here_->plant_ ? here_->plant_(mine_, to, copy) : kArrives;
    return here_->deliver(mine_, to, std::move(copy), fate);
  }
  // Returns what is under way. REQUIRES: mutex_.
  void* deliver(int from, int to, Bytes bytes, int fate) {
    Message message{from, std::move(bytes), fate, nullptr};
    if (fate == kSticks) message.stuck = &stuck_.emplace_back(Stuck{message.bytes});
    void* const under_way = message.stuck ? static_cast<void*>(message.stuck) : this;
    if (fate != kNeverArrives) boxes_[static_cast<std::size_t>(to)].push_back(std::move(message));
    return under_way;
  }
  static int arrived(int* from, std::size_t* count) {
    const Inside inside;
    ++here_->looks;
    if (here_->has_failed) return -1;
    std::lock_guard lock(here_->mutex_);
    auto& box = here_->boxes_[static_cast<std::size_t>(mine_)];
    if (box.empty()) return 0;
    const auto next = here_->reorders ? here_->any_next(box) : box.begin();
    told_ = std::move(*next);
    box.erase(next);
    *from = told_.from;
    *count = told_.fate == kIsTooLong ? SIZE_MAX : told_.bytes.size();
    return 1;
  }
  // The first message of any rank that has sent one. REQUIRES: mutex_, and there is one.
  std::deque<Message>::iterator any_next(std::deque<Message>& box) {
    const int from = box[random_() % box.size()].from;
    return std::find_if(box.begin(), box.end(),
                        [from](const Message& each) { return each.from == from; });
  }
  static void* receive(void* to, std::size_t) {
    std::lock_guard lock(here_->mutex_);
    if (told_.stuck && !told_.stuck->is_over) {
      told_.stuck->to = static_cast<char*>(to);
      return told_.stuck;
    }
    std::copy(told_.bytes.begin(), told_.bytes.end(), static_cast<char*>(to));
    return here_;
  }
  static int ended(void* under_way) {
    std::lock_guard lock(here_->mutex_);
    return under_way == here_ || static_cast<Stuck*>(under_way)->is_over;
  }
  static void stop(int finalizes) {
    ++here_->stopped;
    here_->finalized += finalizes;
  }

  static inline QueueEngine* here_ = nullptr;
  static inline thread_local int mine_ = -1, inside_ = 0;
  static inline thread_local Message told_{};  // arrived has told of it
  std::mutex mutex_;
  std::vector<std::deque<Message>> boxes_;
  std::deque<Stuck> stuck_;
  std::minstd_rand random_;
  std::atomic<int> next_{0};
  Plant plant_;
};

// A cluster in this process. Rank 0 is the first session that starts.
class Ranks {
 public:
  struct Options {
    int ranks = 3;
    std::size_t workers = 1;
    double lost_after = 60;
    bool leads = false;
    std::size_t window = std::size_t{64} << 20;
  };

  Ranks(QueueEngine& engine, const Options& options) : engine_(engine), options_(options) {
    for (int rank = 0; rank < options.ranks; ++rank) begin(rank);
    await("a pool or a refusal", [this] { return has_begun_.load(); });
  }
  ~Ranks() { end(); }
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  tp_pool_t* pool() const { return pool_; }
  tp::cluster::SharedObjects& shared() const { return leader_->shared(); }
  // Destroys the pool, and waits for all ranks.
  void end() {
    if (std::uncaught_exceptions() > 0) Gate::open_all();
    tp_pool_destroy(std::exchange(pool_, nullptr));
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  // What each rank's call has returned, and why; once it has ended.
  int status(int rank) const { return ends_[static_cast<std::size_t>(rank)].status; }
  const std::string& why(int rank) const { return ends_[static_cast<std::size_t>(rank)].why; }

 private:
  struct End {
    int status = 1000;
    std::string why;
  };

  tp::cluster::Part part_of_rank() const {
    tp::cluster::Part part;
    const tp_pool_options_t local = pool_options(options_.workers);
    REQUIRE(tp_pool_create(&local, &part.local) == TP_OK);
    part.handle.size = sizeof part.handle;
    part.handle.workers = 2;
    part.settings.lost_after = options_.lost_after;
    part.settings.leads = options_.leads;
    part.settings.window = options_.window;
    return part;
  }

  void begin(int rank) {
    tp::cluster::Launch launch;
    launch.ranks = options_.ranks;
    auto session =
        std::make_shared<tp::cluster::Session>(QueueEngine::table(), launch, part_of_rank());
    if (rank == 0) leader_ = session;
    threads_.emplace_back([this, rank, session = std::move(session)] {
      End& end = ends_[static_cast<std::size_t>(rank)];
      tp_pool_t* pool = nullptr;
      end.status = session->run(&pool, end.why, [] {});
      if (rank != 0) return;
      pool_ = pool;
      has_begun_ = true;
    });
    await("a rank to start", [&] { return engine_.started() > rank; });
  }

  QueueEngine& engine_;
  const Options options_;
  std::atomic<bool> has_begun_{false};
  tp_pool_t* pool_ = nullptr;
  std::shared_ptr<tp::cluster::Session> leader_;
  End ends_[8];
  std::vector<std::thread> threads_;
};

}  // namespace support
