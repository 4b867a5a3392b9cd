// SPDX-License-Identifier: MIT
// Stage 4: an apply job: one item, claimed once; from submit/apply, to result/job.
#pragma once

#include <atomic>

#include "result/job.h"
#include "tpool/task.h"

namespace tp::core {

/// A waiter may claim the job while its queued task is in the submit queue. The worker that finds it drops the
/// queue's reference.
class ApplyJob : public Job {
 public:
  static constexpr bool kCanOpen = false, kRunsHere = true;

  /// A job with room for its item and value; nullptr without memory.
  static ApplyJob* make(PoolContext& pool, const tp_task_t& task, const Callbacks& callbacks,
                        bool handle, bool needs_extras = false) noexcept;
  /// The same for a small task without hooks and callbacks, in a pool that reports nothing; with a copy of the item.
  static ApplyJob* make_bare(PoolContext& pool, const tp_task_t& task, const void* item,
                             bool handle) noexcept;
  /// A job over the caller's item and value.
  static ApplyJob* make(PoolContext& pool, const tp_task_t& task, const void* item,
                        void* value) noexcept;

  /// Moves or copies in the item of the job's task. False: item_move has thrown or ended the thread; the job is over.
  bool take_item(const tp_task_t& task, const void* item);
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  void run() override { start(taker()); }
  /// The submitting thread runs the job in place of a worker.
  void run_here() { start(nullptr); }
  bool help_items(Deadline) override;
  bool claimable() noexcept override { return claim_.load() != Claim::done && !is_held(); }
  void finish_taken(const TakenItems& taken, const TakenEnd& end) override;
  void cut(int status) override;
  bool begin_pool_cancel() noexcept override;
  void end_pool_cancel() override;
  Job*& cancelled_link() noexcept override;
  void progress(std::size_t& done, std::size_t& total) const noexcept override {
    done = remaining() ? 0 : 1;
    total = 1;
  }
  int item_status(std::size_t index) const noexcept override {
    return index == 0 ? outcome() : TP_EINVAL;
  }
  void* values() noexcept override { return value_; }

 protected:
  void destroy() noexcept override { discard(); }
  bool has_hooks() const noexcept override {
    return tail() && (tail()->item_drop || tail()->value_drop || tail()->ctx_drop);
  }
  bool cut_pending(int status) override;
  /// Who takes the item; nullptr: the pool's workers run it.
  const Taker* taker() const noexcept {
    const Taker* const taker = pool().taker();
    return taker && !stays() ? taker : nullptr;
  }
  /// Whether the pool's workers run it, whoever takes the items of other jobs.
  virtual bool stays() const noexcept { return false; }
  void drop_items() override {
    if (owns_ && item_ && tail()) call_hook(tail()->item_drop, const_cast<void*>(item_));
  }
  void drop_ctx() override {
    if (tail()) call_hook(tail()->ctx_drop, ctx_);
  }
  void drop_outputs() override {
    if (owns_ && produced_ && tail()) call_hook(tail()->value_drop, value_);
  }

  /// What few tasks need, behind the job.
  struct Tail : Extras {
    Tail(const Callbacks& of, const tp_task_t& task) noexcept
        : Extras(of),
          item_drop(task.item_drop),
          value_drop(task.value_drop),
          ctx_drop(task.ctx_drop) {}
    void (*item_drop)(void*);
    void (*value_drop)(void*);
    void (*ctx_drop)(void*);
  };
  /// And what the taker of a pool has to know.
  struct TakenTail : Tail {
    TakenTail(const Callbacks& of, const tp_task_t& what) noexcept : Tail(of, what), task(what) {}
    const tp_task_t task;
  };
  static std::size_t tail_bytes(const PoolContext& pool) noexcept {
    return pool.taker() ? sizeof(TakenTail) : sizeof(Tail);
  }
  static Tail* make_tail(void* memory, const PoolContext& pool, const Callbacks& callbacks,
                         const tp_task_t& task) noexcept;

  ApplyJob(PoolContext& pool, const tp_task_t& task, Tail* tail, bool handle,
           std::size_t bytes) noexcept;
  /// A job whose class runs it. It has a handle.
  ApplyJob(PoolContext& pool, JobKind kind, bool needs_worker, std::size_t bytes) noexcept;
  ~ApplyJob() override = default;

  /// The one item of a job that has no copy of it. REQUIRES: the job is not queued.
  void set_item(const void* item) noexcept { item_ = item; }
  void set_value(void* value) noexcept {
    value_ = value;
    owns_ = true;
  }
  /// Whether the calling thread runs the item. If the item is to be cut, cuts it.
  bool claim();
  /// Runs the claimed item. mine: 1 if the calling thread has the queue's reference, and still has it afterwards.
  /// cancels: the pool's count of cancels before the claim.
  virtual void execute(std::uint32_t& mine, std::uint32_t cancels);
  /// How many items its one claim is for.
  virtual std::size_t size() const noexcept { return 1; }

 private:
  /// Who may run the item: nobody yet has claimed it; it is to be cut by the thread that claims it; done.
  enum class Claim : std::uint8_t { free, cut, done };

  const Tail* tail() const noexcept { return static_cast<const Tail*>(extras_or_none()); }
  void start(const Taker* taker);
  void cut_claimed();
  /// Gives the claimed item to the taker.
  void hand_out(const Taker& taker, std::uint32_t cancels);

  const std::uint16_t bytes_;  // of its memory; UINT16_MAX if there are more
  std::atomic<Claim> claim_{Claim::free};
  bool owns_ : 1 = false;      // item_ and value_ are this job's
  bool produced_ : 1 = false;  // value_ holds a value
  const bool confirms_ : 1;
  const tp_task_fn fn_;
  void* const ctx_;
  union {
    const void* item_ = nullptr;
    Job* next_cancelled_;  // of a bare job that is to be cut
  };
  void* value_ = nullptr;
};

}  // namespace tp::core
