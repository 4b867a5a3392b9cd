// SPDX-License-Identifier: MIT
// Model of workers that sleep and are woken, around the submit queues and local queues that they look into: no
// wake-up is lost, and as many tasks run at once as there are workers.
#include "worker/sleep.h"

#include "base/parker.h"
#include "model/check.hpp"
#include "model/suite.hpp"
#include "queue/local_queue.h"
#include "queue/submit_queue.h"

namespace {

using namespace model;
using tp::core::Deadline;
using tp::core::Parker;

/// Where tasks wait until as many of them run as there are workers.
class Barrier {
 public:
  void meet(int threads) {
    mutex_.lock(RL_INFO);
    const int mine = arrived_++ / threads;
    if (arrived_ % threads == 0) everyone_.notify_all(RL_INFO);
    while (arrived_ / threads == mine) everyone_.wait(mutex_, RL_INFO);
    mutex_.unlock(RL_INFO);
  }

 private:
  rl::mutex mutex_;
  rl::condition_variable everyone_;
  int arrived_ = 0;
};

/// What a worker does that a mutant leaves out.
struct Whole {
  static constexpr bool kLooksAgain = true;
  static constexpr bool kWakesNext = true;
  static constexpr bool kChangesWhoPays = false;
  static constexpr bool kStaysNear = false;
  static constexpr bool kLands = true;
};
/// Workers change each time before they sleep whether submitters or sleepers pay for the order.
struct Changing : Whole {
  static constexpr bool kChangesWhoPays = true;
};
/// Workers that have run something take the flight, and have it while they look for more.
struct Near : Whole {
  static constexpr bool kStaysNear = true;
};
struct Keeping : Near {
  static constexpr bool kLands = false;
};
struct Blind : Whole {
  static constexpr bool kLooksAgain = false;
};
struct Selfish : Whole {
  static constexpr bool kWakesNext = false;
};

/// Submitters with a submit queue each, and the loop of worker/worker.cpp. A lost wake-up is a deadlock.
template <int kSubmitters, int kWorkers, int kTasks, class Protocol = Whole>
struct WorkersModel
    : Suite<WorkersModel<kSubmitters, kWorkers, kTasks, Protocol>, kSubmitters + kWorkers> {
  using Task = std::uint64_t;
  using Sleep = tp::core::Sleep;

  struct Worker {
    tp::core::LocalQueue<Task, 4> local_queue;
    Parker parker;
    Sleep::Sleeper sleeper{&parker};
    bool woken = false, pays = false, has_flight = false;
  };

  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    if (index < kSubmitters)
      submit(queues[index]);
    else
      serve(workers[index - kSubmitters]);
  }

  template <class Queue>
  void submit(Queue& queue) {
    for (int i = 0; i < kTasks / kSubmitters; ++i) {
      RL_ASSERT(queue.reserve());
      queue.push(1);
      sleep.notify();
    }
  }

  void serve(Worker& me) {
    while (!over.load())
      if (!work(me)) rest(me);
  }

  void land(Worker& me) {
    if (!Protocol::kLands || !std::exchange(me.has_flight, false)) return;
    sleep.land();
    me.woken = true;
  }

  void rest(Worker& me) {
    land(me);
    if (Protocol::kChangesWhoPays) sleep.let_submitters_pay(me.pays = !me.pays);
    sleep.announce(me.sleeper);
    if (!Protocol::kLooksAgain || (!has_work() && !over.load())) me.parker.park(Deadline::never());
    if (sleep.retire(me.sleeper)) me.woken = true;
  }

  bool work(Worker& me) {
    if (me.has_flight && !has_work()) return false;
    land(me);
    Task tasks[4];
    if (me.local_queue.take(tasks[0])) return execute(me), true;
    for (auto& queue : queues)
      if (const auto count = queue.claim(tasks, 2, [](std::size_t ready) { return ready; }))
        return run_first(me, tasks, count), true;
    for (Worker& victim : workers)
      if (const auto count = &victim == &me ? 0 : victim.local_queue.steal(tasks))
        return run_first(me, tasks, count), true;
    return false;
  }

  void run_first(Worker& me, const Task* tasks, std::size_t count) {
    if (count > 1) {
      me.local_queue.fill(tasks + 1, count - 1);
      sleep.notify();
    }
    execute(me);
  }

  void execute(Worker& me) {
    if (Protocol::kWakesNext && me.woken && has_work()) sleep.notify();
    me.woken = false;
    barrier.meet(kWorkers);
    if (Protocol::kStaysNear && sleep.count()) me.has_flight = sleep.take_flight();
    if (++ended != kTasks) return;
    over.store(true);
    sleep.wake_all();
  }

  bool has_work() const {
    for (const auto& queue : queues)
      if (queue.size()) return true;
    for (const Worker& worker : workers)
      if (worker.local_queue.size()) return true;
    return false;
  }

  void after() { RL_ASSERT(ended == kTasks && sleep.count() == 0); }

  Sleep sleep;
  tp::core::SubmitQueue<Task, 2> queues[kSubmitters];
  Worker workers[kWorkers];
  Barrier barrier;
  StdAtomic<bool> over{false};
  int ended = 0;
};

}  // namespace

TEST_CASE("Sleep: no wake-up of a lone worker is lost") { check_holds<WorkersModel<2, 1, 4>>(5); }

TEST_CASE("Sleep: no task waits while a worker sleeps") {
  check_holds<WorkersModel<1, 2, 4>>(5);
  check_holds<WorkersModel<2, 2, 2>>(5);
  check_holds<WorkersModel<2, 2, 4>>(5);
  check_holds<WorkersModel<1, 3, 3>>(5);
}

TEST_CASE("Sleep: no wake-up is lost while workers change who pays for the order") {
  check_holds<WorkersModel<2, 1, 4, Changing>>(5);
  check_holds<WorkersModel<1, 2, 4, Changing>>(5);
  check_holds<WorkersModel<2, 2, 2, Changing>>(5);
}

TEST_CASE("Sleep: no wake-up is lost while workers that have run something have the flight") {
  check_holds<WorkersModel<2, 1, 4, Near>>(5);
  check_holds<WorkersModel<1, 2, 4, Near>>(5);
  check_holds<WorkersModel<2, 2, 4, Near>>(5);
  check_finds<WorkersModel<1, 2, 4, Keeping>>("DEADLOCK");
}

TEST_CASE("Sleep: the model finds mistakes of submitters that pay") {
  check_finds<WorkersModel<2, 1, 4, Changing>>({Mistake::blind, "Sleep::any"});
  check_finds<WorkersModel<2, 1, 4, Changing>>({Mistake::relaxed, "Sleep::any"});
  check_finds<WorkersModel<1, 2, 4, Changing>>({Mistake::no_fence});
  check_finds<WorkersModel<1, 2, 4, Changing>>({Mistake::skipped, "Sleep::unlist"});
}

TEST_CASE("Sleep: the model finds what the total order is for") {
  check_finds<WorkersModel<2, 1, 4>>({Mistake::paired});
  check_finds<WorkersModel<1, 2, 4>>({Mistake::paired});
}

TEST_CASE("Sleep: the model finds a worker that does not look again after it announced itself") {
  check_finds<WorkersModel<2, 1, 4, Blind>>("DEADLOCK");
}

TEST_CASE("Sleep: the model finds a woken worker that does not wake the next") {
  check_finds<WorkersModel<2, 2, 2, Selfish>>("DEADLOCK");
}
