// SPDX-License-Identifier: MIT
// What tasks, callbacks and sources do besides their work: all that a user's code may do inside a
// pool.
#include "stress/handle.hpp"
#include "stress/life.hpp"
#include "support/test.hpp"

namespace stress {
static thread_local int callbacks_deep = 0;

constexpr double kMoment = 1e-4;

InCallback::InCallback() { ++callbacks_deep; }
InCallback::~InCallback() { --callbacks_deep; }

int Life::perform(Order order, std::atomic<int>& status) {
  status = TP_ELOST;  // until it returns
  int code = 0;
  switch (order.deed) {
    case Deed::nothing:
      break;
    case Deed::block:
      for (int i = order.extra % 16; i > 0 && !tp_task_stop_requested(); --i) sched_yield();
      break;
    case Deed::fail:
      code = 7;
      break;
    case Deed::explain:
    case Deed::change_mind:
      payloads_++;
      if (tp_task_set_error("why", &payloads_,
                            [](void* n) { --*static_cast<std::atomic<int>*>(n); }))
        wrong("set_error");
      code = order.deed == Deed::explain ? 8 : 0;
      break;
    case Deed::throw_it:
      status = TP_ETASK;
      throw std::runtime_error("thrown");
    case Deed::end_thread:
      if (!is_hosted() && tp_worker_pool() == pool_) pthread_exit(nullptr);
      break;
    case Deed::submit:
    case Deed::submit_and_wait:
    case Deed::call:
      perform_child(order);
      break;
    case Deed::wait_for_other:
    case Deed::cancel_other:
      perform_on_other(order);
      break;
    case Deed::cancel_all:
      cancel_all();
      break;
    case Deed::close:
      close();
      break;
    case Deed::terminate:
      terminate();
      break;
    case Deed::control:
      control(order.extra);
      break;
    case Deed::misuse:
      misuse();
      break;
    case Deed::visit:
      perform_visit(order);
      break;
    case Deed::spawn:
      perform_spawned(order);
      break;
    case Deed::group:
      use_group(order.extra, true);
      break;
    case Deed::follow:
      perform_follow(order);
      break;
  }
  status = code ? TP_ETASK : TP_OK;
  return code;
}

// A job of simple items, which this thread may wait for. A callback waits only a moment: it may
// keep all workers waiting.
void Life::perform_child(Order order) {
  const bool waits = order.deed == Deed::submit_and_wait;
  const bool calls = order.deed == Deed::call && !callbacks_deep;
  static constexpr Kind kCalls[] = {Kind::apply, Kind::map, Kind::range, Kind::typed_apply};
  static constexpr Kind kSubmits[] = {Kind::apply_async, Kind::map_async, Kind::range_async,
                                      Kind::forget};
  static constexpr Deed kDeeds[] = {Deed::nothing, Deed::block, Deed::fail, Deed::throw_it};
  const std::uint8_t kind = order.extra % 4, deed = order.extra / 4 % 8;
  const bool many = kind == 1 || kind == 2;
  Errand& errand = make(calls ? kCalls[kind] : kSubmits[kind], many ? 3 : 1);
  errand.order(0) = {kDeeds[deed < 4 ? deed : 0], order.extra};
  if (order.extra >= 192) errand.join(bunch(order.extra));
  Handle child;
  errand.start(waits && kind != 3 ? &child.result : nullptr);
  if (!child.result) return;
  const int status = tp_result_wait(child.result, callbacks_deep ? kMoment : TP_FOREVER);
  if (status == TP_EDEADLK && (errand.bunch() || tp_worker_pool() == neighbour_)) return;
  expect(status == TP_OK || (callbacks_deep && status == TP_ETIMEDOUT), "the wait for a child");
  errand.check(child.result);
}

void Life::perform_on_other(Order order) {
  Errand* errand = nullptr;
  const Handle other(borrow(order.extra, errand));
  if (!other.result) return;
  if (order.deed == Deed::cancel_other) return errand->cancel(other.result);
  const bool timed = callbacks_deep || order.extra >= 128;
  const int status = tp_result_wait(other.result, timed ? kMoment : TP_FOREVER);
  expect(status == TP_OK || status == TP_EDEADLK || (timed && status == TP_ETIMEDOUT),
         "the wait for another's result");
}

// A result of another one's, which this thread cancels, or waits for.
void Life::perform_follow(Order order) {
  Errand* errand = nullptr;
  const Handle other(borrow(order.extra, errand));
  if (!other.result) return;
  static constexpr Deed kDeeds[] = {Deed::nothing, Deed::fail, Deed::throw_it, Deed::end_thread};
  Follower& follower = make_follower(order.extra / 4, {kDeeds[order.extra / 16 % 4], 0});
  follower.start(&other.result, &errand, 1);
  if (order.extra / 64 == 3) return follower.cancel();
  const bool timed = callbacks_deep || order.extra / 64 == 2;
  const int status = follower.wait(timed ? kMoment : TP_FOREVER);
  expect(status == TP_OK || status == TP_EDEADLK || (timed && status == TP_ETIMEDOUT),
         "the wait for a follower");
}

// Inside one of its jobs, or where its jobs wait for this thread, a wait is told of a deadlock.
void Life::use_group(std::uint32_t choice, bool is_inside) {
  Bunch& mine = bunch(choice);
  if (!mine.group) return;
  const std::uint32_t way = choice / 4 % 8;
  if (way == 0) {
    mine.is_cancelled = true;
    return expect(tp_group_cancel(mine.group) == TP_OK, "a group's cancel");
  }
  if (way < 3) {
    const int status = tp_group_pause(mine.group);
    expect(status == TP_OK || status == TP_ECLOSED, "a group's pause");
    for (std::uint32_t i = choice / 32; i > 0; --i) sched_yield();
    return expect(tp_group_resume(mine.group) == TP_OK, "a group's resume");
  }
  const double time = callbacks_deep || way == 3 ? kMoment : TP_FOREVER;
  const int status = tp_group_wait(mine.group, time);
  expect(status == TP_OK || (status == TP_EDEADLK && is_inside) ||
             (status == TP_ETIMEDOUT && time < TP_FOREVER),
         "a group's wait");
}

// Has the neighbour's workers, of which there are few, call back into this pool, which may have none
// left: waits lead from pool to pool.
void Life::perform_visit(Order order) {
  if (callbacks_deep || !neighbour_) return;
  struct Visit {
    Life& life;
    Order order;
  };
  const Order child{order.extra % 2 ? Deed::call : Deed::submit_and_wait, order.extra};
  tp_task_t task{};
  task.size = sizeof task;
  task.ctx = new Visit{*this, child};
  task.fn = [](void* self, const void*, void*) {
    auto& there = *static_cast<Visit*>(self);
    there.life.perform_child(there.order);
    return 0;
  };
  task.ctx_drop = [](void* self) { delete static_cast<Visit*>(self); };
  if (order.extra % 4 < 2) {
    const int status = tp_pool_apply(neighbour_, &task, nullptr, nullptr);
    if (status == TP_EDEADLK) task.ctx_drop(task.ctx);  // refused
    return expect(status == TP_OK || status == TP_EDEADLK, "a visit");
  }
  Handle visited;
  const int submitted = tp_pool_apply_async(neighbour_, &task, nullptr, nullptr, &visited.result);
  const int status = tp_result_wait(visited.result, TP_FOREVER);
  expect(submitted == TP_OK && (status == TP_OK || status == TP_EDEADLK), "a visit to wait for");
}

// Parts of this item, one of which may end its thread: then the item is lost, or the part alone.
void Life::perform_spawned(Order order) {
  static constexpr Deed kDeeds[] = {Deed::nothing, Deed::block,     Deed::fail,
                                    Deed::explain, Deed::throw_it,  Deed::submit_and_wait,
                                    Deed::nothing, Deed::end_thread};
  struct Part {
    static int run(void* self) {
      auto& part = *static_cast<Part*>(self);
      ++part.runs;
      ++part.life.spawned_;
      return part.life.perform(part.order, part.status);
    }
    Life& life;
    const Order order;
    std::atomic<int> status{TP_EDEADLK};  // until it runs
    int runs = 0;
    tp_spawn_t spawned{};
  };
  const std::uint8_t first = order.extra % 8, other = order.extra / 8 % 8;
  Part parts[] = {{*this, {kDeeds[first], order.extra}}, {*this, {kDeeds[other], order.extra}}};
  for (Part& part : parts) expect(tp_spawn(&part.spawned, Part::run, &part) == TP_OK, "a spawn");
  for (Part* part : {&parts[1], &parts[0]}) {
    const int status = tp_sync(&part->spawned);
    tp_clear_error();  // a host's thread would keep the payload
    expect(status == part->status, "the status of a sync");
    expect(part->runs == (status != TP_EDEADLK), "the runs of what was spawned");
  }
}

// What would have to wait for this very call.
void Life::misuse() {
  std::size_t ran = 0;
  int fd = -1;
  expect(tp_pool_join(pool_, TP_FOREVER) == TP_EDEADLK, "join inside the pool");
  expect(tp_pool_wait_idle(pool_, TP_FOREVER) == TP_EDEADLK, "wait_idle inside the pool");
  expect(tp_worker_enter(pool_, nullptr, 0, &ran) == (is_hosted() ? TP_EDEADLK : TP_EINVAL),
         "enter inside the pool");
  const int called = tp_pool_run_callbacks(pool_, 0, &ran);
  const bool nests = callbacks_deep && (called == TP_OK || called == TP_END);
  expect(is_manual() ? called == TP_EDEADLK || nests : called == TP_EINVAL,
         "run_callbacks inside the pool");
  expect(is_manual() || tp_pool_fd(pool_, &fd) == TP_EINVAL, "the descriptor of no strand");
}

}  // namespace stress
