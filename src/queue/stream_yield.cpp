// SPDX-License-Identifier: MIT
// Stage 7: how a stream yields its values; from queue/stream_buffer, to the waiter.
#include <algorithm>
#include <cstring>

#include "base/order.h"
#include "base/sync_point.h"
#include "queue/stream_job.h"

namespace tp::core {

/// The items have been dropped one by one. This only records that the stream was cut.
void StreamJob::drop_items() {
  if (stop_status() == TP_ETIMEDOUT) was_cut_.store(true);  // even if all of it is yielded
  if (was_cut_.load() && !error()) record_cut(stop_status(), pulled_.load());
}

/// The last handle is gone. Nobody will read, so there is no window any more.
void StreamJob::detach() {
  const ScopeExit rest([this] {
    window_.store(SIZE_MAX);
    reopen();
    if (is_fed()) end_pushes();
  });
  drain();
}

bool StreamJob::try_next(void* value, int& status, Error*& error) {
  const bool ended = end_reached();  // first: then all that is over can be taken
  sync_point("stream.take");
  bool copied = false;
  StreamSlot* const slot =
      buffer_.take([&](StreamSlot& next) { return copied = copy_out(next, value); });
  if (copied) {
    yielded();
    status = TP_OK;
  } else if (slot) {
    status = hand_over(*slot, value, error);
  } else if (ended) {
    status = report_end(error);
  }
  return copied || slot || ended;
}

/// Copies a value out, if that needs no call of user code.
bool StreamJob::copy_out(StreamSlot& slot, void* value) noexcept {
  order::acquire(order::ends(this));
  // seen by take
  const bool has_value = slot.state.load(std::memory_order_relaxed) == StreamSlot::value;
  if (!has_value || task_.value_move || (!value && task_.value_drop)) return false;
  if (value && task_.value_size) std::memcpy(value, buffer_.value(slot), task_.value_size);
  return true;
}

int StreamJob::hand_over(StreamSlot& slot, void* value, Error*& error) {
  order::acquire(order::ends(this));
  const bool failed = slot.state.load() == StreamSlot::failed;
  if (!failed && !(value && task_.value_size)) {
    drop(slot);
    return TP_OK;
  }
  const ScopeExit rest([&] {
    buffer_.recycle(slot);
    yielded();
  });
  if (failed) {
    observe();
    error = buffer_.error(slot);
    return error->status() == TP_ETIMEDOUT ? TP_ETASK : error->status();  // its item_deadline
  }
  if (task_.value_move)
    task_.value_move(value, buffer_.value(slot));
  else
    std::memcpy(value, buffer_.value(slot), task_.value_size);
  return TP_OK;
}

void StreamJob::drop(StreamSlot& slot) {
  const ScopeExit rest([&] {
    buffer_.recycle(slot);
    yielded();
  });
  CallScope scope(CallScope::Kind::hook, nullptr, this);
  if (slot.state.load() == StreamSlot::failed)
    buffer_.error(slot)->release();
  else if (task_.value_size)
    call_hook(task_.value_drop, buffer_.value(slot));
}

/// Whether the reader has got all: everything is over, or a cut stream only has a call of its source left, which
/// may never return. What that call still brings is cut, too.
bool StreamJob::end_reached() const noexcept {
  if (ready() || (stopping() && cut_reported_.load())) return true;
  if (!stopping()) return false;
  const std::size_t credit = credit_.load();  // acquire part pairs with pull_items
  const bool only_source_left = remaining() == 1 + credit && credit_.load() == credit;
  return only_source_left && !source_over_.load();
}

int StreamJob::report_end(Error*& error) noexcept {
  observe();
  if (Error* const failure = source_error_.load(); failure && !error_reported_.exchange(true)) {
    failure->retain();
    error = failure;
    return failure->status();
  }
  const bool source_blocks = stopping() && !source_over_.load();
  if ((was_cut_.load() || source_blocks) && !cut_reported_.exchange(true)) {
    const int status = stop_status();
    Error* const broken = status == TP_EINIT ? this->error() : nullptr;
    if (broken) broken->retain();
    error = broken ? broken : Error::make(status, 0, pulled_.load(), {});
    return status;
  }
  return TP_END;
}

/// One more item has left the window. A large window opens again when a quarter of it is free.
void StreamJob::yielded() {
  if (starved_.load() && starved_.exchange(false)) return reopen();
  sync_point("stream.yielded");
  tell_pushers();
  if (!missed_.load()) return;
  const std::size_t window = window_.load();
  const std::size_t enough = std::max(shape_.chunksize, window < 64 ? 1 : window / 4);
  if (room_in(window) >= enough) reopen();
}

/// Drops the next value that can be taken; false when there is none.
bool StreamJob::drop_next() {
  StreamSlot* const slot = buffer_.take();
  if (slot) drop(*slot);
  return slot != nullptr;
}

void StreamJob::progress(std::size_t& done_items, std::size_t& total) const noexcept {
  const std::size_t passed = buffer_.passed();  // first: a claim is counted at its end, or later
  const std::size_t left = remaining();
  const std::size_t source = (source_over_.load() ? 0 : 1) + credit_.load();
  total = pulled_.load();
  const std::size_t over = total - std::min(total, left - std::min(left, source));
  done_items = std::max(over, std::min(passed, total));
}

}  // namespace tp::core
