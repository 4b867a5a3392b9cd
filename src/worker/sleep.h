// SPDX-License-Identifier: MIT
// Stage 5: how workers sleep and are woken; from worker/work_finder, to worker/worker.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/parker.h"
#include "base/platform.h"
#include "base/sync_point.h"

namespace tp::core {

/// The workers that sleep. At most one wake-up is in flight. A woken worker wakes the next one, if there is more to
/// do, before it runs what it has found.
///
/// Recipe:   submitter: publish work; notify()
///           worker:    announce(me); if (!work) park; retire(me) — then look for work
/// No wake-up is lost. A worker counts itself before its last look at the queues; a submitter publishes before it
/// looks at the count; so one sees the other (base/asymmetric_fence.h: announce runs the heavy fence; a seq_cst
/// publication will do, too). A submitter that finds a wake-up in flight may leave: the woken worker ends the flight
/// (seq_cst) before it looks at the queues, so it sees what was published before the flight was found. Thread-safe.
class Sleep {
 public:
  struct Sleeper {
    Parker* parker;
    Sleeper* next = nullptr;
    bool listed = false;  // guarded by the mutex
  };

  /// There may be work: wakes one sleeper, unless a wake-up is in flight. Whether it has.
  bool notify() noexcept {
    sync_point("sleep.notify");
    // an exchange even during a flight: a worker that lands later sees what was published before it
    const bool wakes = count_.load() != 0 && !in_flight_.exchange(true);
    sync_point("sleep.wake");
    if (wakes) wake_one();
    return wakes;
  }

  /// Wakes one sleeper even during a flight; false when nobody sleeps. It may end the flight of another worker, which
  /// looks at the queues all the same. Then a submitter may wake one worker too many.
  bool choose() noexcept {
    sync_point("sleep.choose");
    if (count_.load() == 0) return false;
    Lock lock(mutex_);
    return wake_first();
  }

  /// Whether a worker is on its way that will look at the queues.
  bool is_in_flight() const noexcept { return in_flight_.load(); }

  /// Takes the flight for a worker that has not slept, so that it looks for work a little longer; false when there is
  /// a flight. REQUIRES: stop_searching() in the end, then a look for work.
  bool start_searching() noexcept { return !in_flight_.load() && !in_flight_.exchange(true); }
  // sees what precedes the exchange of notify
  void stop_searching() noexcept { in_flight_.exchange(false); }

  void announce(Sleeper& me) noexcept {
    {
      Lock lock(mutex_);
      me.next = first_;
      me.listed = true;
      first_ = &me;
      count_.fetch_add(1);
    }
    sync_point("sleep.announced");
    heavy_fence();  // so the next look sees what submitters have published before
  }

  /// Ends the sleep, and the flight if a waker has chosen this sleeper. Then true: its parker has a token, or will.
  bool retire(Sleeper& me) noexcept {
    {
      Lock lock(mutex_);
      if (me.listed) {
        unlist(me);
        return false;
      }
    }
    stop_searching();
    return true;
  }

  /// Has all sleepers look again, for the end of the pool.
  void wake_all() noexcept {
    Lock lock(mutex_);
    for (Sleeper* sleeper = first_; sleeper; sleeper = sleeper->next) sleeper->parker->unpark();
  }

  std::uint32_t count() const noexcept { return count_.load(); }

 private:
  bool wake_first() noexcept TP_REQUIRES(mutex_) {
    Sleeper* const sleeper = first_;
    if (!sleeper) return false;
    unlist(*sleeper);
    sleeper->parker->unpark();
    return true;
  }

  void wake_one() noexcept {
    Lock lock(mutex_);
    if (wake_first()) return;
    lock.unlock();
    sync_point("sleep.nobody");
    stop_searching();
    notify();  // a submitter that saw the flight may have passed over a worker that announced itself meanwhile
  }

  void unlist(Sleeper& sleeper) noexcept TP_REQUIRES(mutex_) {
    Sleeper** link = &first_;
    while (*link != &sleeper) link = &(*link)->next;
    *link = sleeper.next;
    sleeper.listed = false;
    count_.fetch_sub(1);
  }

  alignas(kCacheLine) std::atomic<std::uint32_t> count_{0};
  std::atomic<bool> in_flight_{false};
  Mutex mutex_;
  Sleeper* first_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
