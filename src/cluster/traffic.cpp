// SPDX-License-Identifier: MIT
// The one thread that calls the engine: it sends what others queue, and tells what has come. Stage: base, used by
// cluster/*.
#include "cluster/traffic.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <utility>

namespace tp::cluster {
namespace {

/// Stands before a message that is larger than one of the engine's.
constexpr std::uint64_t kInParts = 0x74706f6f6c206269u;

struct PartsAhead {
  std::uint64_t mark, total;
};

}  // namespace

std::uint64_t clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

void Traffic::push(int to, std::shared_ptr<const Bytes> bytes) {
  std::lock_guard lock(mutex_);
  if (bytes->size() > kMostInMessage) {
    const PartsAhead ahead{kInParts, bytes->size()};
    const char* const from = reinterpret_cast<const char*>(&ahead);
    queued_.push_back({to, std::make_shared<const Bytes>(from, from + sizeof ahead)});
  }
  queued_.push_back({to, std::move(bytes)});
  queued_changed_.notify_one();
}

void Traffic::wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  queued_changed_.notify_one();
}

void Traffic::run(Listener& listener) {
  prctl(PR_SET_TIMERSLACK, 1000);  // else each pause takes 50 us longer
  std::uint64_t active = clock_ns();
  for (;;) {
    bool moved = take_queued();
    moved = go_on_sending(listener) || moved;
    moved = receive(listener) || moved;
    const std::uint64_t now = clock_ns();
    if (!listener.tick(now)) break;
    if (moved)
      active = now;
    else
      pause(listener, now - active);
  }
  const std::uint64_t end = clock_ns() + 1'000'000'000u;
  do {
    take_queued();
    go_on_sending(listener);
    receive(listener);
  } while (!sending_.empty() && clock_ns() < end);
}

bool Traffic::take_queued() {
  std::lock_guard lock(mutex_);
  const bool any = !queued_.empty();
  for (; !queued_.empty(); queued_.pop_front()) sending_.push_back(std::move(queued_.front()));
  woken_ = false;
  return any;
}

/// Messages to one rank go one after another, so their parts do, too.
bool Traffic::go_on_sending(Listener& listener) {
  bool moved = false;
  std::vector<bool> waits(peers_.size());
  for (auto each = sending_.begin(); each != sending_.end();) {
    const auto to = static_cast<std::size_t>(each->to);
    if (!waits[to] && is_sent(*each, listener)) {
      each = sending_.erase(each);
      moved = true;
    } else {
      waits[to] = each->bytes->size() > kMostInMessage || waits[to];
      ++each;
    }
  }
  return moved;
}

/// Begins to send, or looks whether it is over.
bool Traffic::is_sent(Sending& sending, Listener& listener) {
  Peer& peer = peers_[static_cast<std::size_t>(sending.to)];
  for (;;) {
    if (peer.is_broken && !sending.under_way) return true;
    if (!sending.under_way) {
      const std::size_t count = std::min(sending.bytes->size() - sending.next, kMostInMessage);
      sending.under_way = engine_.send(sending.to, sending.bytes->data() + sending.next, count);
      sending.next += count;
    }
    const int state = sending.under_way ? engine_.sent(sending.under_way) : -1;
    if (state == 0) return false;
    sending.under_way = nullptr;
    if (state < 0 && !std::exchange(peer.is_broken, true)) listener.broke(sending.to);
    if (state < 0 || sending.next == sending.bytes->size()) return true;
  }
}

bool Traffic::receive(Listener& listener) {
  constexpr int kMostInTurn = 64;  // then the listener has its turn
  int from = 0;
  std::size_t count = 0;
  int taken = 0;
  for (; taken < kMostInTurn; ++taken) {
    if (engine_.arrived(&from, &count) <= 0) break;
    try {
      Bytes bytes(count);
      if (engine_.receive(from, bytes.data(), count) == 0)
        take_part(from, std::move(bytes), listener);
    } catch (const std::bad_alloc&) {  // before it was received: it is looked at again later
      break;
    }
  }
  return taken != 0;
}

void Traffic::take_part(int from, Bytes part, Listener& listener) {
  Peer& peer = peers_[static_cast<std::size_t>(from)];
  if (!peer.whole.empty()) {
    const std::size_t count = std::min(part.size(), peer.whole.size() - peer.have);
    std::copy_n(part.data(), count, peer.whole.data() + peer.have);
    if ((peer.have += count) < peer.whole.size()) return;
    return listener.came(from, std::exchange(peer.whole, {}));
  }
  PartsAhead ahead;
  if (part.size() == sizeof ahead) {
    std::memcpy(&ahead, part.data(), sizeof ahead);
    if (ahead.mark == kInParts && ahead.total > kMostInMessage)
      return begin_parts(from, ahead.total, listener);
  }
  listener.came(from, std::move(part));
}

/// Without memory for it the sender can't be understood any more.
void Traffic::begin_parts(int from, std::uint64_t total, Listener& listener) {
  Peer& peer = peers_[static_cast<std::size_t>(from)];
  try {
    peer.whole.resize(total);
    peer.have = 0;
  } catch (const std::exception&) {  // bad_alloc, or length_error
    listener.broke(from);
  }
}

/// Lets other threads run first, then sleeps for longer and longer times.
void Traffic::pause(Listener& listener, std::uint64_t quiet_ns) {
  constexpr std::uint64_t kSpinNs = 50'000;
  if (quiet_ns < kSpinNs) {
    sched_yield();
    return;
  }
  const std::uint64_t rest = listener.is_busy() || !sending_.empty()
                                 ? std::min<std::uint64_t>(quiet_ns / 8, 100'000)
                                 : listener.rest_ns(quiet_ns);
  std::unique_lock lock(mutex_);
  queued_changed_.wait_for(lock, std::chrono::nanoseconds(rest),
                           [this] { return woken_ || !queued_.empty(); });
}

}  // namespace tp::cluster
