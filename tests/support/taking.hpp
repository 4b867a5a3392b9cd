// SPDX-License-Identifier: MIT
// Takes the items of a pool and runs them on threads, as libtpool-cluster takes them for other processes.
#pragma once

#include <tpool/tpool.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "result/seam.h"
#include "support/set_payload.hpp"

namespace support {

inline tp_pool_options_t copy_of(const tp_pool_options_t* options) {
  tp_pool_options_t copy{};
  if (options) std::memcpy(&copy, options, std::min(options->size, sizeof copy));
  copy.size = sizeof copy;
  return copy;
}

// The result of a job, which the last copy releases.
using SharedResult = std::shared_ptr<tp_result_t>;

// Some taken items: they are a job of the pool whose threads run them, and then how they have ended.
class TakenBatch : public tp::core::Posted {
 public:
  TakenBatch(const tp::core::TakenItems& items, unsigned pool_cancels)
      : taken(items), cancels(pool_cancels), states_(items.count) {}
  TakenBatch(const TakenBatch&) = delete;
  TakenBatch& operator=(const TakenBatch&) = delete;

  int start(tp_pool_t* pool) {
    tp_task_t task{};
    task.size = sizeof task;
    task.fn = run_item;
    if (taken.task->batch && lies_side_by_side()) task.batch = run_many;
    task.ctx = this;
    task.item_size = 1;  // an item's address alone tells which one it is: nobody reads there
    task.flags = taken.task->flags;
    tp_job_options_t options{};
    options.size = sizeof options;
    options.flags = TP_JOB_KEEP_ERRORS | tp_seam_level(&taken);
    options.chunksize = taken.chunk;
    options.item_deadline = static_cast<double>(taken.limit_ns) * 1e-9;
    tp_result_t* job = nullptr;
    const int status = tp_pool_map_async(pool, &task, this, taken.count, &options, &job);
    if (status == TP_OK) run = SharedResult(job, tp_result_release);
    return status;
  }

  // The job is over.
  void note_ends() {
    for (std::size_t i = 0; i < taken.count; ++i) note(i);
  }
  void note_all(int status) {
    ends_.push_back({0, taken.count, status, 0, status == TP_ECANCELED, {}});
  }
  std::size_t ran() const {
    std::size_t count = 0;
    for (const tp::core::TakenEnd& end : ends_) count += end.unrun ? 0 : end.count;
    return count;
  }
  bool any_end() const { return next_ < ends_.size(); }
  tp::core::TakenEnd next_end() { return ends_[next_++]; }
  bool stops() const { return tp_seam_stops(&taken, cancels); }

  const tp::core::TakenItems taken;
  const unsigned cancels;  // of the pool, before
  tp::core::Began began{};
  SharedResult run;
  std::function<void(TakenBatch&)> ended;
  std::atomic<bool> second{false};  // the second of the end and the start finds true

 private:
  enum State : char { open, done, unrun };

  bool lies_side_by_side() const {
    return taken.item_stride == taken.task->item_size &&
           taken.value_stride == taken.task->value_size;
  }
  const char* item_at(std::size_t i) const {
    return taken.items ? taken.items + i * taken.item_stride : nullptr;
  }
  char* value_at(std::size_t i) const {
    return taken.values ? taken.values + i * taken.value_stride : nullptr;
  }
  std::size_t index_of(const void* place) const {
    return static_cast<std::size_t>(static_cast<const char*>(place) -
                                    reinterpret_cast<const char*>(this));
  }

  static int run_item(void* self, const void* place, void*) {
    auto& batch = *static_cast<TakenBatch*>(self);
    const std::size_t i = batch.index_of(place);
    if (batch.stops()) return batch.states_[i] = unrun, 0;
    const SetPayload::Items inside;
    const tp_task_t& task = *batch.taken.task;
    const int code = task.fn(task.ctx, batch.item_at(i), batch.value_at(i));
    if (code == 0) batch.states_[i] = done;
    return code;
  }
  static int run_many(void* self, const void* place, void*, std::size_t n, std::size_t* at) {
    auto& batch = *static_cast<TakenBatch*>(self);
    const std::size_t first = batch.index_of(place);
    const SetPayload::Items inside;
    const tp_task_t& task = *batch.taken.task;
    return task.batch(task.ctx, batch.item_at(first), batch.value_at(first), n, at);
  }

  void note(std::size_t i) {
    const int status = states_[i] == unrun ? TP_ECANCELED : tp_result_item_status(run.get(), i);
    const bool given_back = status == TP_ECANCELED || status == TP_ETERMINATED;
    const tp_task_t& task = *taken.task;
    if (status == TP_ETIMEDOUT && states_[i] == done && task.value_drop)
      task.value_drop(value_at(i));  // it came too late
    if (!ends_.empty() && ends_.back().status == status && !task.item_drop && !task.value_drop &&
        (given_back || status == TP_OK)) {
      ++ends_.back().count;
      return;
    }
    tp::core::TakenEnd end{i, 1, status, 0, given_back, {}};
    if (status != TP_OK && !given_back) put_cause(end);
    ends_.push_back(end);
  }
  void put_cause(tp::core::TakenEnd& end) const {
    const tp_error_t* const error = tp_result_item_error(run.get(), end.at);
    if (!error) return;
    end.code = tp_error_code(error);
    end.cause.message = strdup(tp_error_message(error));
    SetPayload::pass(error, end.cause);
  }

  std::vector<State> states_;
  std::vector<tp::core::TakenEnd> ends_;
  std::size_t next_ = 0;
};

// The taker of one pool, which ends it.
class TakingEngine {
 public:
  struct Settings {
    std::size_t threads = 2;     // that run what was taken; 0: as many as there are CPUs
    std::size_t batch = 3;       // items that are taken at once
    std::size_t most = 4;        // batches that are out; 0: as many as there are threads
    bool tells_at_once = false;  // that there is no room
  };

  explicit TakingEngine(const Settings& settings) : settings_(settings) {
    taker_.ctx = this;
    taker_.takes = true;
    taker_.check = [](void* self, const tp_task_t& task) {
      if (task.fn != of(self).refused || !task.fn) return int{TP_OK};
      return tp_seam_refuse(TP_ENOTSUP, "task.fn is refused");
    };
    taker_.reserve = [](void* self, const tp_task_t&, std::size_t left, bool must, void** room) {
      *room = reinterpret_cast<void*>(std::uintptr_t{tp_seam_cancels(of(self).pool_)});
      return of(self).reserve(left, must);
    };
    taker_.take = [](void* self, void* room, const tp::core::TakenItems& items) {
      of(self).take(items, static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(room)));
    };
    taker_.absorb = [](void* self, tp::core::Posted& posted) {
      of(self).absorb(static_cast<TakenBatch&>(posted));
    };
    taker_.leave = [](void*, tp::core::Deadline) { return int{TP_OK}; };
    taker_.drop = [](void* self) {
      of(self).end();
      const std::function<void()> drop = std::move(of(self).on_drop);
      drop();
    };
  }
  ~TakingEngine() { end(); }
  TakingEngine(const TakingEngine&) = delete;
  TakingEngine& operator=(const TakingEngine&) = delete;

  // As tp_pool_create.
  int create(const tp_pool_options_t* options, tp_pool_t** pool) {
    *pool = nullptr;
    tp_pool_options_t own = copy_of(options);
    for_threads(own);
    int status = tp_seam_create(&own, nullptr, &threads_);
    if (status != TP_OK) return status;
    std::size_t threads = 0;
    tp_pool_workers(threads_, &threads);
    taker_.workers = threads;
    if (!settings_.most) settings_.most = threads;
    status = tp_seam_create(options, &taker_, pool);
    if (status != TP_OK) return status;
    pool_ = *pool;
    tp_seam_lead(threads_, pool_);
    beat_ = std::thread([this] { beat(); });
    return status;
  }
  // From now on the pool is not touched. It is about to be freed, or was not created.
  void end() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    if (beat_.joinable()) beat_.join();
    if (!threads_) return;
    tp_seam_lead(threads_, nullptr);
    tp_pool_destroy(std::exchange(threads_, nullptr));
  }

  tp_task_fn refused = nullptr;
  std::function<void()> on_drop;
  std::atomic<int> taken{0};     // items
  std::atomic<int> refusals{0};  // of room
  std::atomic<std::size_t> longest{0};
  std::atomic<unsigned> level{0};  // of what was taken last
  std::atomic<int> ends_at{-1};    // so many takes later one ends its thread

 private:
  static TakingEngine& of(void* self) { return *static_cast<TakingEngine*>(self); }

  // Where and how they run. The pool calls the hooks.
  void for_threads(tp_pool_options_t& options) const {
    options.workers = settings_.threads;
    options.initializer = nullptr;
    options.finalizer = options.arg_drop = nullptr;
    options.unobserved = nullptr;
    options.flags &= TP_POOL_KEEP_SIGNALS;
    options.max_pending = options.min_workers = 0;
    options.idle_timeout = 0;
  }

  std::size_t reserve(std::size_t left, bool must) {
    std::lock_guard lock(mutex_);
    if (!must && held_ >= settings_.most) {
      tp_seam_set_full(pool_, 1);
      ++refusals;
      return 0;
    }
    ++held_;
    if (settings_.tells_at_once && held_ >= settings_.most) tp_seam_set_full(pool_, 1);
    return std::max<std::size_t>(std::min(settings_.batch, left), 1);
  }
  // Under the lock: so no reserve sees the pool as full later.
  void give_room() {
    --held_;
    tp_seam_set_full(pool_, settings_.tells_at_once && held_ >= settings_.most);
  }

  void take(const tp::core::TakenItems& items, unsigned cancels) {
    auto batch = std::make_unique<TakenBatch>(items, cancels);
    std::unique_lock lock(mutex_);
    if (items.count == 0) return give_room();
    taken += static_cast<int>(items.count);
    longest = std::max(longest.load(), items.count);
    level = tp_seam_level(&items);
    batch->began = tp_seam_trace_begin(pool_);
    batch->ended = [this](TakenBatch& over) { come_back(over); };
    if (const int status = batch->start(threads_); status != TP_OK) {
      batch->note_all(status);
      return post(*batch.release());
    }
    out_.insert(batch.get());
    wake_beat();
    lock.unlock();
    TakenBatch& started = *batch.release();
    const auto end = [](void* self, tp_result_t*) {
      auto& over = *static_cast<TakenBatch*>(self);
      if (over.second.exchange(true)) over.ended(over);
    };
    tp_result_add_done_callback(started.run.get(), end, &started);
    end(&started, nullptr);
    if (ends_at-- == 0) pthread_exit(nullptr);
  }

  void come_back(TakenBatch& batch) {
    batch.note_ends();
    trace(batch);
    std::unique_lock lock(mutex_);
    out_.erase(&batch);
    lock.unlock();
    batch.run = nullptr;
    lock.lock();
    post(batch);
  }
  void post(TakenBatch& batch) {
    ++back_;
    tp_seam_post(pool_, &batch);
    give_room();  // then: so a worker ends items before it hands out others
    wake_beat();
  }
  void trace(const TakenBatch& batch) const {
    tp::core::TakenItems ran = batch.taken;
    ran.count = batch.ran();
    const int rank = tp_worker_pool() == threads_ ? tp_worker_index() : 0;
    if (ran.count) tp_seam_trace(&ran, rank, batch.began);
  }

  // If a hook ends the thread, another worker goes on.
  void absorb(TakenBatch& posted) {
    struct Rest {
      TakingEngine& engine;
      std::unique_ptr<TakenBatch> batch;
      ~Rest() {
        std::lock_guard lock(engine.mutex_);
        if (batch->any_end())
          tp_seam_post(engine.pool_, batch.release());
        else
          --engine.back_;
      }
    };
    const tp::core::TakenItems items = posted.taken;
    Rest rest{*this, std::unique_ptr<TakenBatch>(&posted)};
    while (rest.batch->any_end()) {
      const tp::core::TakenEnd end = rest.batch->next_end();
      tp_seam_finish(&items, &end, nullptr);
    }
  }

  // Nobody announces that items should stop, or that all workers of the pool wait.
  void beat() {
    std::unique_lock lock(mutex_);
    for (int quiet = 0; !over_;) {
      if (out_.empty() && !back_ && ++quiet > 20) {
        quiet = 0;
        rests_ = true;
        changed_.wait(lock, [this] { return over_ || !rests_; });
        continue;
      }
      std::vector<SharedResult> stopping;
      for (TakenBatch* const batch : out_)
        if (batch->stops()) stopping.push_back(batch->run);
      lock.unlock();
      for (const SharedResult& run : stopping) tp_result_cancel(run.get());
      stopping.clear();
      tp_seam_widen(pool_);
      lock.lock();
      changed_.wait_for(lock, std::chrono::milliseconds(1), [this] { return over_; });
    }
  }
  void wake_beat() {
    if (std::exchange(rests_, false)) changed_.notify_one();
  }

  Settings settings_;
  tp::core::Taker taker_{};
  tp_pool_t* pool_ = nullptr;
  tp_pool_t* threads_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<TakenBatch*> out_;
  std::size_t held_ = 0, back_ = 0;  // batches: with room, and those that the pool has not ended
  bool rests_ = false, over_ = false;
  std::thread beat_;
};

}  // namespace support
