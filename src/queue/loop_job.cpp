// SPDX-License-Identifier: MIT
// Stage 4: how a loop's items are claimed and run; from submit/loop, to result/job.
#include "queue/loop_job.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>

#include "base/modes.h"
#include "base/slab.h"
#include "base/sync_point.h"
#include "queue/cost.h"
#include "result/participation.h"
#include "trace/traced.h"

namespace tp::core {

constexpr int kLate = INT_MIN;  // stands for the code of an item

LoopJob::LoopJob(PoolContext& pool, const tp_task_t& task, tp_range_fn range_fn, LoopShape shape,
                 std::size_t slots, const Callbacks& callbacks, bool handle) noexcept
    : Job(pool, range_fn ? JobKind::loop : JobKind::map, shape.weight(), &extras_, handle),
      extras_(callbacks),
      task_(task),
      range_fn_(range_fn),
      shape_(shape),
      unit_(shape.unit()),
      grain_(shape.grain()),
      units_(shape.units()),
      slots_(slots) {
  if (!range_fn && !task.fn) workers_only();
  keep_pool_for_callbacks();
  const auto after = reinterpret_cast<std::uintptr_t>(this + 1);
  slot_ = reinterpret_cast<Slot*>((after + kCacheLine - 1) & ~(kCacheLine - 1));
  const auto dealt = [this](std::size_t to) {  // units of the first slots: all parts are equal
    return static_cast<std::uint32_t>(std::uint64_t{units_} * to / slots_);
  };
  for (std::size_t i = 0; i < slots_; ++i)
    (new (&slot_[i]) Slot)->range.set({dealt(i), dealt(i + 1)});
}

void LoopJob::run() {
  const Reference queues(*this);
  const bool quick = is_quick();  // then it stays in this worker's hands until all has started
  if (!open_and_check(*this, !quick)) return;
  if (const Taker* const taker = pool().taker())
    hand_out(*taker, true);
  else
    participate(Deadline::never(), true, quick, group_pause());
}

void LoopJob::run_here() {
  const Reference queues(*this);
  take_part(Deadline::never(), true, nullptr);  // no pause of its group holds it up
}

/// A thread that may not leave runs items. quick: it claims all that is left. pause: as in Turn.
bool LoopJob::take_part(Deadline deadline, bool quick, const std::atomic<bool>* pause) {
  if (!pin()) return false;
  const ScopeExit unpin([this] { over(1); });
  const Participation own(*this);
  if (!own.is_allowed()) return false;
  if (const int status = pool().cut_status(); status != TP_OK) cut(status);
  return participate(deadline, false, quick, pause);
}

/// Whether it took less than a wake-up the last time: another worker would come too late.
bool LoopJob::is_quick() const noexcept {
  if (shape_.chunksize || pool().taker()) return false;  // chunks of the caller's are always shared
  const auto* const table = kept_per_thread<CostTable>(PerThread::costs);
  return table && table->is_quick(cost_key(), task_.ctx, units_);
}

/// Runs items until none is left, the deadline has passed, the group pauses, or a thread that may leave is called off.
/// A quick loop is claimed whole. False: none ran.
bool LoopJob::participate(Deadline deadline, bool may_leave, bool quick,
                          const std::atomic<bool>* pause) {
  const std::size_t slot = joined_.fetch_add(1);  // beyond slots_: a thief without a range
  const auto share = static_cast<std::uint32_t>(units_ / (2 * slots_));
  ChunkSizer sizer = quick ? ChunkSizer(units_, units_) : ChunkSizer(std::max(share, 1u));
  Turn turn(pool(), extras_.priority, may_leave, pause);
  if (quick) turn.look_for_cancels(pool().cancels());
  const Modes modes;  // for the next items, and for a task that waits for these
  CostTable* table = nullptr;
  bool all_claimed = false;
  do {
    watch_deadline();
    if (may_leave && !pool().may_claim()) break;
    if ((all_claimed = !begin())) break;
    const Part part = claim(slot, sizer.next());
    if ((all_claimed = part.units == 0)) break;
    // it may allocate, so not without a claim, which keeps the job from its end
    if (!table) table = cost_table();
    run_part(part, sizer, turn);
    modes.restore();
  } while (!deadline.passed() && !turn.is_called_off());
  sync_point("loop.leave");
  if (!all_claimed && claimable()) pool().open(*this);  // what it leaves in its range
  if (table && sizer.units()) table->note(cost_key(), task_.ctx, sizer.unit_ns());
  return sizer.units() != 0;
}

/// False when the job was given up before anything of it had started.
bool LoopJob::begin() noexcept {
  std::uint8_t phase = phase_.load();
  if (phase == kUntouched) phase_.compare_exchange_strong(phase, kBegun);
  return phase != kGivenUp;
}

bool LoopJob::cut_pending(int status) {
  std::uint8_t phase = kUntouched;
  if (!phase_.compare_exchange_strong(phase, kGivenUp)) return false;
  sync_point("loop.give_up");
  cut(status);
  return stop_status() == status;
}

LoopJob::Part LoopJob::claim(std::size_t slot, std::uint32_t count) {
  if (stopping()) {
    sweep();
    return {};
  }
  if (orphans_.load())
    if (const Part orphan = take_orphan(count); orphan.units) return orphan;
  Span span = slot < slots_ ? slot_[slot].range.take(count) : Span{};
  if (span.empty())
    span = steal(slot, count);
  else
    extend(span, slot + 1, count);
  return {item_at(span.begin), item_at(span.end), span.size()};
}

/// Claims the shares behind the span, up to count units in all, as far as nobody has begun them.
void LoopJob::extend(Span& span, std::size_t next, std::uint32_t count) noexcept {
  for (; span.size() < count && next < slots_ && joined_.load() <= next; ++next)
    span.end += slot_[next].range.take_behind(span.end, count - span.size()).size();
}

/// Takes from the back of another's range. What is beyond count goes to the own range, where others may steal it.
Span LoopJob::steal(std::size_t slot, std::uint32_t count) {
  const bool keeps = slot < slots_;
  for (std::size_t i = 1; i <= slots_; ++i) {
    Range& range = slot_[(slot + i) % slots_].range;
    const Span span = slots_ == 1 ? range.take(count) : range.steal(keeps ? UINT32_MAX : count);
    if (span.empty()) continue;
    count_steal(pool());
    if (!keeps || span.size() <= count) return span;
    sync_point("loop.steal");
    slot_[slot].range.set({span.begin + count, span.end});
    if (!extras_.is_open.load()) pool().open(*this);  // for a moment these units were in no range
    return {span.begin, span.begin + count};
  }
  return {};
}

bool LoopJob::claimable() noexcept {
  const auto has_units = [](const Slot& slot) { return slot.range.size() != 0; };
  return !is_held() && (orphans_.load() || std::any_of(slot_, slot_ + slots_, has_units));
}

/// It has no items, or was stopped.
void LoopJob::end_part(Part part) {
  if (shape_.count == 0)
    over(1);
  else
    cut_items(part.begin, part.end);
}

/// Runs units of the part, at least one; it leaves the rest to others. Items that may be the last ones are over only
/// when this thread runs nothing of the job any more.
void LoopJob::run_part(Part part, ChunkSizer& sizer, Turn& turn) {
  if (shape_.count == 0 || stopping()) {
    end_part(part);
    return sizer.ran(part.units);
  }
  start_claimed();  // from here on the first item, or chunk, runs whatever comes
  pool().set_running(true);
  std::size_t told = part.begin, at = told;  // up to told items are over; up to at they have run
  bool leaves = false;
  do {
    ran(told, at);  // without memory for an orphan it goes on
    told = at;
    at = range_fn_ ? run_chunks(at, part.end, told, turn) : run_each(at, part.end, turn);
  } while (at < part.end && !stopping() && !(leaves = leave_orphan(at, part.end)));
  pool().set_running(false);
  const ScopeExit counted([&] { ran(told, at); });
  sizer.ran(leaves ? units_in(part.begin, at) : part.units);
  if (unit_ns_) unit_ns_->store(static_cast<float>(sizer.unit_ns()));
  if (at < part.end && !leaves) cut_items(at, part.end);
}

/// Runs chunks of a for: the caller's, or all as one, or, if the group may pause, some of about 20 us. All are over but
/// the last, which begins at told. Returns where it stopped or left.
std::size_t LoopJob::run_chunks(std::size_t begin, std::size_t end, std::size_t& told, Turn& turn) {
  const std::size_t most = shape_.chunksize ? shape_.chunksize : end - begin;
  std::optional<ChunkSizer> sizer;
  if (!shape_.chunksize && turn.may_be_held()) sizer.emplace(UINT32_MAX);
  for (std::size_t next;; begin = next) {
    next = begin + std::min<std::size_t>(sizer ? sizer->next() : most, end - begin);
    told = begin;
    run_range(begin, next, end, turn);
    if (sizer) sizer->ran(static_cast<std::uint32_t>(next - begin));
    watch_deadline();
    if (next == end || stopping() || turn.is_due()) return next;
    ran(begin, next);
  }
}

/// Runs items of a map. Returns where the thread stopped or left: between two items, or chunks of the caller's.
std::size_t LoopJob::run_each(std::size_t begin, std::size_t end, Turn& turn) {
  Traced<Point::chunk> traced(pool(), this, kind(), begin, end);
  CallScope scope(CallScope::Kind::task, &pool(), this);
  turn.note_cancels(scope);
  const bool has_batch = extras_.item_limit == 0 && batch_of(task_);
  const auto run = [&](At& at) {
    return has_batch ? run_batches(at, end, scope, turn)
                     : run_up_to_a_failure(begin, at, end, scope, turn);
  };
  const auto failed = [&](At at, CallResult result) {
    if (scope.is_late()) result = {TP_ETIMEDOUT, result.code == kLate ? 0 : result.code};
    call_or_else([&] { fail(at.item, at.end(), result, scope); },
                 [&] { leave(begin, at.end(), end); });
    return true;
  };
  const auto lost = [&](At at) {
    fail(at.item, at.end(), {TP_ELOST, 0}, scope);
    leave(begin, at.end(), end);
  };
  std::size_t at = run_items(scope, begin, run, failed, lost);
  if (at == begin) [[unlikely]] {  // the job was stopped just now, but its first item has started
    const void* const item = task_.item_size ? items_ + at * task_.item_size : nullptr;
    void* const value = task_.value_size ? values_ + at * task_.value_size : nullptr;
    const CallResult result = run_item(
        task_, scope, item, value, [&] { lost({begin}); }, extras_.item_limit);
    if (result.status != TP_OK) failed({at}, result);
    ++at;
  }
  if (traced.is_on()) traced.set_range(begin, at);
  return at;
}

/// As run of run_items. Stops between two items; leaves between two items, or chunks of the caller's. kLate: an item
/// has succeeded too late.
int LoopJob::run_up_to_a_failure(std::size_t begin, At& at, std::size_t end, CallScope& scope,
                                 Turn& turn) {
  const Function function(task_);
  const bool is_plain = function.is_plain() && !is_unattended() && extras_.item_limit == 0;
  const std::size_t chunk = std::max<std::size_t>(shape_.chunksize, 1);
  for (;; ++at.item) {
    if (is_plain)
      if (const int code = run_plainly(at, end, scope)) return code;
    if (at.item == end) return 0;
    if (at.item % chunk == 0 && at.item != begin) {
      if (is_unattended()) watch_deadline();
      if (turn.is_due()) return 0;
    }
    if (stopping()) return 0;
    const void* const item = task_.item_size ? items_ + at.item * task_.item_size : nullptr;
    void* const value = task_.value_size ? values_ + at.item * task_.value_size : nullptr;
    scope.begin_item(extras_.item_limit);
    if (const int code = function(scope, task_.ctx, item, value)) return code;
    if (!scope.is_late()) continue;
    timed_out({TP_OK, 0}, task_.value_drop, value);
    return kLate;
  }
}

/// The same for a function that needs no confirmation, while nobody else wants this thread and no deadline has to be
/// watched here. It begins a cache line: else it is chance whether the loop takes two lines or three, which are 1.6 or
/// 1.9 ns for each item on an AMD EPYC.
[[gnu::aligned(64)]] int LoopJob::run_plainly(At& at, std::size_t end, CallScope& scope) {
  const std::size_t item_size = task_.item_size, value_size = task_.value_size;
  const char* item = item_size ? items_ + at.item * item_size : nullptr;
  char* value = value_size ? values_ + at.item * value_size : nullptr;
  for (; at.item != end && pool().signs().is_plain() && !stopping(); ++at.item) {
    if (const int code = Function(task_).call(scope, task_.ctx, item, value)) return code;
    item += item_size;
    value += value_size;
  }
  return 0;
}

/// As run of run_items, by the task's batch function. An automatic chunk is one call, unless the group may pause. Else
/// calls of about 20 us run a part of a chunk, or some; the thread stops between two calls, leaves between two chunks.
int LoopJob::run_batches(At& at, std::size_t end, CallScope& scope, Turn& turn) {
  const auto run = [&](std::size_t n) { return run_batch(task_, scope, items_, values_, at, n); };
  if (!shape_.chunksize && !turn.may_be_held())
    return at.item == end || stopping() ? 0 : run(end - at.item);
  const std::size_t chunk = std::max<std::size_t>(shape_.chunksize, 1);
  ChunkSizer sizer(UINT32_MAX);
  while (at.item < end && !stopping()) {
    const std::size_t most = sizer.next(), begun = at.item % chunk;
    const std::size_t whole = (begun + most) / chunk * chunk;
    const std::size_t n = std::min(whole > begun ? whole - begun : most, end - at.item);
    if (const int code = run(n)) return code;
    sizer.ran(static_cast<std::uint32_t>(n));
    if (is_unattended()) watch_deadline();
    if (at.item % chunk == 0 && turn.is_due()) break;
  }
  return 0;
}

/// Runs one call of a for. If it ends the thread, the items behind it up to last go to others.
void LoopJob::run_range(std::size_t begin, std::size_t end, std::size_t last, const Turn& turn) {
  const Traced<Point::chunk> traced(pool(), this, kind(), begin, end);
  CallScope scope(CallScope::Kind::task, &pool(), this);
  turn.note_cancels(scope);
  scope.begin_item(extras_.item_limit);
  scope.set_item(begin);
  CallResult result = call_user(
      scope, [&] { return range_fn_(task_.ctx, begin, end); },
      [&] {
        fail(scope.item(), end, {TP_ELOST, 0}, scope);
        leave(begin, end, last);
      });
  if (scope.is_late()) result = timed_out(result, nullptr, nullptr);
  if (result.status == TP_OK) return;
  call_or_else([&] { fail(scope.item(), end, result, scope); }, [&] { leave(begin, end, last); });
}

void LoopJob::fail(std::size_t begin, std::size_t end, CallResult result, Cause cause) {
  const auto [status, code] = result;
  note(begin, end, status);
  if (shape_.keeps_errors) {
    for (std::size_t i = begin + 1; i < end; ++i) keep_error(i, Error::of(status));
    return keep_error(begin, Error::make(status, code, begin, cause));
  }
  record(status, code, begin, cause);
  if (!shape_.fail_fast || stopping()) return;
  skips_.store(true);
  stop(TP_ECANCELED);
}

/// Keeps the status of items for those who may ask.
void LoopJob::note(std::size_t begin, std::size_t end, int status) noexcept {
  if (statuses_)
    std::memset(statuses_ + begin, status, end - begin);
  else if (shape_.asked)
    faults_.add(begin, end, status);
}

void LoopJob::ran(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  pool().bump(&Counters::items, end - begin);
  if (const std::size_t count = weight(begin, end)) over(count);
}

/// The thread is being ended and has run items [begin, next) of [begin, end). The rest goes to other threads.
void LoopJob::leave(std::size_t begin, std::size_t next, std::size_t end) {
  pool().set_running(false);
  if (next < end && !leave_orphan(next, end)) {
    note(next, end, TP_ELOST);
    for (std::size_t i = next; shape_.keeps_errors && i < end; ++i)
      keep_error(i, Error::of(TP_ELOST));
    over(weight(next, end));
  }
  if (claimable()) pool().open(*this);  // also for what is left in its range
  ran(begin, next);
}

/// False without memory.
bool LoopJob::leave_orphan(std::size_t begin, std::size_t end) noexcept {
  auto* const orphan = static_cast<Orphan*>(slab_alloc(sizeof(Orphan)));
  if (!orphan) return false;
  sync_point("loop.orphan");
  Lock lock(orphans_mutex_);
  *orphan = {begin, end, orphans_.load()};
  orphans_.store(orphan);
  return true;
}

/// Cuts everything that is unclaimed.
void LoopJob::sweep() {
  const auto cut_all = [this] {
    for (Part part; (part = take_orphan(UINT32_MAX)).units;) cut_items(part.begin, part.end);
    for (std::size_t i = 0; i < slots_; ++i)
      for (Span span; !(span = slot_[i].range.take(UINT32_MAX)).empty();)
        cut_items(item_at(span.begin), item_at(span.end));
  };
  call_or_else(cut_all, [this] { pool().open(*this); });
}

void LoopJob::cut_items(std::size_t begin, std::size_t end) {
  const int status = stop_status();
  note(begin, end, status);
  const ScopeExit counted([&] {
    pool().bump(&Counters::cut, end - begin);
    over(shape_.count ? weight(begin, end) : 1);
  });
  if (!skips_.load()) record_cut(status, begin);
}

}  // namespace tp::core
