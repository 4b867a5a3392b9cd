// SPDX-License-Identifier: MIT
// Stage 6: what a job needs from its pool; from queue/*, to result/job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "base/asymmetric_fence.h"
#include "base/handle_tag.h"
#include "base/sync_point.h"
#include "base/wait_list.h"
#include "result/callbacks.h"
#include "result/deferred.h"
#include "result/counters.h"
#include "result/error.h"
#include "result/group_ring.h"
#include "result/room.h"
#include "result/taker.h"
#include "tpool/pool.h"
#include "trace/traced.h"

namespace tp::core {

class Job;
class PoolWaits;

/// Urgent jobs start first, jobs of the background last.
enum class Priority : std::uint8_t { urgent, normal, background };
inline constexpr Priority kByUrgency[] = {Priority::urgent, Priority::normal, Priority::background};
inline constexpr std::size_t kPriorities = std::size(kByUrgency);
constexpr std::size_t index_of(Priority priority) noexcept {
  return static_cast<std::size_t>(priority);
}

/// The pool's state only goes up.
enum class State : std::uint32_t { running, closed, terminated };

/// A word that workers read before they start something. Threads hardly ever write it. Thread-safe.
class Signs {
 public:
  using Bits = std::uint32_t;
  static constexpr Bits kPaused = 1, kPrioritized = 2, kUnpausable = 4, kShrinking = 8,
                        kSweeping = 16, kTerminated = 32, kBroken = 64, kGrouped = 128,
                        kCancelling = 256, kCutting = 512, kFull = 1024;

  /// Whether workers start work in the order of the queues: there is no pause, no priority, no group, no surplus worker
  /// and no end.
  bool is_plain() const noexcept { return !(word_.load() & ~kUnpausable); }
  /// Whether workers start nothing: the pool pauses, a thread sweeps or cancels, or the taker has no room.
  bool is_paused() const noexcept {
    return word_.load() & (kPaused | kSweeping | kCancelling | kFull);
  }
  /// Whether workers may not even claim something: a thread takes what is queued.
  bool is_sweeping() const noexcept { return word_.load() & (kSweeping | kCancelling); }
  bool any(Bits of) const noexcept { return word_.load() & of; }

  /// Sets and clears bits. Returns the old bits.
  Bits change(Bits set, Bits clear) noexcept {
    Bits old = word_.load();
    while (!word_.compare_exchange_weak(old, (old & ~clear) | set)) {
    }
    return old;
  }
  /// Sets bits, unless one of others is set: then false.
  bool set_unless(Bits set, Bits others) noexcept {
    Bits old = word_.load();
    do {
      if (old & others) return false;
    } while (!word_.compare_exchange_weak(old, old | set));
    return true;
  }

 private:
  std::atomic<Bits> word_{0};
};

/// The pool as its jobs see it: events that they tell it of, and plain state that they read and count in. Lives until
/// each of its jobs has told of its end, and until the last release.
class PoolContext {
 public:
  PoolContext(const PoolContext&) = delete;
  PoolContext& operator=(const PoolContext&) = delete;

  // Events.
  /// A job is ready. The calling thread will not touch the pool again.
  virtual void ended() = 0;
  /// The job has unstarted items for workers to find.
  virtual void open(Job& job) = 0;
  /// The same, but wakes no worker: the caller does, when it has no mutex.
  virtual void reopen(Job& job) = 0;
  /// The job, which has extras, is complete. No worker finds it from now on, and its deadline has no effect.
  virtual void settled(Job& job) noexcept = 0;
  /// Takes a claimed job off the queue, if it is the last one that the calling thread has queued. The caller then has
  /// the queue's reference.
  virtual bool take_back(Job& job) noexcept = 0;
  /// A worker goes on with the job's end, because user code is ending the calling thread.
  virtual void defer(Job& job) noexcept = 0;
  /// There is work: wakes a worker if one sleeps.
  virtual void notify() noexcept = 0;
  /// Reports a failed job whose error no thread has asked for.
  virtual void report(const Error& error) = 0;
  /// Whether the calling worker should turn from a job of this priority: the pool pauses, work of a higher priority
  /// waits, or the worker has to leave.
  virtual bool turns_from(Priority priority) const noexcept = 0;
  /// User code is ending the calling worker's thread: nobody will sync what the worker has spawned.
  virtual void abandon_spawned() = 0;
  /// Jobs that were accepted and are not counted as completed; too many rather than too few.
  virtual std::size_t pending() const noexcept = 0;
  /// A job that nobody has queued may start now. If no worker is idle, one may have to run it that waits for what
  /// depends on it.
  virtual void unblock(Job& job) noexcept = 0;
  /// The same for each job that may start now.
  virtual void unblock_any() noexcept = 0;
  /// Whether unblock may have an effect: no worker is idle, and some are blocked.
  virtual bool has_blocked() noexcept = 0;
  /// How many CPUs the process could use when workers last started.
  virtual std::size_t cpus() const noexcept = 0;

  // State.
  State state() const noexcept { return static_cast<State>(state_.load() & kStates); }
  /// The error that broke the pool, or nullptr.
  Error* cut_error() const noexcept { return broken_.load(); }
  /// The status that unstarted items end with; TP_OK while the pool runs them.
  int cut_status() const noexcept {
    if (state() == State::terminated) return TP_ETERMINATED;
    return cut_error() ? TP_EINIT : TP_OK;
  }
  /// The same for work in a worker's hands: while a thread sweeps a terminated pool, that work still starts.
  int cut_status_in_hand() const noexcept {
    if (!signs_.any(Signs::kTerminated | Signs::kBroken)) return TP_OK;
    const int status = cut_status();
    return status == TP_ETERMINATED && signs_.is_sweeping() && !cut_error() ? TP_OK : status;
  }

  const Signs& signs() const noexcept { return signs_; }
  /// The end of a pause, a sweep or a cancel wakes a worker, because submitters have woken none meanwhile. It wakes the
  /// next one.
  void change_signs(Signs::Bits set, Signs::Bits clear) noexcept {
    constexpr Signs::Bits kHalts =
        Signs::kPaused | Signs::kSweeping | Signs::kCancelling | Signs::kFull;
    if (!(signs_.change(set, clear) & clear & kHalts)) return;
    sync_point("pool.goes_on");
    heavy_fence();  // a submitter that saw the pause has published its queued task
    notify();
  }
  /// Whether the calling worker may claim work, which is then in its hands (Workers::await_hands).
  [[gnu::always_inline]] bool may_claim() const noexcept {
    if (this_thread.pool == this) this_thread.hands->fill();  // before the look at the signs
    return !signs_.is_sweeping();
  }
  /// Whether a worker should turn from a job of this priority, between two chunks.
  bool calls_off(Priority priority) const noexcept {
    return !signs_.is_plain() && turns_from(priority);
  }
  /// The calling thread is about to wait. If it sweeps, lets workers start again, because it may wait for work that
  /// the sweep has not reached. If there are cancelled jobs to end, which may be its own task, has workers end them.
  void yield_sweep() noexcept {
    if (signs_.is_sweeping() && sweeper_.load() == &this_parker())
      change_signs(0, Signs::kSweeping);
    if (has_cut_.load() && signs_.set_unless(Signs::kCutting, Signs::kCutting)) {
      heavy_fence();  // a worker that rests later sees the sign
      notify();
    }
  }
  /// How many times all jobs of the pool were cancelled. A thread that claims a task reads it before.
  std::uint32_t cancels() const noexcept { return cancels_.load(); }

  /// How many workers there should be.
  std::size_t worker_count() const noexcept { return worker_count_.load(); }
  /// How many threads wait for the end of all streams. While it is not zero, streams have no windows.
  std::atomic<std::uint32_t>& lifts() noexcept { return lifts_; }
  /// Whether a worker has ever spawned something: then workers look for that.
  bool has_spawned() const noexcept { return has_spawned_.load(); }
  void note_spawned() noexcept {
    if (!has_spawned()) has_spawned_.store(true);
  }
  /// The trace that is on, or nullptr. It lives as long as the pool.
  Trace* trace() const noexcept {
    return trace_.load(std::memory_order_acquire);  // pairs with the store of Trace::start
  }
  operator TracedPool() const noexcept { return {this, trace()}; }
  bool caller_helps() const noexcept { return caller_helps_; }
  bool reports() const noexcept { return reports_; }
  /// Whether the pool has no threads of its own: threads of the program enter it.
  bool is_hosted() const noexcept { return is_hosted_; }
  const HandleTag& handle_tag() const noexcept { return handle_tag_; }
  /// Who takes the pool's items; nullptr: its workers run them. checks: who checks its tasks.
  const Taker* taker() const noexcept { return taker_ && taker_->takes ? taker_ : nullptr; }
  Taker* checks() const noexcept { return taker_; }
  Inbox& inbox() noexcept { return inbox_; }
  /// The pool whose taken items this pool runs, or another address if that pool is in another process; nullptr for all
  /// other pools.
  const PoolContext* leader() const noexcept { return leader_.load(); }
  void set_leader(const PoolContext* leader) noexcept { leader_.store(leader); }
  CallbackStrand& callbacks() noexcept { return callbacks_; }
  Deferred& deferred() noexcept { return deferred_; }
  /// Whether ends of jobs are left to workers.
  bool any_left() const noexcept { return callbacks_.due() || deferred_.any(); }
  /// What the graph of waits knows of this pool.
  PoolWaits& blocked() const noexcept { return blocked_; }
  /// The threads that wait until the pool is idle or over, or has work for them.
  WaitList& idle() noexcept { return idle_; }
  Room& room() noexcept { return room_; }
  GroupRing& groups() noexcept { return groups_; }
  const GroupRing& groups() const noexcept { return groups_; }

  // Counters.
  /// Adds to the calling thread's counter.
  void bump(Counters::Counter Counters::*counter, std::uint64_t count) noexcept {
    if (this_thread.pool == this)
      Counters::add(static_cast<Counters*>(this_thread.hands)->*counter, count);
    else
      (others_.*counter).fetch_add(count);
  }
  /// The calling thread begins or stops running items.
  void set_running(bool running) noexcept { bump(&Counters::running, running ? 1 : UINT64_MAX); }
  /// So many more items are at the taker.
  void note_taken(std::size_t count) noexcept {
    taken_.fetch_add(count);
    others_.running.fetch_add(count);
  }
  /// The done callbacks of a job begin, or are over.
  void set_telling(bool telling) noexcept { bump(&Counters::telling, telling ? 1 : UINT64_MAX); }
  /// A promise begins or ends: nobody runs it, but it counts as running.
  void set_promised(bool promised) noexcept {
    others_.running.fetch_add(promised ? 1 : UINT64_MAX);
  }
  /// A job was accepted that takes no room yet.
  void add_roomless() noexcept { roomless_.fetch_add(1); }
  /// Such a job takes room from now on.
  void take_room() noexcept {
    roomless_.fetch_sub(1);
    if (!room_.is_bounded()) return;
    room_.take_anyway();
    room_.used(true);
  }
  /// Counts a job that is about to be ready with this status, and gives its room back, if it takes any. From now on
  /// the job calls no user code but done callbacks.
  void count(int status, bool takes_room = true) noexcept {
    if (status == TP_ECANCELED || status == TP_ETERMINATED)
      bump(&Counters::cancelled, 1);
    else if (status != TP_OK)
      bump(&Counters::failed, 1);
    if (status == TP_ETIMEDOUT) bump(&Counters::timed_out, 1);
    if (takes_room) [[likely]]
      room_.give_back();
    else
      roomless_.fetch_sub(1);
    bump(&Counters::completed, 1);  // last
    room_.tell();
  }

  /// Keeps the pool's memory.
  void retain() noexcept { refs_.fetch_add(1); }
  void release() noexcept {
    if (refs_.fetch_sub(1) == 1) delete this;
  }

 protected:
  PoolContext(const tp_pool_options_t& options, PoolWaits& blocked, Taker* taker) noexcept
      : taker_(taker),
        caller_helps_(options.flags & TP_POOL_CALLER_HELPS),
        reports_(options.unobserved != nullptr),
        is_hosted_(options.flags & TP_POOL_NO_THREADS),
        worker_count_(options.workers),
        blocked_(blocked),
        room_(options.max_pending, *this) {}
  virtual ~PoolContext() = default;

  static constexpr std::uint32_t kStates = 3, kVacant = 4;

  // what every call reads and threads seldom write
  std::atomic<Trace*> trace_{nullptr};
  Signs signs_;
  Taker* const taker_;
  const bool caller_helps_, reports_, is_hosted_;
  std::atomic<bool> ending_{false};      // the state is not running, and every submitter sees that
  std::atomic<std::uint32_t> state_{0};  // State; kVacant: the next job starts a thread
  HandleTag handle_tag_{HandleTag::pool};
  std::atomic<bool> has_spawned_{false};
  std::atomic<bool> has_cut_{false};  // there are cancelled jobs to end
  std::atomic<std::uint32_t> cancels_{0};
  std::atomic<std::uint32_t> lifts_{0};
  std::atomic<Error*> broken_{nullptr};
  std::atomic<std::size_t> worker_count_;
  // the rest
  alignas(kCacheLine) CallbackStrand callbacks_;
  Deferred deferred_;
  Inbox inbox_;
  std::atomic<const PoolContext*> leader_{nullptr};
  PoolWaits& blocked_;
  WaitList idle_;
  std::atomic<const Parker*> sweeper_{nullptr};  // of the thread that sweeps
  std::atomic<std::size_t> refs_{1};
  Room room_;
  std::atomic<std::size_t> roomless_{0};  // accepted jobs that take no room
  std::atomic<std::size_t> taken_{0};     // items that are at the taker
  GroupRing groups_{*this};
  Counters others_;  // of all threads that are not workers of this pool
};

/// Whether the calling thread runs an item that was taken from the pool, which is looked at as an address.
inline bool runs_taken_from(const PoolContext* pool) noexcept {
  return this_thread.pool && this_thread.pool->leader() == pool;
}

/// The calling thread took work from another thread's share.
inline void count_steal(PoolContext& pool) noexcept {
  mark_steal(pool);
  pool.bump(&Counters::steals, 1);
}

}  // namespace tp::core
