// SPDX-License-Identifier: MIT
// The one thread that calls the engine: it sends what others queue, and tells what has come. Stage: base, used by
// cluster/*.
#include "cluster/traffic.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace tp::cluster {
namespace {

/// Stands before a message that is larger than one of the engine's.
constexpr std::uint64_t kInParts = 0x74706f6f6c206269u;

struct PartsAhead {
  std::uint64_t mark, total;
};

/// The engine may read and write for ever what it has not sent or received by now. Needs no memory.
template <class List>
void keep_for_ever(List& list) noexcept {
  static std::mutex mutex;
  alignas(List) static char memory[sizeof(List)];
  static auto* const kept = new (memory) List;
  std::lock_guard lock(mutex);
  kept->splice(kept->end(), list);
}

}  // namespace

std::uint64_t clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

Traffic::~Traffic() {
  keep_for_ever(sending_);
  keep_for_ever(receiving_);
}

void Traffic::push(int to, std::shared_ptr<const Bytes> bytes) {
  std::list<Sending> added;
  if (bytes->size() > kMostInMessage) {
    const PartsAhead ahead{kInParts, bytes->size()};
    added.push_back({to, std::make_shared<const Bytes>(&ahead, sizeof ahead)});
  }
  added.push_back({to, std::move(bytes)});
  std::lock_guard lock(mutex_);
  queued_.splice(queued_.end(), added);
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
    moved = take_arrived(listener) || moved;
    moved = go_on_receiving(listener) || moved;
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
    take_arrived(listener);
    go_on_receiving(listener);
  } while (is_under_way() && clock_ns() < end);
}

bool Traffic::take_queued() {
  std::lock_guard lock(mutex_);
  const bool any = !queued_.empty();
  sending_.splice(sending_.end(), queued_);
  woken_ = false;
  return any;
}

/// Messages to one rank go one after another, so their parts do, too.
bool Traffic::go_on_sending(Listener& listener) {
  bool moved = false;
  for (const Sending& each : sending_) peer(each.to).waits = false;
  for (auto each = sending_.begin(); each != sending_.end();) {
    bool& waits = peer(each->to).waits;
    if (!waits && is_sent(*each, listener)) {
      each = sending_.erase(each);
      moved = true;
    } else {
      waits = each->bytes->size() > kMostInMessage || waits;
      ++each;
    }
  }
  return moved;
}

/// Begins to send, or looks whether it is over.
bool Traffic::is_sent(Sending& sending, Listener& listener) {
  bool& is_broken = peer(sending.to).is_broken;
  for (;;) {
    if (is_broken && !sending.under_way) return true;
    if (!sending.under_way) {
      const std::size_t count = std::min(sending.bytes->size() - sending.next, kMostInMessage);
      sending.under_way = engine_.send(sending.to, sending.bytes->data() + sending.next, count);
      sending.next += count;
    }
    const int state = sending.under_way ? engine_.ended(sending.under_way) : -1;
    if (state == 0) return false;
    sending.under_way = nullptr;
    if (state < 0) {
      is_broken = true;
      break_off(sending.to, listener);
    }
    if (is_broken || sending.next == sending.bytes->size()) return true;
  }
}

bool Traffic::take_arrived(Listener& listener) {
  constexpr int kMostInTurn = 64;  // then the listener has its turn
  int taken = 0;
  for (; taken < kMostInTurn; ++taken) {
    int from = 0;
    std::size_t count = 0;
    const int state = engine_.arrived(&from, &count);
    if (state == 0) break;
    if (state < 0) {  // it would hear of no rank any more
      for (std::size_t i = 0; i < peers_.size(); ++i) break_off(static_cast<int>(i), listener);
      break;
    }
    begin_to_receive(from, count, listener);
  }
  return taken != 0;
}

/// What can't be received stays in the engine. Its rank is lost, so the engine is not finalized.
void Traffic::begin_to_receive(int from, std::size_t count, Listener& listener) {
  if (peer(from).is_lost) return;
  try {
    receiving_.push_back({from, Bytes(count)});
  } catch (const std::exception&) {  // bad_alloc, or length_error
    return break_off(from, listener);
  }
  Receiving& last = receiving_.back();
  last.under_way = engine_.receive(last.bytes.data(), count);
}

/// One rank's message that does not come whole delays only what that rank sent after it.
bool Traffic::go_on_receiving(Listener& listener) {
  bool moved = false;
  for (const Receiving& each : receiving_) peer(each.from).waits = false;
  for (auto each = receiving_.begin(); each != receiving_.end();) {
    bool& waits = peer(each->from).waits;
    const int state = waits ? 0 : each->under_way ? engine_.ended(each->under_way) : -1;
    if (state == 0) {
      waits = true;
      ++each;
      continue;
    }
    if (state < 0) break_off(each->from, listener);
    hand_on(*each, listener);
    each = receiving_.erase(each);
    moved = true;
  }
  return moved;
}

/// Without memory for what a rank sent it can't be understood any more.
void Traffic::hand_on(Receiving& received, Listener& listener) {
  if (peer(received.from).is_lost) return;
  try {
    take_part(received.from, std::move(received.bytes), listener);
  } catch (const std::exception&) {  // bad_alloc, or length_error
    break_off(received.from, listener);
  }
}

void Traffic::take_part(int from, Bytes part, Listener& listener) {
  Bytes& whole = peer(from).whole;
  std::size_t& have = peer(from).have;
  if (!whole.empty()) {
    const std::size_t count = std::min(kMostInMessage, whole.size() - have);
    if (part.size() != count) return break_off(from, listener);
    std::memcpy(whole.data() + have, part.data(), count);
    if ((have += count) < whole.size()) return;
    return listener.came(from, std::exchange(whole, {}));
  }
  PartsAhead ahead;
  if (part.size() == sizeof ahead) {
    std::memcpy(&ahead, part.data(), sizeof ahead);
    if (ahead.mark == kInParts && ahead.total > kMostInMessage) {
      have = 0;
      return whole.resize(ahead.total);
    }
  }
  listener.came(from, std::move(part));
}

void Traffic::break_off(int rank, Listener& listener) {
  if (!std::exchange(peer(rank).is_lost, true)) listener.broke(rank);
}

/// A lost rank's does not count: it may never be over.
bool Traffic::is_under_way() {
  const auto counts = [this](int rank) { return !peer(rank).is_lost; };
  return std::any_of(sending_.begin(), sending_.end(),
                     [&](const Sending& each) { return counts(each.to); }) ||
         std::any_of(receiving_.begin(), receiving_.end(),
                     [&](const Receiving& each) { return counts(each.from); });
}

/// Lets other threads run first, then sleeps for longer and longer times.
void Traffic::pause(Listener& listener, std::uint64_t quiet_ns) {
  constexpr std::uint64_t kSpinNs = 50'000;
  if (quiet_ns < kSpinNs) {
    sched_yield();
    return;
  }
  const std::uint64_t rest = listener.is_busy() || is_under_way()
                                 ? std::min<std::uint64_t>(quiet_ns / 8, 100'000)
                                 : listener.rest_ns(quiet_ns);
  std::unique_lock lock(mutex_);
  queued_changed_.wait_for(lock, std::chrono::nanoseconds(rest),
                           [this] { return woken_ || !queued_.empty(); });
}

}  // namespace tp::cluster
