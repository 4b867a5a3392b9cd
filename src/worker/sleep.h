// SPDX-License-Identifier: MIT
// Stage 5: who sleeps and who is woken; from worker/work_finder, to worker/worker.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/dekker.h"
#include "base/mutex.h"
#include "base/noise.h"
#include "base/parker.h"
#include "base/platform.h"

namespace tp::core {

/// The workers that sleep. At most one wake-up is in flight: the woken one wakes the next, if there
/// is more to do, before it runs what it has found.
///
/// Recipe:   submitter: publish work; notify()
///           worker:    announce(me); if (!work) park; retire(me) — then look for work
/// No wake-up is lost. The sleeper's count precedes its last look at the queues; the publication
/// precedes the submitter's look at the count: one of them sees the other (base/dekker.h: announce
/// settles; a publication that is seq_cst will do, too). A
/// submitter that finds a wake-up in flight may leave: the woken worker ends the flight (seq_cst)
/// before it looks at the queues, so it sees what was published before the flight was found.
/// Thread-safe.
class Sleep {
 public:
  struct Sleeper {
    Parker* parker;
    Sleeper* next = nullptr;
    bool listed = false;  // guarded by the mutex
  };

  /// There may be work: wakes one sleeper, unless one is on its way. Whether it has.
  bool notify() noexcept {
    noise("sleep.notify");
    // an exchange, though a flight may be on: it makes what was published visible to who lands after it
    const bool wakes = count_.load() != 0 && !in_flight_.exchange(true);
    noise("sleep.wake");
    if (wakes) wake_one();
    return wakes;
  }

  /// Wakes one sleeper, whether or not a wake-up is in flight; false when nobody sleeps. It may end the
  /// other's flight, whose sleeper looks all the same: a submitter then wakes one more than it needs to.
  bool choose() noexcept {
    noise("sleep.choose");
    if (count_.load() == 0) return false;
    Lock lock(mutex_);
    return wake_first();
  }

  /// Whether somebody is on its way who will look at the queues.
  bool is_in_flight() const noexcept { return in_flight_.load(); }

  /// Takes the flight without having slept, to look for work a little longer; false when another has
  /// it. REQUIRES: land() in the end, then a look for work.
  bool hover() noexcept { return !in_flight_.load() && !in_flight_.exchange(true); }
  void land() noexcept { in_flight_.exchange(false); }  // sees what precedes the exchange of notify

  void announce(Sleeper& me) noexcept {
    {
      Lock lock(mutex_);
      me.next = first_;
      me.listed = true;
      first_ = &me;
      count_.fetch_add(1);
    }
    noise("sleep.announced");
    settle();  // what submitters have published before is seen by the next look
  }

  /// Ends the sleep, however it ended; also the flight, if this was its sleeper. Returns whether a
  /// waker had chosen it, so that its token is given or will be.
  bool retire(Sleeper& me) noexcept {
    {
      Lock lock(mutex_);
      if (me.listed) {
        unlist(me);
        return false;
      }
    }
    land();
    return true;
  }

  /// Wakes all, for the end of the pool.
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
    noise("sleep.nobody");
    land();
    // one who announced itself meanwhile may have been passed over by a submitter that saw the flight
    notify();
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
