// SPDX-License-Identifier: MIT
// A pool whose items are taken by threads of the test, as libtpool-cluster takes them for other processes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "result/seam.h"
#include "support/catch.hpp"
#include "support/pool.hpp"

namespace support {

// Declare it behind what the items use. It destroys its pool.
class TakenPool {
 public:
  struct Settings {
    std::size_t threads = 2;  // that run what was taken
    std::size_t workers = 2;  // of the pool, which hand out
    std::size_t batch = 3;    // items that are taken at once
    std::size_t most = 4;     // batches that are out
    std::uint32_t flags = 0;
    std::size_t max_pending = 0;
  };

  TakenPool() : TakenPool(Settings{}) {}
  explicit TakenPool(const Settings& settings) : settings_(settings) {
    taker_.ctx = this;
    taker_.takes = true;
    taker_.workers = settings.threads;
    taker_.check = [](void* self, const tp_task_t& task) {
      if (task.fn != static_cast<TakenPool*>(self)->refused) return int{TP_OK};
      return tp_seam_refuse(TP_ENOTSUP, "task.fn is refused");
    };
    taker_.reserve = [](void* self, const tp_task_t&, std::size_t left, bool must, void** room) {
      auto& pool = *static_cast<TakenPool*>(self);
      *room = reinterpret_cast<void*>(std::uintptr_t{tp_seam_cancels(pool)});
      return pool.reserve(left, must);
    };
    taker_.take = [](void* self, void* room, const tp::core::TakenItems& items) {
      auto& pool = *static_cast<TakenPool*>(self);
      const auto cancels = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(room));
      pool.take({items, cancels, tp_seam_trace_begin(pool)});
    };
    taker_.absorb = [](void*, tp::core::Posted& posted) { absorb(posted); };
    taker_.leave = [](void*, tp::core::Deadline) { return int{TP_OK}; };
    taker_.drop = [](void* self) { static_cast<TakenPool*>(self)->drops++; };
    tp_pool_options_t options = pool_options(settings.workers, settings.flags);
    options.max_pending = settings.max_pending;
    for (std::size_t i = 0; i < settings.threads; ++i)
      threads_.emplace_back([this, i] { serve(static_cast<int>(i)); });
    REQUIRE(tp_seam_create(&options, &taker_, &pool_) == TP_OK);
  }
  ~TakenPool() {
    if (std::uncaught_exceptions() > 0) Gate::open_all();
    tp_pool_destroy(pool_);
    end();
    CHECK(drops == 1);
  }
  TakenPool(const TakenPool&) = delete;
  TakenPool& operator=(const TakenPool&) = delete;

  operator tp_pool_t*() const { return pool_; }
  // Its last user destroys it in another way.
  tp_pool_t* give_away() { return std::exchange(pool_, nullptr); }
  void end() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

  tp_task_fn refused = nullptr;
  std::atomic<int> taken{0};     // items
  std::atomic<int> refusals{0};  // of room
  std::atomic<std::size_t> longest{0};
  std::atomic<unsigned> level{0};  // of what was taken last
  std::atomic<int> drops{0};
  std::atomic<int> ends_at{-1};  // so many takes later one ends its thread

 private:
  struct Taken : tp::core::TakenItems {
    unsigned cancels;  // of the pool, before
    tp::core::Began began;
  };
  struct Done : tp::core::Posted {
    Taken taken;
    std::vector<tp::core::TakenEnd> ends;
    std::size_t next = 0;
  };

  std::size_t reserve(std::size_t left, bool must) {
    std::lock_guard lock(mutex_);
    if (!must && out_ >= settings_.most) {
      tp_seam_set_full(pool_, 1);
      ++refusals;
      return 0;
    }
    ++out_;
    return std::max<std::size_t>(std::min(settings_.batch, left), 1);
  }

  void take(const Taken& taken_items) {
    std::lock_guard lock(mutex_);
    if (taken_items.count == 0) {
      --out_;
      return tp_seam_set_full(pool_, 0);
    }
    taken += static_cast<int>(taken_items.count);
    longest = std::max(longest.load(), taken_items.count);
    level = tp_seam_level(&taken_items);
    waiting_.push_back(taken_items);
    changed_.notify_one();
    if (ends_at-- == 0) pthread_exit(nullptr);
  }

  void serve(int rank) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto done = std::make_unique<Done>();
      done->taken = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      run(*done);
      trace(*done, rank);
      lock.lock();
      --out_;
      tp_seam_set_full(pool_, 0);  // under the lock: so no reserve sees the pool as full later
      tp_seam_post(pool_, done.release());
    }
  }

  static void run(Done& done) {
    const Taken& all = done.taken;
    for (std::size_t i = 0; i < all.count; ++i) {
      if (tp_seam_stops(&all, all.cancels)) {
        done.ends.push_back({i, all.count - i, TP_ECANCELED, 0, true, {}});
        return;
      }
      const int code =
          all.task->fn(all.task->ctx, all.items ? all.items + i * all.item_stride : nullptr,
                       all.values ? all.values + i * all.value_stride : nullptr);
      done.ends.push_back({i, 1, code ? TP_ETASK : TP_OK, code, false, {}});
    }
  }

  static void trace(const Done& done, int rank) {
    tp::core::TakenItems ran = done.taken;
    ran.count = done.ends.size() - done.ends.back().unrun;
    if (ran.count) tp_seam_trace(&ran, rank, done.taken.began);
  }

  // If a hook ends the thread, another worker goes on.
  static void absorb(tp::core::Posted& posted) {
    struct Rest {
      std::unique_ptr<Done> done;
      tp_pool_t* pool;
      ~Rest() {
        if (done->next < done->ends.size()) tp_seam_post(pool, done.release());
      }
    } rest{std::unique_ptr<Done>(static_cast<Done*>(&posted)), tp_worker_pool()};
    Done& done = *rest.done;
    const tp::core::TakenItems taken_items = done.taken;
    while (done.next < done.ends.size()) {
      const tp::core::TakenEnd& end = done.ends[done.next++];
      tp_seam_finish(&taken_items, &end,
                     end.status == TP_ETASK ? "taken away and failed" : nullptr);
    }
  }

  const Settings settings_;
  tp::core::Taker taker_{};
  tp_pool_t* pool_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Taken> waiting_;
  std::size_t out_ = 0;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace support
