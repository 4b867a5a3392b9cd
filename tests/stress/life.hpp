// SPDX-License-Identifier: MIT
// One short life of a pool: what all its threads share, and the books that have to balance at its
// end.
#pragma once

#include "stress/choices.hpp"
#include "stress/errand.hpp"
#include "stress/follower.hpp"
#include "stress/pledge.hpp"
#include "support/test.hpp"

namespace stress {

// While a callback runs on this thread.
struct InCallback {
  InCallback();
  ~InCallback();
  InCallback(const InCallback&) = delete;
  InCallback& operator=(const InCallback&) = delete;
};

// A group of the pool's jobs.
struct Bunch {
  tp_group_t* group = nullptr;
  std::size_t max_running = 0, max_pending = 0;
  std::atomic<bool> is_cancelled{false};
};

class Life {
 public:
  // A pool with these flags and others that are drawn.
  Life(Choices& choices, std::uint32_t flags);
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  tp_pool_t* pool() const { return pool_; }
  bool is_hosted() const { return flags_ & TP_POOL_NO_THREADS; }
  bool is_manual() const { return flags_ & TP_POOL_MANUAL_CALLBACKS; }
  bool is_bounded() const { return max_pending_ != 0; }
  bool may_break() const { return fails_init_; }
  bool is_cancelled() const { return cancelled_; }
  // From now on an item may have failed by its deadline.
  void limit_items() { limits_items_ = true; }

  Errand& make(Kind kind, std::size_t n);
  Follower& make_follower(std::uint32_t kind, Order order);
  Pledge& make_pledge(std::uint32_t kind, Order order);
  Bunch& bunch(std::uint32_t choice) { return bunches_[choice % std::size(bunches_)]; }
  // Waits for a group, cancels or pauses it; inside user code, or on a thread that runs nothing.
  void use_group(std::uint32_t choice, bool is_inside);
  // Carries out what an item, a callback or a source was told to; its return code. status tells
  // what it leads to, however it ends.
  int perform(Order order, std::atomic<int>& status);
  // The calls of hosts. Whether there is reason to call again.
  bool serve(double timeout);
  bool run_callbacks(double timeout);
  void close();
  void terminate();
  void cancel_all();
  // Pauses the pool for a moment, resizes it, or changes its bound.
  void control(std::uint32_t choice);

  // A result that all threads may wait for: gives one away, borrows one (or NULL).
  void share(std::size_t slot, tp_result_t* result, Errand& errand);
  tp_result_t* borrow(std::size_t slot, Errand*& errand);

  // The end, once no thread but the pool's own uses the handle any more.
  void end(Choices& choices);
  // After all threads and results are gone.
  void check_books();
  void wrong(const char* what) {
    const char* none = nullptr;
    wrong_.compare_exchange_strong(none, what);
  }
  void expect(bool holds, const char* what) {
    if (!holds) wrong(what);
  }
  const char* wrong() const { return wrong_.load(); }

 private:
  struct Shared {
    tp_result_t* result = nullptr;
    Errand* errand = nullptr;
  };

  void perform_child(Order order);
  void perform_on_other(Order order);
  void perform_visit(Order order);
  void perform_follow(Order order);
  void perform_spawned(Order order);
  void misuse();
  void start_keepers();
  void make_groups(Choices& choices);
  void check_groups();
  void check_stats();
  bool drains() const { return flags_ & TP_POOL_DRAIN; }
  void end_both(std::uint32_t way);
  void destroy_within(double timeout);
  void destroy_in_task();
  static int initialize(void* self);

  const std::uint32_t flags_;
  std::size_t workers_ = 1;
  std::size_t max_pending_ = 0;
  bool reports_ = false;
  bool fails_init_ = false;
  bool init_throws_ = false;
  int init_fails_at_ = 0;
  std::atomic<int> initializers_{0}, initialized_{0}, finalized_{0}, args_dropped_{0};
  std::atomic<int> payloads_{0};
  std::atomic<std::uint64_t> spawned_{0};  // calls of what items have spawned
  std::atomic<bool> terminated_{false}, broken_{false}, submitted_{false}, cancelled_{false},
      limits_items_{false};
  std::atomic<const char*> wrong_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Errand>> errands_;
  std::vector<std::unique_ptr<Follower>> followers_;
  std::vector<std::unique_ptr<Pledge>> pledges_;
  Shared shared_[4];
  Bunch bunches_[3];
  std::vector<std::thread> keepers_;
  bool joined_ = false;
  tp_pool_t* pool_ = nullptr;
  tp_pool_t* neighbour_ =
      nullptr;  // a second pool, whose tasks call this one; NULL in half of the lives
};

}  // namespace stress
