// SPDX-License-Identifier: MIT
// Stage 5: how workers sleep and are woken; from worker/work_finder, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/parker.h"
#include "base/platform.h"
#include "base/sync_point.h"

namespace tp::core {

class TeamJob;

/// The workers that sleep. At most one wake-up is in flight. A woken worker wakes the next one, if there is more to
/// do, before it runs what it has found.
///
/// Recipe:   submitter: publish work; notify()
///           worker:    announce(me); if (!work) park; retire(me) — then look for work
/// No wake-up is lost. A worker counts itself before its last look at the queues; a submitter publishes before it
/// looks at the count; so one sees the other, in one of two ways:
/// - Sleepers pay: a submitter only reads the count, and announce() runs the heavy fence (base/asymmetric_fence.h).
/// - Submitters pay: a submitter reads, modifies and writes the word of the count, as a worker does when it counts
///   itself. The later one of the two sees what the other did before. Workers rely on that only after a heavy_fence has
///   told all submitters to pay. A worker counts itself and reads who pays in one step, and the submitters stop to
///   pay in another step of the same word. So a submitter that no longer pays sees each worker that relied on it.
/// A submitter that finds a wake-up in flight may leave: the woken worker ends the flight before it looks at the
/// queues. Both exchange the flight, so that look sees what was published before.
///
/// A worker that has no thread (worker/absence) counts as one that sleeps: it is counted before its last look at the
/// queues. If nobody else sleeps, the flight goes to a new thread, which ends it before it looks. Thread-safe.
class Sleep {
 public:
  /// Starts threads for workers that have none.
  class Caller {
   public:
    /// Whether there is work for one more thread, and the system may grant one.
    virtual bool is_needed() noexcept = 0;
    /// Starts a thread if one is needed. Whether it has: then that thread has the flight.
    virtual bool call() noexcept = 0;

   protected:
    ~Caller() = default;
  };

  struct Sleeper {
    Parker* parker;
    Sleeper* next = nullptr;
    bool listed = false;      // guarded by the mutex
    TeamJob* team = nullptr;  // for which it was woken; as well, until it retires
  };

  /// There may be work: wakes one sleeper, unless a wake-up is in flight. Whether it has.
  bool notify() noexcept {
    sync_point("sleep.notify");
    // an exchange even during a flight: the worker that ends it sees what was published before
    const bool wakes = any() && !in_flight_.exchange(true);
    sync_point("sleep.wake");
    if (wakes) wake_one();
    return wakes;
  }

  /// Wakes one sleeper even during a flight; false when nobody sleeps. It may end the flight of another worker, which
  /// looks at the queues all the same. Then a submitter may wake one worker too many.
  bool choose() noexcept {
    sync_point("sleep.choose");
    if (!any()) return false;
    const auto [is_chosen, asleep] = choose_first();
    Parker::wake(asleep);
    return is_chosen;
  }

  /// Whether a worker is on its way that will look at the queues.
  bool is_in_flight() const noexcept { return in_flight_.load(); }

  /// The calling worker looks for work a little longer; false when another one does. REQUIRES: stop_searching().
  bool start_searching() noexcept { return !is_searching_.load() && !is_searching_.exchange(true); }
  void stop_searching() noexcept { is_searching_.store(false); }

  /// The calling worker takes the flight, so that nobody is woken while it is about to look; false during the flight of
  /// another one. REQUIRES: land(), then a look for work.
  bool take_flight() noexcept { return !in_flight_.load() && !in_flight_.exchange(true); }
  /// The worker that has the flight is about to look at the queues. It sees what precedes the exchange of notify.
  void land() noexcept { in_flight_.exchange(false); }

  void announce(Sleeper& me) noexcept {
    std::uint32_t before;
    {
      Lock lock(mutex_);
      me.next = first_;
      me.listed = true;
      first_ = &me;
      before = word_.fetch_add(kSleeper);
    }
    sync_point("sleep.announced");
    // so the next look sees what submitters have published before
    if (!(before & kAllPay)) heavy_fence();
  }

  /// Says who pays for the order from here on: the submitters, or the sleepers.
  void let_submitters_pay(bool pay) noexcept {
    if (((word_.load() & kPays) != 0) == pay) return;
    Lock lock(mutex_);
    if (!pay) {
      word_.fetch_and(~(kPays | kAllPay));
    } else if (!(word_.fetch_or(kPays) & kPays)) {
      sync_point("sleep.pays");
      // what a submitter has published without having seen the change is seen by all
      heavy_fence();
      word_.fetch_or(kAllPay);
    }
  }

  /// Wakes sleepers for a team, at least least and at most most of them: how many; or, when there are fewer, none.
  /// A flight goes on beside them.
  std::size_t take(TeamJob& team, std::size_t least, std::size_t most) noexcept {
    Lock lock(mutex_);
    if (count() < least) return 0;
    std::size_t taken = 0;
    for (; first_ && taken < most; ++taken) {
      Sleeper& sleeper = *first_;
      unlist(sleeper);
      sleeper.team = &team;
      sleeper.parker->unpark();
    }
    return taken;
  }

  /// Ends the sleep, and the flight if a waker has chosen this sleeper. Then true: its parker has a token, or will.
  bool retire(Sleeper& me) noexcept {
    {
      Lock lock(mutex_);
      if (me.listed) {
        unlist(me);
        return false;
      }
      if (me.team) return false;
    }
    land();
    return true;
  }

  /// Has all sleepers look again, for the end of the pool.
  void wake_all() noexcept {
    Lock lock(mutex_);
    for (Sleeper* sleeper = first_; sleeper; sleeper = sleeper->next) sleeper->parker->unpark();
  }

  /// How many threads sleep.
  std::uint32_t count() const noexcept { return word_.load() % kAbsent / kSleeper; }

  /// REQUIRES: before any worker is absent.
  void set_caller(Caller& caller) noexcept { caller_ = &caller; }
  /// So many workers have no thread. REQUIRES: one caller at a time; the heavy fence, then a look for work.
  void set_absent(std::size_t count) noexcept {
    const auto now = static_cast<std::uint32_t>(count);
    word_.fetch_add((now - absent()) * kAbsent);
  }
  std::uint32_t absent() const noexcept { return word_.load() / kAbsent; }

 private:
  // The counts of absent workers and of sleepers, above two bits: submitters are told to pay; all of them know it.
  static constexpr std::uint32_t kPays = 1, kAllPay = 2, kSleeper = 4, kAbsent = 1 << 16;

  struct Chosen {
    bool any;
    Parker::Asleep asleep;  // to be woken without the mutex, which it takes first
  };

  /// Whether a worker sleeps or is absent, for a thread that has published work.
  bool any() noexcept {
    const std::uint32_t word = word_.load();
    return (word & kPays ? word_.fetch_add(0) : word) >= kSleeper;
  }

  Chosen choose_first() noexcept {
    Lock lock(mutex_);
    Sleeper* const sleeper = first_;
    if (!sleeper) return {false, nullptr};
    unlist(*sleeper);
    return {true, sleeper->parker->give()};
  }

  void wake_one() noexcept {
    const auto [is_chosen, asleep] = choose_first();
    Parker::wake(asleep);
    if (is_chosen) return;
    sync_point("sleep.nobody");
    if (absent() && caller_->call()) return;
    land();
    // a submitter that saw the flight may have passed over a worker that announced itself, or became absent, meanwhile
    if (!absent() || count() || caller_->is_needed()) notify();
  }

  void unlist(Sleeper& sleeper) noexcept TP_REQUIRES(mutex_) {
    Sleeper** link = &first_;
    while (*link != &sleeper) link = &(*link)->next;
    *link = sleeper.next;
    sleeper.listed = false;
    word_.fetch_sub(kSleeper);
  }

  alignas(kCacheLine) std::atomic<std::uint32_t> word_{0};
  std::atomic<bool> in_flight_{false};
  std::atomic<bool> is_searching_{false};
  Mutex mutex_;
  Sleeper* first_ TP_GUARDED_BY(mutex_) = nullptr;
  Caller* caller_ = nullptr;
};

}  // namespace tp::core
