// SPDX-License-Identifier: MIT
// Stage 7: how a stream yields its values, and its memory; from result/delivery, to the waiter.
#include <algorithm>
#include <cstring>
#include <new>

#include "base/noise.h"
#include "base/order.h"
#include "base/slab.h"
#include "base/spin.h"
#include "queue/stream.h"
#include "result/wait.h"

namespace tp::core {

Stream::Stream(PoolContext& owner, const tp_task_t& task, const StreamShape& shape,
               std::size_t shares, bool handle) noexcept
    : Job(owner, 1, &extras_, handle),
      task_(task),
      shape_(fitting(shape, handle)),
      shares_count_(shares),
      window_(!handle        ? SIZE_MAX
              : shape.window ? shape.window
                             : kChunksAhead * shares),
      delivery_(task.item_size, task.value_size, shape.ordered,
                shape.window ? shape.window : kMostAhead) {
  if (!task.fn) workers_only();
  const auto after = reinterpret_cast<std::uintptr_t>(this + 1);
  shares_ = reinterpret_cast<Share*>((after + kCacheLine - 1) & ~(kCacheLine - 1));
  for (std::size_t i = 0; i < shares; ++i) new (&shares_[i]) Share;
}

/// A chunk of the caller's that would never fit into the window is as large as that. One by one is what
/// automatic chunks look like to tasks: a claimed item can be stolen until it runs.
StreamShape Stream::fitting(StreamShape shape, bool handle) noexcept {
  const std::size_t window = handle && shape.window ? shape.window : SIZE_MAX;
  shape.chunksize = std::min({shape.chunksize, window, kMostInChunk});
  if (shape.chunksize == 1) shape.chunksize = 0;
  return shape;
}

std::size_t Stream::bytes_for(std::size_t shares) noexcept {
  return sizeof(Stream) + kCacheLine + shares * sizeof(Share);
}

Stream* Stream::make(PoolContext& owner, const tp_task_t& task, const StreamShape& shape,
                     bool handle) noexcept {
  const std::size_t shares = owner.worker_count();
  void* const memory = slab_alloc(bytes_for(shares));
  if (!memory) return nullptr;
  auto* const stream = new (memory) Stream(owner, task, shape, shares, handle);
  if (stream->delivery_.prepare()) return stream;
  stream->discard();
  return nullptr;
}

void Stream::discard() noexcept {
  drop_timing();
  const std::size_t bytes = bytes_for(shares_count_);
  this->~Stream();
  slab_free(this, bytes);
}

/// Its items have gone one by one. What is left is to say that it was cut.
void Stream::drop_items() {
  if (stop_status() == TP_ETIMEDOUT) was_cut_.store(true);  // even if all of it is yielded
  if (was_cut_.load() && !error()) record_cut(stop_status(), pulled_.load());
}

/// The last handle went: nobody will read, so nothing waits for a reader.
void Stream::detach() {
  const Finally rest([this] { lift_for_good(); });
  drain();
}

void Stream::drop_outputs() {
  const Finally rest([this] { call_in_turn([this] { return drop_next(); }); });
  if (Error* const error = source_error_.exchange(nullptr)) error->release();
}

int Stream::next(Deadline deadline, void* value, Error*& error) {
  const bool helps = helpable();
  for (int status;;) {
    if (try_next(value, status, error)) return status;
    const bool can_help = helps && claimable();
    if (can_help && !has_stack()) return TP_EDEADLK;
    const bool helped = can_help && help(Deadline::in(0));
    if (helped && !deadline.passed()) continue;
    if (helped && try_next(value, status, error)) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
    if (Frame::inside(this)) return TP_EDEADLK;
    const auto told = [&] { return delivery_.has_next() || end_reached(); };
    if (!Frame::current() && spin(4, told)) continue;
    noise("stream.wait");
    reopen();  // whatever room there is, this thread can make no more
    const auto changed = [&] {
      return delivery_.has_next() || end_reached() || (helps && claimable());
    };
    status = block(*this, deadline, Wait::next_value, changed);
    if (status != TP_OK) return status;
  }
}

/// False when there is nothing to tell yet.
bool Stream::try_next(void* value, int& status, Error*& error) {
  const bool ended = end_reached();  // first: what is over by now can be taken
  noise("stream.take");
  bool copied = false;
  Slot* const slot = delivery_.take([&](Slot& next) { return copied = copy_out(next, value); });
  if (copied) {
    yielded();
    return status = TP_OK, true;
  }
  if (slot) {
    status = hand_over(*slot, value, error);
    return true;
  }
  if (!ended) return false;
  status = report_end(error);
  return true;
}

/// What needs no call of user code.
bool Stream::copy_out(Slot& slot, void* value) noexcept {
  order::acquire(order::ends(this));
  const bool has_value =
      slot.state.load(std::memory_order_relaxed) == Slot::value;  // take has seen it
  if (!has_value || task_.value_move || (!value && task_.value_drop)) return false;
  if (value && task_.value_size) std::memcpy(value, delivery_.value(slot), task_.value_size);
  return true;
}

int Stream::hand_over(Slot& slot, void* value, Error*& error) {
  order::acquire(order::ends(this));
  const bool failed = slot.state.load() == Slot::failed;
  if (!failed && !(value && task_.value_size)) return drop(slot), TP_OK;
  const Finally rest([&] {
    delivery_.recycle(slot);
    yielded();
  });
  if (failed) {
    observe();
    error = delivery_.error(slot);
    return error->status();
  }
  if (task_.value_move)
    task_.value_move(value, delivery_.value(slot));
  else
    std::memcpy(value, delivery_.value(slot), task_.value_size);
  return TP_OK;
}

void Stream::drop(Slot& slot) {
  const Finally rest([&] {
    delivery_.recycle(slot);
    yielded();
  });
  Frame frame(Frame::Kind::hook, nullptr, this);
  if (slot.state.load() == Slot::failed)
    delivery_.error(slot)->release();
  else if (task_.value_size)
    call_hook(task_.value_drop, delivery_.value(slot));
}

/// Whether all that will ever be yielded has been taken: all is over, or only a source call that
/// may never return is left of a stream that was cut. What such a call still brings is cut, too.
bool Stream::end_reached() const noexcept {
  if (ready() || (stopping() && cut_reported_.load())) return true;
  return stopping() && only_source_left() && !source_over_.load();
}

/// Whether all items are over, but for one that the source may still bring.
bool Stream::only_source_left() const noexcept {
  const std::size_t credit = credit_.load();  // acquire part pairs with pull
  return remaining() == 1 + credit && credit_.load() == credit;
}

int Stream::report_end(Error*& error) noexcept {
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

/// One more item has left the window. A large window opens again by the quarter, not by the item.
void Stream::yielded() {
  if (starved_.load() && starved_.exchange(false)) return reopen();
  noise("stream.yielded");
  if (!missed_.load()) return;
  const std::size_t window = window_.load();
  const std::size_t enough = std::max(shape_.chunksize, window < 64 ? 1 : window / 4);
  if (room_in(window) >= enough) reopen();
}

/// Gives up what can be taken by now; false when nothing can.
bool Stream::drop_next() {
  Slot* const slot = delivery_.take();
  if (slot) drop(*slot);
  return slot != nullptr;
}

/// Gives up everything that can be taken. What a hook that ends the thread leaves is for whoever ends
/// the next item, or the job.
void Stream::drain() {
  while (drop_next()) {
  }
}

void Stream::progress(std::size_t& done_items, std::size_t& total) const noexcept {
  const std::size_t passed = delivery_.passed();  // first; a claim is counted at its end, or later
  const std::size_t left = remaining();
  const std::size_t source = (source_over_.load() ? 0 : 1) + credit_.load();
  total = pulled_.load();
  const std::size_t over = total - std::min(total, left - std::min(left, source));
  done_items = std::max(over, std::min(passed, total));
}

}  // namespace tp::core
