// SPDX-License-Identifier: MIT
// Stage 4: how the items of a stream that is fed are pushed; from queue/stream_job, to queue/stream_buffer.
#include <cstring>

#include "base/order.h"
#include "base/sync_point.h"
#include "queue/stream_job.h"

namespace tp::core {

int StreamJob::try_push(const void* item) {
  if (!pin()) return stopping() ? TP_ECANCELED : TP_EINVAL;
  const ScopeExit unpin([this] { over(1); });
  if (const int status = begin_push(); status != TP_OK) return status;
  const ScopeExit pushed([this] { end_pull(false); });
  StreamSlot* const slot = buffer_.append();
  if (!slot) return TP_ENOMEM;
  const int status = move_in(*slot, item);
  if (status != TP_OK) return status;
  more(1);
  append_pulled(*slot);
  return TP_OK;
}

/// The calling thread becomes the puller.
int StreamJob::begin_push() noexcept {
  Lock lock(feed_);
  if (stopping()) return TP_ECANCELED;
  if (pushes_end_ || source_over_.load()) return TP_EINVAL;
  if (pulling_ || room() == 0) return TP_EAGAIN;
  pulling_ = true;
  return TP_OK;
}

bool StreamJob::may_push() noexcept {
  Lock lock(feed_);
  return stopping() || pushes_end_ || source_over_.load() || (!pulling_ && room() != 0);
}

bool StreamJob::is_full() noexcept {
  Lock lock(feed_);
  return !stopping() && !pulling_ && !source_over_.load() && room() == 0;
}

int StreamJob::move_in(StreamSlot& slot, const void* item) {
  order::release(this);  // to the item
  if (!task_.item_size) return TP_OK;
  if (!task_.item_move) {
    std::memcpy(buffer_.item(slot), item, task_.item_size);
    return TP_OK;
  }
  CallScope scope(CallScope::Kind::hook, &pool(), this);
  const auto move = [&] { task_.item_move(buffer_.item(slot), const_cast<void*>(item)); };
  return call_user(scope, move).status;
}

/// Whoever pushes meanwhile ends the source behind its item.
void StreamJob::end_pushes() {
  if (!pin()) return;
  const ScopeExit unpin([this] { over(1); });
  bool ends = false;
  {
    Lock lock(feed_);
    pushes_end_ = true;
    sync_point("stream.push_end");
    if (!pulling_) ends = !source_over_.exchange(true);
  }
  tell_pushers();
  if (ends) close_source();
}

}  // namespace tp::core
