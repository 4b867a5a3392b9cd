// SPDX-License-Identifier: MIT
// Stage 4: an imap job: pulls, runs and yields items within a window; from submit/imap, to queue/stream_buffer.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "queue/range.h"
#include "queue/stream_buffer.h"
#include "queue/turn.h"
#include "result/job.h"
#include "tpool/submit.h"
#include "tpool/task.h"

namespace tp::core {

/// Where a stream's items come from, and how far it may run ahead.
struct StreamShape {
  tp_source_fn source;  // nullptr: the stream is fed
  void* ctx;
  void (*drop)(void* ctx);
  std::size_t chunksize;  // 0 = automatic
  std::size_t window;  // items pulled and not yet yielded; 0 = 16 automatic chunks for each worker
  bool ordered;
  bool fail_fast;
};

/// A stream has no thread of its own. A free worker pulls the next items, one puller at a time, and runs them.
/// With automatic chunks a pulled item can be claimed at once, and stolen until it starts. So an item may wait
/// for another one.
///
/// A stream that is fed has no source: a thread that pushes an item takes the puller's place.
///
/// Counting: published_ - claimed_ items wait; pulled_ - passed <= window_. remaining_ counts the source, too, so
/// the pool exists until the source has ended and each item is over. A puller first counts all that it may
/// pull; credit_ is how many of these it has not asked for yet. Thread-safe.
class StreamJob final : public Job {
 public:
  static constexpr bool kCanOpen = true, kRunsHere = false;

  static StreamJob* make(PoolContext& pool, const tp_task_t& task, const StreamShape& shape,
                         bool handle) noexcept;
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept;

  void run() override;
  bool help_items(Deadline deadline) override;
  bool claimable() noexcept override;
  void finish_taken(const TakenItems& taken, const TakenEnd& end) override;
  void cut(int status) override {
    stop(status);
    sweep();
  }
  void progress(std::size_t& done, std::size_t& total) const noexcept override;

  /// Takes the next value, a failure with its error and one reference, or the end. False: nothing to tell yet.
  bool try_next(void* value, int& status, Error*& error);
  // for streams that are fed (queue/stream_push.cpp)
  bool is_fed() const noexcept { return !shape_.source; }
  bool has_items() const noexcept { return task_.item_size != 0; }
  /// Takes an item: TP_OK; TP_EAGAIN when the window is full or another thread pushes; TP_ECANCELED, TP_EINVAL behind
  /// the end, TP_ETASK, TP_ENOMEM.
  int try_push(const void* item);
  /// Whether that would find room, or an end.
  bool may_push() noexcept;
  bool is_full() noexcept;
  void end_pushes();
  /// Counts the threads that wait for room.
  void count_pusher(std::uint32_t change) noexcept { pushers_.fetch_add(change); }

  /// Whether there is something to tell.
  bool has_next() noexcept { return buffer_.has_next() || end_reached(); }
  /// Has workers look again whether the window has room: the calling thread will wait, or has read.
  void reopen();
  /// Count the threads that wait for the end. Meanwhile there is no window, because one of them may be the reader.
  void lift();
  void unlift() noexcept { lifts_.fetch_sub(1); }

 protected:
  void destroy() noexcept override { discard(); }
  bool has_hooks() const noexcept override { return task_.value_drop || task_.ctx_drop; }
  bool cut_pending(int status) override;
  void drop_items() override;
  void drop_ctx() override { call_hook(task_.ctx_drop, task_.ctx); }
  void drop_outputs() override {
    const ScopeExit rest([this] { call_in_turn([this] { return drop_next(); }); });
    if (Error* const error = source_error_.exchange(nullptr)) error->release();
  }
  void detach() override;

 private:
  /// Items that one worker has claimed and not started; others may steal them. Workers of a later resize have none.
  struct alignas(kCacheLine) Share {
    Range range;
    Segment* segment = nullptr;  // written under feed_ on an empty range
  };
  /// Items to run next, one after another.
  struct Claim {
    StreamSlot* first = nullptr;
    std::uint32_t count = 0;
  };

  // The items of an automatic chunk of this size are cheap, and not worth a wake-up.
  static constexpr std::uint32_t kCheapBatch = 32;
  // The largest chunk: remaining_ has to count it before it is pulled.
  static constexpr std::size_t kMostInChunk = std::size_t{1} << 30;
  // An automatic window has kChunksAhead chunks for each worker, and grows with them to kMostAhead items.
  static constexpr std::size_t kChunksAhead = 16, kMostAhead = 1024;

  StreamJob(PoolContext& pool, const tp_task_t& task, const StreamShape& shape, std::size_t shares,
            bool handle) noexcept;
  ~StreamJob() override = default;
  static std::size_t bytes_for(std::size_t shares) noexcept {
    return sizeof(StreamJob) + kCacheLine + shares * sizeof(Share);
  }
  static StreamShape fitting(StreamShape shape, bool handle) noexcept;

  // pulling (queue/stream_pull.cpp)
  /// How many more items the window allows. A thread that lifted it may have pulled more than it allows.
  std::size_t room_in(std::size_t window) const noexcept {
    const std::size_t passed = buffer_.passed();  // first: it never passes what is pulled
    return window - std::min(window, pulled_.load() - passed);
  }
  std::size_t room() const noexcept;
  std::size_t to_pull() const noexcept TP_REQUIRES(feed_);
  int begin_push() noexcept;
  int move_in(StreamSlot& slot, const void* item);
  void append_pulled(StreamSlot& slot) noexcept;
  void tell_pushers() noexcept {
    if (pushers_.load()) waiters().wake_all();
  }
  void pull(std::size_t count, Turn& turn);
  bool pull_items(std::size_t count, Turn& turn);
  StreamSlot* append() noexcept;
  bool pull_one(StreamSlot& slot);
  void publish();
  void source_failed(int code, Cause cause);
  void end_pull(bool source_over);
  void close_source();

  // running (queue/stream_job.cpp)
  bool step(Turn& turn);
  // for a pool with a taker (queue/stream_taken.cpp)
  bool hand_out(const Taker& taker, Turn& turn);
  void hand_out_run(const Taker& taker, Claim& claim);
  void finish_taken_slot(StreamSlot& slot, const TakenEnd& end, bool is_first, std::uint32_t& ran);
  Claim find(Share* own, Turn& turn);
  Claim claim(std::size_t most) noexcept TP_REQUIRES(feed_);
  StreamSlot* claim_one() noexcept;
  Claim steal(std::uint32_t most) noexcept TP_REQUIRES(feed_);
  void keep_rest(Share& own, Claim& claim) noexcept TP_REQUIRES(feed_);
  bool has_work() noexcept TP_REQUIRES(feed_);
  bool has_work_or_missed() noexcept TP_REQUIRES(feed_);
  void run_claim(Claim claim, Share* own, Turn& turn);
  void run_claimed(Claim& claim, StreamSlot*& next, Share* own, std::uint32_t& ran, Turn& turn);
  void run_slot(StreamSlot& slot, CallScope& scope, std::uint32_t& ran, bool has_started);
  void drop_item(StreamSlot& slot) {
    if (!task_.item_drop) return;
    CallScope scope(CallScope::Kind::hook, &pool(), this);
    call_hook(task_.item_drop, buffer_.item(slot));
  }
  void fail_slot(StreamSlot& slot, int status, int code, CallScope& scope, std::uint32_t& ran) {
    fail_slot(slot, status, code, scope.take_cause(), ran);
  }
  void fail_slot(StreamSlot& slot, int status, int code, Cause cause, std::uint32_t& ran);
  void finish_slot(StreamSlot& slot, StreamSlot::State state, std::uint32_t& ran);
  void orphan(StreamSlot* first, std::uint32_t count);
  void cut_slot(StreamSlot& slot);
  void sweep();
  void adapt(std::uint32_t count, std::uint64_t spent_ns) noexcept;

  // yielding (queue/stream_yield.cpp)
  bool copy_out(StreamSlot& slot, void* value) noexcept;
  int hand_over(StreamSlot& slot, void* value, Error*& error);
  void drop(StreamSlot& slot);
  bool end_reached() const noexcept;
  int report_end(Error*& error) noexcept;
  void yielded();
  bool drop_next();
  /// Drops all values that can be taken. If a hook ends the thread, the next item's end, or the job's, drops the rest.
  void drain() {
    while (drop_next()) {
    }
  }

  Extras extras_;
  const tp_task_t task_;
  const StreamShape shape_;
  const std::size_t shares_count_;
  Share* shares_;
  // the puller's cache line
  alignas(kCacheLine) std::atomic<std::size_t> pulled_{0};
  std::atomic<std::size_t> published_{0};
  std::atomic<std::size_t> credit_{0};
  StreamSlot* chunk_ = nullptr;  // pulled and not published
  std::size_t reported_ = 0;     // of pulled_, in the statistics
  // what all threads read
  alignas(kCacheLine) std::atomic<std::size_t> window_;
  std::atomic<std::uint32_t> batch_{1};    // automatic chunk
  std::atomic<std::uint32_t> lifts_{0};    // threads that wait for the end: no window meanwhile
  std::atomic<std::uint32_t> pushers_{0};  // threads that wait for room
  std::atomic<bool> missed_{false};        // a thread has looked for items and found none
  std::atomic<bool> starved_{false};       // there was no memory for another slot
  std::atomic<bool> source_over_{false};
  std::atomic<bool> was_cut_{false};  // something was skipped
  alignas(kCacheLine) Mutex feed_;
  bool pulling_ TP_GUARDED_BY(feed_) = false;
  bool pushes_end_ TP_GUARDED_BY(feed_) = false;  // the end of the source, when nobody pushes
  std::size_t claimed_ TP_GUARDED_BY(feed_) = 0;
  StreamSlot* orphans_ TP_GUARDED_BY(feed_) = nullptr;  // claimed by a thread that has ended
  std::atomic<Error*> source_error_{nullptr};
  std::atomic<bool> error_reported_{false};
  std::atomic<bool> cut_reported_{false};
  alignas(kCacheLine) StreamBuffer buffer_;
};

inline bool is_stream(const Job& job) noexcept {
  return job.kind() == JobKind::imap || job.kind() == JobKind::imap_unordered;
}
/// The job as a stream; nullptr if it is none.
inline StreamJob* as_stream(Job& job) noexcept {
  return is_stream(job) ? static_cast<StreamJob*>(&job) : nullptr;
}

}  // namespace tp::core
