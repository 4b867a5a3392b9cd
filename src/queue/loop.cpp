// SPDX-License-Identifier: MIT
// Stage 4: how a loop's items are claimed and run; from submit/map, to result/job.
#include "queue/loop.h"

#include <cstring>

#include "base/noise.h"
#include "base/slab.h"
#include "queue/cost.h"
#include "result/traced.h"

namespace tp::core {

void Loop::run() {
  const Reference queues(*this);
  owner().open(*this);  // first: terminate either finds it on the board or is seen here
  if (const int status = owner().cut_status(); status != TP_OK) return cut(status);
  if (owner().is_paused()) return;
  participate(Deadline::never(), true);
}

bool Loop::help(Deadline deadline) {
  if (!pin()) return false;
  const Finally unpin([this] { over(1); });
  if (const int status = owner().cut_status(); status != TP_OK) cut(status);
  return participate(deadline, false);
}

void* Loop::cost_key() const noexcept {
  return range_fn_ ? reinterpret_cast<void*>(range_fn_) : reinterpret_cast<void*>(task_.fn);
}

/// Until nothing is left to claim, the deadline has passed, or, if it may leave, it is called off.
bool Loop::participate(Deadline deadline, bool may_leave) {
  const std::size_t slot = joined_.fetch_add(1);  // beyond slots_: a thief without a range
  const auto share = static_cast<std::uint32_t>(units_ / (2 * slots_));
  Pace pace(std::max(share, 1u));
  bool all_claimed = false;
  do {
    std::size_t begin, end;
    watch_deadline();
    while (take_orphan(begin, end)) run_items(begin, end);
    const Span span = claim(slot, pace.next());
    if ((all_claimed = span.empty())) break;
    run_span(span);
    pace.ran(span.size());
  } while (!deadline.passed() && !(may_leave && owner().calls_off(extras_.level)));
  noise("loop.leave");
  if (!all_claimed && claimable()) owner().open(*this);  // what it leaves in its range
  if (pace.units()) cost_table().note(cost_key(), task_.ctx, pace.unit_ns());
  return pace.units() != 0;
}

Span Loop::claim(std::size_t slot, std::uint32_t count) {
  if (stopping()) return sweep(), Span{};
  if (slot < slots_)
    if (const Span span = slot_[slot].range.take(count); !span.empty()) return span;
  return steal(slot, count);
}

/// Takes from another's back; keeps what is beyond count in the own range, where others may steal it.
Span Loop::steal(std::size_t slot, std::uint32_t count) {
  const bool keeps = slot < slots_;
  for (std::size_t i = 1; i <= slots_; ++i) {
    Range<Native>& range = slot_[(slot + i) % slots_].range;
    const Span span = slots_ == 1 ? range.take(count) : range.steal(keeps ? UINT32_MAX : count);
    if (span.empty()) continue;
    owner().count_steal();
    if (!keeps || span.size() <= count) return span;
    noise("loop.steal");
    slot_[slot].range.set({span.begin + count, span.end});
    if (!extras_.is_open.load()) owner().open(*this);  // it was nowhere to be seen for a moment
    return {span.begin, span.begin + count};
  }
  return {};
}

bool Loop::claimable() noexcept {
  if (orphans_.load()) return true;
  for (std::size_t i = 0; i < slots_; ++i)
    if (slot_[i].range.size()) return true;
  return false;
}

std::size_t Loop::item_at(std::uint32_t unit) const noexcept {
  return unit >= units_ ? shape_.count : unit * unit_;
}

void Loop::run_span(Span span) {
  if (shape_.count == 0) return over(1);
  run_items(item_at(span.begin), item_at(span.end));
}

void Loop::run_items(std::size_t begin, std::size_t end) {
  owner().set_running(true);
  if (!range_fn_)
    run_each(begin, end);
  else if (shape_.chunksize)
    run_chunks(begin, end);
  else
    run_range(begin, end, end);
  owner().set_running(false);
}

void Loop::run_chunks(std::size_t begin, std::size_t end) {
  for (std::size_t next; begin < end; begin = next) {
    next = end - begin > unit_ ? begin + unit_ : end;
    run_range(begin, next, end);
  }
}

void Loop::run_each(std::size_t begin, std::size_t end) {
  const std::size_t i = run_each_of(begin, end);
  OnUnwind dropped([&] { leave(begin, i, i); });
  if (i < end) cut_items(i, end);
  dropped.dismiss();
  ran(begin, i);
}

/// Returns where it was stopped.
std::size_t Loop::run_each_of(std::size_t begin, std::size_t end) {
  Traced<Point::chunk> traced(owner(), this, kind(), begin, end);
  Frame frame(Frame::Kind::task, &owner(), this);
  const Function function(task_);
  std::size_t i = begin;
  const auto run_up_to_a_failure = [&] {
    for (; i < end && !stopping(); ++i) {
      const void* const item = task_.item_size ? items_ + i * task_.item_size : nullptr;
      void* const value = task_.value_size ? values_ + i * task_.value_size : nullptr;
      if (const int code = function(frame, task_.ctx, item, value)) return code;
    }
    return 0;
  };
  for (;;) {
    const Verdict verdict =
        call_user(frame, run_up_to_a_failure, [&] { lose(begin, i, i + 1, end, frame); });
    if (verdict.status == TP_OK) break;
    OnUnwind dropped([&] { leave(begin, i + 1, end); });
    fail(i, i + 1, verdict.status, verdict.code, frame);
    dropped.dismiss();
    ++i;
  }
  if (traced.is_on()) traced.set_range(begin, i);
  return i;
}

/// One call. Should it end the thread, the items up to last are for others.
void Loop::run_range(std::size_t begin, std::size_t end, std::size_t last) {
  if (stopping()) {
    OnUnwind dropped([&] { leave(end, end, last); });
    cut_items(begin, end);
    return dropped.dismiss();
  }
  {
    const Traced<Point::chunk> traced(owner(), this, kind(), begin, end);
    Frame frame(Frame::Kind::task, &owner(), this);
    const Verdict verdict = call_user(
        frame, [&] { return range_fn_(task_.ctx, begin, end); },
        [&] { lose(begin, begin, end, last, frame); });
    OnUnwind lost([&] { leave(begin, end, last); });
    if (verdict.status != TP_OK) fail(begin, end, verdict.status, verdict.code, frame);
    lost.dismiss();
  }
  ran(begin, end);
}

void Loop::fail(std::size_t begin, std::size_t end, int status, int code, Frame& frame) {
  if (statuses_) std::memset(statuses_ + begin, status, end - begin);
  if (shape_.keeps_errors)
    return keep_error(begin, Error::make(status, code, begin, frame.take_cause()));
  record(status, code, begin, frame);
  if (!shape_.fail_fast || stopping()) return;
  skips_.store(true);
  stop(TP_ECANCELED);
}

void Loop::ran(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  owner().count_items(end - begin);
  over(end - begin);
}

/// The thread ends inside items [lost, next) of [begin, end).
void Loop::lose(std::size_t begin, std::size_t lost, std::size_t next, std::size_t end,
                Frame& frame) {
  fail(lost, next, TP_ELOST, 0, frame);
  leave(begin, next, end);
}

/// The thread ends and has run items [begin, next) of [begin, end): the others are for others.
void Loop::leave(std::size_t begin, std::size_t next, std::size_t end) {
  owner().set_running(false);
  if (next < end) {
    if (auto* const orphan = static_cast<Orphan*>(slab_alloc(sizeof(Orphan)))) {
      Lock lock(orphans_mutex_);
      *orphan = {next, end, orphans_.load()};
      orphans_.store(orphan);
    } else {
      if (statuses_) std::memset(statuses_ + next, TP_ELOST, end - next);
      for (std::size_t i = next; shape_.keeps_errors && i < end; ++i)
        keep_error(i, Error::of(TP_ELOST));
      over(end - next);
    }
  }
  if (claimable()) owner().open(*this);  // also what is left in its range
  ran(begin, next);
}

bool Loop::take_orphan(std::size_t& begin, std::size_t& end) noexcept {
  if (!orphans_.load()) return false;
  Lock lock(orphans_mutex_);
  Orphan* const orphan = orphans_.load();
  if (!orphan) return false;
  orphans_.store(orphan->next);
  begin = orphan->begin;
  end = orphan->end;
  slab_free(orphan, sizeof(Orphan));
  return true;
}

void Loop::cut(int status) {
  stop(status);
  sweep();
}

/// Ends everything that is unclaimed.
void Loop::sweep() {
  OnUnwind rest([this] { owner().open(*this); });
  std::size_t begin, end;
  while (take_orphan(begin, end)) cut_items(begin, end);
  for (std::size_t i = 0; i < slots_; ++i)
    for (;;) {
      const Span span = slot_[i].range.take(UINT32_MAX);
      if (span.empty()) break;
      cut_items(item_at(span.begin), item_at(span.end));
    }
  rest.dismiss();
}

void Loop::cut_items(std::size_t begin, std::size_t end) {
  const int status = stop_status();
  if (statuses_) std::memset(statuses_ + begin, status, end - begin);
  const Finally counted([&] {
    owner().count_cut(end - begin);
    over(shape_.count ? end - begin : 1);
  });
  if (!skips_.load()) record_cut(status, begin);
}

}  // namespace tp::core
