// SPDX-License-Identifier: MIT
// Stage 4: how a stream's items are claimed and run; from queue/stream_pull, to queue/stream_buffer.
#include "queue/stream_job.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/modes.h"
#include "base/order.h"
#include "base/slab.h"
#include "base/sync_point.h"
#include "queue/items.h"
#include "result/participation.h"
#include "trace/traced.h"

namespace tp::core {

StreamJob::StreamJob(PoolContext& pool, const tp_task_t& task, const StreamShape& shape,
                     std::size_t shares, bool handle) noexcept
    : Job(pool, shape.ordered ? JobKind::imap : JobKind::imap_unordered, 1, &extras_, handle),
      task_(task),
      shape_(fitting(shape, handle)),
      shares_count_(shares),
      window_(!handle        ? SIZE_MAX
              : shape.window ? shape.window
              : pool.taker() ? kMostAhead
                             : kChunksAhead * shares),
      buffer_(task.item_size, task.value_size, shape.ordered,
              shape.window ? shape.window : kMostAhead, shape_.chunksize) {
  if (!task.fn) workers_only();
  const auto after = reinterpret_cast<std::uintptr_t>(this + 1);
  shares_ = reinterpret_cast<Share*>((after + kCacheLine - 1) & ~(kCacheLine - 1));
  for (std::size_t i = 0; i < shares; ++i) new (&shares_[i]) Share;
}

/// A caller's chunk that would never fit into the window becomes as large as the window. A caller that asks for
/// chunks of one item gets automatic chunks, of which each item can be stolen until it runs.
StreamShape StreamJob::fitting(StreamShape shape, bool handle) noexcept {
  const std::size_t window = handle && shape.window ? shape.window : SIZE_MAX;
  shape.chunksize = std::min({shape.chunksize, window, kMostInChunk});
  if (shape.chunksize == 1) shape.chunksize = 0;
  return shape;
}

StreamJob* StreamJob::make(PoolContext& pool, const tp_task_t& task, const StreamShape& shape,
                           bool handle) noexcept {
  const std::size_t shares = pool.taker() ? 1 : pool.worker_count();
  void* const memory = slab_alloc(bytes_for(shares));
  if (!memory) return nullptr;
  auto* const stream = new (memory) StreamJob(pool, task, shape, shares, handle);
  if (stream->buffer_.prepare()) return stream;
  stream->discard();
  return nullptr;
}

void StreamJob::discard() noexcept {
  drop_extras();
  const std::size_t bytes = bytes_for(shares_count_);
  this->~StreamJob();
  slab_free(this, bytes);
}

/// Runs for a time slice, so that other jobs get their turn.
void StreamJob::run() {
  constexpr std::uint64_t kSliceNs = 50'000;
  const Reference queues(*this);
  if (!open_and_check(*this)) return;
  Turn turn(pool(), extras_.priority, true, group_pause());
  const std::uint64_t end = now_ns() + kSliceNs;
  while (step(turn) && now_ns() < end && !turn.is_called_off()) {
  }
}

bool StreamJob::help_items(Deadline deadline) {
  if (!may_start() || !pin()) return false;
  const ScopeExit unpin([this] { over(1); });
  const Participation own(*this);
  if (!own.is_allowed()) return false;
  if (const int status = pool().cut_status(); status != TP_OK) cut(status);
  Turn turn(pool(), extras_.priority, false, group_pause());
  const bool ran = step(turn);
  while (ran && !deadline.passed() && !available() && !buffer_.has_next() &&
         !turn.is_called_off() && step(turn)) {
  }
  return ran;
}

bool StreamJob::claimable() noexcept {
  if (is_held()) return false;
  Lock lock(feed_);
  return has_work_or_missed();
}

bool StreamJob::has_work() noexcept {
  if (stopping() && !pulling_ && !source_over_.load()) return true;  // at least the source's end
  if (orphans_ || published_.load() != claimed_ || to_pull()) return true;
  const auto has_items = [](const Share& share) { return share.range.size() != 0; };
  return std::any_of(shares_, shares_ + shares_count_, has_items);
}

/// Sets missed_ when there is no work, and looks again: a thread that makes work meanwhile sees the mark.
bool StreamJob::has_work_or_missed() noexcept {
  if (has_work()) return true;
  sync_point("stream.missed");
  missed_.store(true);
  core::heavy_fence();
  return has_work();
}

/// Pulls if need be, and runs what it claims. False: there is nothing, or a thread that may leave sees a sweep.
bool StreamJob::step(Turn& turn) {
  watch_deadline();
  if (stopping()) {
    sweep();
    return false;
  }
  if (const Taker* const taker = pool().taker()) return hand_out(*taker, turn);
  const auto index = static_cast<std::size_t>(this_thread.index);
  const bool has_share = this_thread.pool == &pool() && index < shares_count_;
  Share* const own = has_share ? &shares_[index] : nullptr;
  const Claim claim = find(own, turn);
  if (!claim.count) return false;
  const FloatModes floats;  // for the next items, and for a task that waits for these
  run_claim(claim, own, turn);
  if (floats.differ_at_a_glance()) floats.set();
  return true;
}

StreamJob::Claim StreamJob::find(Share* own, Turn& turn) {
  if (turn.may_leave() && !pool().may_claim()) return {};
  if (own)
    if (const Span span = own->range.take(1); !span.empty())
      return {&buffer_.slot(*own->segment, span.begin), 1};
  Claim found;
  bool more_left = false;
  // nobody can steal what a thread without a share claims
  const bool shares = own || pool().taker();
  const std::size_t most = shape_.chunksize ? shape_.chunksize : shares ? batch_.load() : 1;
  {
    Lock lock(feed_);
    do {
      found = claim(most);
      if (const std::size_t count = found.count ? 0 : to_pull()) {
        pulling_ = true;
        lock.unlock();
        sync_point("stream.pull");
        pull(count, turn);
        const bool leaves = turn.is_due();  // the source may have taken its time
        lock.lock();
        if (leaves || (turn.may_leave() && !pool().may_claim())) return {};
        found = claim(most);
      }
      if (!found.count) found = steal(own ? UINT32_MAX : 1);
    } while (!found.count && !stopping() && has_work_or_missed());
    if (own && !shape_.chunksize && found.count > 1) keep_rest(*own, found);
    more_left = found.count && has_work();
  }
  if (more_left && batch_.load() < kCheapBatch) pool().notify();
  return found;
}

StreamJob::Claim StreamJob::claim(std::size_t most) noexcept {
  if (StreamSlot* const slot = orphans_) {
    orphans_ = slot->next_done;
    return {slot, 1};
  }
  const std::size_t waiting = published_.load() - claimed_;
  if (!waiting) return {};
  if (!shape_.chunksize) most = std::min<std::size_t>(most, buffer_.claim_room());
  const auto count = static_cast<std::uint32_t>(std::min({waiting, most, std::size_t{UINT32_MAX}}));
  StreamSlot& first = buffer_.claim();
  for (std::uint32_t i = 1; i < count; ++i) buffer_.claim();
  claimed_ += count;
  return {&first, count};
}

/// Any unstarted item.
StreamSlot* StreamJob::claim_one() noexcept {
  Lock lock(feed_);
  if (const Claim found = claim(1); found.count) return found.first;
  for (std::size_t i = 0; i < shares_count_; ++i)
    if (const Span span = shares_[i].range.take(1); !span.empty())
      return &buffer_.slot(*shares_[i].segment, span.begin);
  return nullptr;
}

StreamJob::Claim StreamJob::steal(std::uint32_t most) noexcept {
  for (std::size_t i = 0; i < shares_count_; ++i) {
    const Span span = shares_[i].range.steal(most);
    if (span.empty()) continue;
    count_steal(pool());
    return {&buffer_.slot(*shares_[i].segment, span.begin), span.size()};
  }
  return {};
}

/// Leaves all but the first item where others may steal them.
void StreamJob::keep_rest(Share& own, Claim& claim) noexcept {
  own.segment = &buffer_.segment(*claim.first);
  sync_point("stream.keep");
  own.range.set({claim.first->at + 1, claim.first->at + claim.count});
  claim.count = 1;
}

/// Runs what was claimed, and counts it as over all at once: quick items do not each write a shared counter.
void StreamJob::run_claim(Claim claim, Share* own, Turn& turn) {
  pool().set_running(true);
  const std::uint64_t start = now_ns();
  std::uint32_t ran = 0;
  StreamSlot* next = claim.first;
  const ScopeExit end([&] {
    pool().set_running(false);
    pool().bump(&Counters::items, ran);
    if (ran) over(ran);
  });
  call_or_else([&] { run_claimed(claim, next, own, ran, turn); },
               [&] { orphan(next, claim.count); });
  if (ran) adapt(ran, now_ns() - start);
}

/// next, claim and ran tell how far it came. Others may steal what it leaves in its share.
void StreamJob::run_claimed(Claim& claim, StreamSlot*& next, Share* own, std::uint32_t& ran,
                            Turn& turn) {
  Traced<Point::items> traced(pool(), this, kind(), 0, claim.count);
  const std::size_t first = traced.is_on() ? buffer_.index(*next) : 0;  // now: the slot may go
  bool has_started = !stopping();                                       // the first item
  start_claimed();
  CallScope scope(CallScope::Kind::task, &pool(), this);
  while (claim.count) {
    StreamSlot& slot = *next;
    next = --claim.count ? &buffer_.next(slot) : nullptr;  // first: a slot that is done may go
    run_slot(slot, scope, ran, std::exchange(has_started, false));
  }
  while (own && !turn.is_due()) {
    const Span span = own->range.take(1);
    if (span.empty()) break;
    run_slot(buffer_.slot(*own->segment, span.begin), scope, ran, false);
  }
  if (traced.is_on()) traced.set_range(first, first + ran);
}

void StreamJob::run_slot(StreamSlot& slot, CallScope& scope, std::uint32_t& ran, bool has_started) {
  watch_deadline();
  if (!has_started && stopping()) {
    const ScopeExit goes_on([this] { pool().set_running(true); });
    pool().set_running(false);  // first: it may be the last item
    return cut_slot(slot);
  }
  const CallResult result = run_item(
      task_, scope, buffer_.item(slot), buffer_.value(slot),
      [&] { fail_slot(slot, TP_ELOST, 0, scope, ran); }, extras_.item_limit);
  if (result.status != TP_OK) return fail_slot(slot, result.status, result.code, scope, ran);
  finish_slot(slot, StreamSlot::value, ran);
}

void StreamJob::fail_slot(StreamSlot& slot, int status, int code, Cause cause, std::uint32_t& ran) {
  Error* const error = Error::make(status, code, buffer_.index(slot), cause);
  buffer_.error(slot) = error;
  const ScopeExit rest([&] {
    const bool stops = shape_.fail_fast && stop(TP_ECANCELED);
    finish_slot(slot, StreamSlot::failed, ran);
    if (stops) sweep();
  });
  record_shared(*error);
}

void StreamJob::finish_slot(StreamSlot& slot, StreamSlot::State state, std::uint32_t& ran) {
  const ScopeExit rest([&] {
    const std::size_t index = buffer_.index(slot);  // first: the slot may go once it is done
    ++ran;
    sync_point("stream.done");
    order::release(order::ends(this));
    buffer_.done(slot, state);
    sync_point("stream.tell");
    if (!shape_.ordered || index == buffer_.passed() || stopping()) waiters().wake_all();
    if (detached() && !this_thread.ending) drain();
  });
  drop_item(slot);
}

/// The thread is being ended: what it has claimed and not started goes to others.
void StreamJob::orphan(StreamSlot* first, std::uint32_t count) {
  {
    Lock lock(feed_);
    for (StreamSlot* slot = first; count; --count) {
      StreamSlot* const next = count > 1 ? &buffer_.next(*slot) : nullptr;
      slot->next_done = orphans_;
      orphans_ = slot;
      slot = next;
    }
  }
  pool().open(*this);
}

/// Cuts what has been pulled and not started, and ends the source unless a thread is calling it.
void StreamJob::sweep() {
  if (this_thread.ending) return pool().open(*this);  // a worker runs the hooks
  const auto cut_all = [this] {
    while (StreamSlot* const slot = claim_one()) cut_slot(*slot);
  };
  call_or_else(cut_all, [this] { pool().open(*this); });
  bool ends = false;
  {
    Lock lock(feed_);
    if (!source_over_.load()) was_cut_.store(true);
    sync_point("stream.sweep");
    if (!pulling_) ends = !source_over_.exchange(true);
  }
  waiters().wake_all();  // the source may never return
  if (ends) close_source();
}

/// A source that has been called has started; so has an item that was claimed.
bool StreamJob::cut_pending(int status) {
  {
    Lock lock(feed_);
    const bool has_pulled = pulling_ || pulled_.load() || source_over_.load();
    if ((is_fed() ? claimed_ != 0 : has_pulled) || !stop(status)) return false;
  }
  sweep();
  return true;
}

void StreamJob::cut_slot(StreamSlot& slot) {
  const ScopeExit rest([&] {
    const ScopeExit counted([&] {
      pool().bump(&Counters::cut, 1);
      order::release(order::ends(this));
      buffer_.done(slot, StreamSlot::cut);
      over(1);
    });
    was_cut_.store(true);
    if (!shape_.fail_fast || !error()) record_cut(stop_status(), buffer_.index(slot));
  });
  drop_item(slot);
}

/// Grows or shrinks the automatic chunk so that one takes about 10 us.
void StreamJob::adapt(std::uint32_t count, std::uint64_t spent_ns) noexcept {
  if (shape_.chunksize || shares_count_ == 1) return;  // one worker: items may need the source
  const double fitting =
      10'000.0 * count / static_cast<double>(std::max<std::uint64_t>(spent_ns, 1));
  std::size_t window = window_.load();
  const std::size_t half = std::min(window, kMostAhead) / 2;
  const double most = static_cast<double>(std::max<std::size_t>(half / shares_count_, 1));
  const auto batch =
      static_cast<std::uint32_t>(std::clamp(std::min(fitting, 4.0 * count), 1.0, most));
  batch_.store(batch);
  // an automatic window grows with the chunks, and never shrinks
  const std::size_t wanted = std::min(kChunksAhead * shares_count_ * batch, kMostAhead);
  while (!shape_.window && window < wanted && !window_.compare_exchange_weak(window, wanted)) {
  }
}

void StreamJob::reopen() {
  if (!missed_.load() || !missed_.exchange(false) || !pin()) return;
  pool().open(*this);
  over(1);
}

void StreamJob::lift() {
  lifts_.fetch_add(1);
  sync_point("stream.lift");
  tell_pushers();
  reopen();
}

}  // namespace tp::core
