// SPDX-License-Identifier: MIT
// Rank 0's side of the traffic: answers, signs of life, losses, and the end. Stage: base, used by cluster/*.
#include <algorithm>
#include <cstdio>
#include <new>
#include <utility>

#include "cluster/handshake.h"
#include "cluster/leader.h"
#include "cluster/local_run.h"

namespace tp::cluster {
namespace {

constexpr std::uint64_t kLookNs = 1'000'000;  // between two looks for jobs that should stop

std::uint64_t to_ns(double seconds) noexcept {
  return seconds >= 1e9 ? UINT64_MAX : static_cast<std::uint64_t>(seconds * 1e9);
}

/// A timeout of the interface.
double seconds_to(core::Deadline deadline) noexcept {
  if (deadline.is_never()) return TP_FOREVER;
  const std::uint64_t now = core::now_ns();
  return deadline.ns() > now ? static_cast<double>(deadline.ns() - now) * 1e-9 : 0;
}

}  // namespace

std::uint64_t beat_ns(double lost_after) noexcept {
  return std::clamp<std::uint64_t>(to_ns(lost_after) / 6, 10'000'000, 5'000'000'000);
}

std::uint64_t heard_ns(std::uint64_t seen, std::uint64_t due, std::uint64_t now,
                       double lost_after) noexcept {
  const bool was_stopped = now > due + beat_ns(lost_after);
  return was_stopped ? std::min(seen + (now - due), now) : seen;
}

void Leader::serve() {
  traffic_.run(*this);
  bool finalizes;
  {
    std::lock_guard lock(mutex_);
    finalizes = !was_lost_;
  }
  engine_.stop(finalizes);
  std::lock_guard lock(mutex_);
  is_over_ = true;
  ended_.notify_all();
}

void Leader::came(int from, Bytes bytes) {
  const auto rank = static_cast<std::size_t>(from);
  {
    std::lock_guard lock(mutex_);
    Peer& peer = peers_[rank];
    if (!peer.is_alive) return;  // it was given up
    peer.seen_ns = clock_ns();
    if (kind_of(bytes) == Kind::left) peer.has_left = true;
  }
  switch (kind_of(bytes)) {
    case Kind::done:
      try {
        return done(rank, std::move(bytes));
      } catch (const std::bad_alloc&) {
        return lose(rank, "rank 0 has no memory for its answer");
      }
    case Kind::beat:
    case Kind::left:
      return;
    default:
      return lose(rank, "it sent a message that rank 0 does not understand");
  }
}

void Leader::done(std::size_t from, Bytes bytes) {
  const std::uint64_t id = batch_of(bytes);
  std::size_t count = 0, value_size = 0;
  bool packed = false;
  {
    std::lock_guard lock(mutex_);
    const auto found = out_.find(id);
    if (found != out_.end() && found->second->held.rank == from) {
      const core::TakenItems& taken = found->second->taken;
      count = found->second->held.items;
      value_size = taken.values ? taken.task->value_size : 0;
      packed = taken.task->value_codec != nullptr;
    }
  }
  ReceivedEnds received;
  received.message = std::move(bytes);
  if (!count || !read_done(received, count, value_size, packed))
    return lose(from, "it sent a broken answer");
  std::unique_ptr<Batch> batch = end(id, received.busy_ns, received.message.size());
  batch->received = std::move(received);
  come_back(std::move(batch));
}

/// The rank's items may have run. Nothing that it still sends counts. If there is no memory to tell it, it hears by the
/// silence.
void Leader::lose(std::size_t lost, const char* why) noexcept {
  char told[200];
  std::snprintf(told, sizeof told, "rank %zu was lost: %s", lost, why);
  core::Posted* ended = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (lost == 0 || !std::exchange(peers_[lost].is_alive, false)) return;
    was_lost_ = true;
    for (auto each = out_.begin(); each != out_.end();) {
      if (each->second->held.rank != lost) {
        ++each;
        continue;
      }
      let_go(*each->second);
      core::Posted* const posted = each->second.release();
      posted->next = ended;
      ended = posted;
      each = out_.erase(each);
    }
    load_.set_workers(lost, 0);
    if (load_.workers() == 0) {  // rank 0 leads no longer: it is the only one
      std::size_t own = 0;
      tp_pool_workers(local_, &own);
      load_.set_workers(0, own);
    }
    taker_.workers = load_.workers();
    tell_full();
  }
  while (ended) {
    std::unique_ptr<Batch> batch(static_cast<Batch*>(std::exchange(ended, ended->next)));
    fail(std::move(batch), TP_ELOST, told);
  }
  try {
    traffic_.push(static_cast<int>(lost), Writer(Kind::lost).take());
  } catch (const std::bad_alloc&) {
  }
  traffic_.lose(static_cast<int>(lost));
}

bool Leader::tick(std::uint64_t now) noexcept try {
  if (now >= next_beat_ns_) {
    look_for_silence(now);
    next_to_hear_ = 1;
  }
  beat();
  if (now >= next_look_ns_) {
    next_look_ns_ = now + kLookNs;
    look_for_stops();
    ask_back();
  }
  std::lock_guard lock(mutex_);
  tp_seam_widen(pool_);
  if (!is_leaving_) return true;
  tell_all(Kind::bye);
  if (!all_left()) return true;
  tell_all(Kind::over);
  return false;
} catch (const std::bad_alloc&) {
  return true;
}

/// Tells each rank once. Only when all have left is it known whether one was lost: then nobody finalizes. REQUIRES:
/// mutex_.
void Leader::tell_all(Kind kind) {
  for (std::size_t i = 1; i < peers_.size(); ++i) {
    if (!peers_[i].is_alive || peers_[i].told >= kind) continue;
    Writer writer(kind);
    writer.put(std::uint32_t{!was_lost_});
    traffic_.push(static_cast<int>(i), writer.take());
    peers_[i].told = kind;
  }
}

void Leader::look_for_silence(std::uint64_t now) noexcept {
  const std::uint64_t due = std::exchange(next_beat_ns_, now + beat_ns(settings_.lost_after));
  for (std::size_t rank = 1; rank < peers_.size(); ++rank) {
    std::unique_lock lock(mutex_);
    std::uint64_t& seen = peers_[rank].seen_ns;
    seen = heard_ns(seen, due, now, settings_.lost_after);
    const bool is_silent = now - seen > to_ns(settings_.lost_after);
    lock.unlock();
    if (is_silent) lose(rank, "it gave no sign of life");
  }
}

/// A sign of life for each rank that is still to get this one: those without memory get it at the next tick.
void Leader::beat() noexcept try {
  std::lock_guard lock(mutex_);
  for (; next_to_hear_ < peers_.size(); ++next_to_hear_) {
    if (!peers_[next_to_hear_].is_alive) continue;
    traffic_.push(static_cast<int>(next_to_hear_), Writer(Kind::beat).take());
  }
} catch (const std::bad_alloc&) {
}

/// Jobs that were cancelled or are past their deadlines, and pools that were terminated.
void Leader::look_for_stops() {
  std::vector<std::shared_ptr<LocalRun>> local;
  {
    std::lock_guard lock(mutex_);
    local.reserve(out_.size());
    for (auto& [id, batch] : out_) {
      if (batch->is_told_to_stop || !tp_seam_stops(&batch->taken, batch->cancels)) continue;
      if (batch->local) local.push_back(batch->local);
      batch->is_told_to_stop = batch->local || tell(*batch, Kind::stop);
    }
  }
  for (const auto& run : local) run->stop();
}

/// False: there is no memory.
bool Leader::tell(const Batch& batch, Kind kind) noexcept try {
  Writer writer(kind);
  writer.put(batch.id);
  traffic_.push(static_cast<int>(batch.held.rank), writer.take());
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

/// A rank that has nothing to do gets what another one has not begun: its last batch, which it begins last.
void Leader::ask_back() {
  std::shared_ptr<LocalRun> local;
  {
    std::lock_guard lock(mutex_);
    Batch* const batch = load_.is_any_idle() ? find_waiting() : nullptr;
    if (!batch) return;
    local = batch->local;
    batch->is_asked_back = local || tell(*batch, Kind::back);
  }
  if (local) local->give_back();
}

/// The last batch of a rank that has several; nullptr when there is none. REQUIRES: mutex_.
Batch* Leader::find_waiting() noexcept {
  Batch* found = nullptr;
  for (auto& [id, batch] : out_) {
    const bool is_only = load_.batches(batch->held.rank) < 2;
    if (is_only || batch->is_asked_back || batch->is_told_to_stop) continue;
    if (!found || found->id < id) found = batch.get();
  }
  return found;
}

bool Leader::is_busy() noexcept {
  std::lock_guard lock(mutex_);
  return is_leaving_ || load_.is_any_remote();
}

/// While rank 0 runs items it looks for stops, and now and then whether all hosts wait, of which nobody tells. It rests
/// long when it has run none since the last look: else each of many single items would wake it.
std::uint64_t Leader::rest_ns(std::uint64_t) noexcept {
  constexpr std::uint64_t kMost = 1'000'000'000;
  {
    std::lock_guard lock(mutex_);
    rests_long_ = !std::exchange(has_run_here_, false) && out_.empty();
    if (!rests_long_ || next_to_hear_ < peers_.size()) return kLookNs;
  }
  const std::uint64_t now = clock_ns();
  return next_beat_ns_ > now ? std::min(next_beat_ns_ - now, kMost) : kLookNs;
}

bool Leader::all_left() const noexcept {
  return std::all_of(peers_.begin() + 1, peers_.end(),
                     [](const Peer& peer) { return !peer.is_alive || peer.has_left; });
}

int Leader::leave(core::Deadline deadline) {
  std::unique_lock lock(mutex_);
  is_leaving_ = true;  // the traffic tells the ranks
  traffic_.wake();
  while (!is_over_) {
    if (deadline.is_never())
      ended_.wait(lock);
    else if (deadline.passed())
      return TP_ETIMEDOUT;
    else
      ended_.wait_for(lock, std::chrono::milliseconds(1));
  }
  lock.unlock();
  tp_seam_lead(local_, nullptr);
  tp_pool_terminate(local_);
  return tp_pool_join(local_, seconds_to(deadline));
}

void Leader::drop() {
  leave(core::Deadline::never());
  thread_.join();
  tp_pool_destroy(local_);
  if (dropped_) dropped_();
  delete this;
}

}  // namespace tp::cluster
