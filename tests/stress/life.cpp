// SPDX-License-Identifier: MIT
// The beginning and the end of a pool's life, and its books.
#include "stress/life.hpp"

#include "stress/handle.hpp"
#include "support/test.hpp"

namespace stress {

Life::Life(Choices& choices, std::uint32_t flags)
    : flags_(flags | (choices.one_in(4) ? TP_POOL_CALLER_HELPS : 0) |
             (choices.one_in(4) ? TP_POOL_DRAIN : 0)) {
  workers_ = 1 + choices.below(4);
  max_pending_ = choices.one_in(4) ? 1 + choices.below(4) : 0;
  reports_ = choices.coin();
  fails_init_ = choices.one_in(16);
  init_fails_at_ = static_cast<int>(choices.below(4));
  init_throws_ = choices.coin();
  tp_pool_options_t options = support::pool_options(workers_, flags_);
  options.max_pending = max_pending_;
  options.arg = this;
  options.initializer = initialize;
  options.finalizer = [](void* self) { static_cast<Life*>(self)->finalized_++; };
  options.arg_drop = [](void* self) { static_cast<Life*>(self)->args_dropped_++; };
  if (reports_)
    options.unobserved = [](void* self, const tp_error_t* error) {
      const int status = tp_error_status(error);
      auto* const life = static_cast<Life*>(self);
      const bool late = status == TP_ETIMEDOUT && life->limits_items_;
      life->expect(late || status == TP_ETASK || status == TP_ELOST, "unobserved");
    };
  if (!(flags_ & TP_POOL_NO_THREADS) && choices.one_in(3)) {  // threads come and go
    options.idle_timeout = 1e-6 * static_cast<double>(1 + choices.below(300));
    options.min_workers = choices.below(static_cast<std::uint32_t>(workers_) + 1);
  }
  if (tp_pool_create(&options, &pool_) != TP_OK) support::give_up("a pool");
  const tp_pool_options_t second = support::pool_options(1 + choices.below(2));
  if (choices.coin() && tp_pool_create(&second, &neighbour_) != TP_OK)
    support::give_up("a second pool");
  make_groups(choices);
  start_keepers();
}

void Life::make_groups(Choices& choices) {
  for (Bunch& bunch : bunches_) {
    bunch.max_running = choices.below(4) % 3;
    bunch.max_pending = choices.one_in(4) ? 1 + choices.below(4) : 0;
    tp_group_options_t options{};
    options.size = sizeof options;
    options.max_running = bunch.max_running;
    options.max_pending = bunch.max_pending;
    const int status = tp_group_create(pool_, &options, &bunch.group);
    // an initializer may have failed by now
    if (status != TP_OK && !(status == TP_EINIT && fails_init_)) support::give_up("a group");
  }
}

int Life::initialize(void* arg) {
  auto* const self = static_cast<Life*>(arg);
  if (self->initializers_++ == self->init_fails_at_ && self->fails_init_) {
    self->broken_ = true;
    if (self->init_throws_) throw 1;
    return 5;
  }
  self->initialized_++;
  return 0;
}

Errand& Life::make(Kind kind, std::size_t n) {
  auto errand = std::make_unique<Errand>(*this, kind, n);
  std::lock_guard<std::mutex> lock(mutex_);
  errands_.push_back(std::move(errand));
  return *errands_.back();
}

Follower& Life::make_follower(std::uint32_t kind, Order order) {
  const auto which = static_cast<Follower::Kind>(kind % Follower::kKinds);
  auto follower = std::make_unique<Follower>(*this, which, order);
  std::lock_guard<std::mutex> lock(mutex_);
  followers_.push_back(std::move(follower));
  return *followers_.back();
}

Pledge& Life::make_pledge(std::uint32_t kind, Order order) {
  auto pledge = std::make_unique<Pledge>(*this, static_cast<Pledge::Kind>(kind), order);
  std::lock_guard<std::mutex> lock(mutex_);
  pledges_.push_back(std::move(pledge));
  return *pledges_.back();
}

// A hosted pool has one worker, and a manual strand one runner, for all its life.
void Life::start_keepers() {
  if (is_hosted())
    keepers_.emplace_back([this] {
      while (serve(TP_FOREVER)) sched_yield();
    });
  if (is_manual())
    keepers_.emplace_back([this] {
      while (run_callbacks(TP_FOREVER)) {
      }
    });
}

bool Life::serve(double timeout) {
  std::size_t ran = 0;
  const int status = tp_worker_enter(pool_, Errand::run_item, timeout, &ran);
  const bool timed_out = status == TP_OK && timeout < TP_FOREVER;
  const bool broke = status == TP_EINIT && fails_init_;
  expect(timed_out || broke || status == TP_END || status == TP_EAGAIN, "worker_enter");
  return status == TP_EAGAIN;
}

bool Life::run_callbacks(double timeout) {
  std::size_t ran = 0;
  const int status = tp_pool_run_callbacks(pool_, timeout, &ran);
  const bool timed_out = status == TP_ETIMEDOUT && timeout < TP_FOREVER;
  expect(status == TP_OK || status == TP_END || timed_out, "run_callbacks");
  return status == TP_OK;
}

void Life::close() { expect(tp_pool_close(pool_) == TP_OK, "close"); }

void Life::terminate() {
  terminated_ = true;
  expect(tp_pool_terminate(pool_) == TP_OK, "terminate");
}

void Life::cancel_all() {
  cancelled_ = true;
  expect(tp_pool_cancel(pool_) == TP_OK, "the cancel of a pool");
}

void Life::control(std::uint32_t choice) {
  const bool pauses = choice % 2;
  if (is_bounded() && choice % 8 == 6)
    return expect(tp_pool_set_max_pending(pool_, 1 + choice / 8 % 4) == TP_OK, "a new bound");
  const int status = pauses ? tp_pool_pause(pool_) : tp_pool_resize(pool_, 1 + choice / 2 % 6);
  const bool broke = status == TP_EINIT && fails_init_ && !pauses;
  expect(status == TP_OK || status == TP_ECLOSED || broke, "pause or resize");
  if (!pauses) return;
  for (std::uint32_t i = choice / 2 % 8; i > 0; --i) sched_yield();
  expect(tp_pool_resume(pool_) == TP_OK, "resume");
}

void Life::share(std::size_t slot, tp_result_t* result, Errand& errand) {
  Handle old;
  std::lock_guard<std::mutex> lock(mutex_);  // goes before the handle does
  Shared& place = shared_[slot % std::size(shared_)];
  place.errand = &errand;
  old.result = std::exchange(place.result, result);
}

tp_result_t* Life::borrow(std::size_t slot, Errand*& errand) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Shared& place = shared_[slot % std::size(shared_)];
  errand = place.errand;
  return place.result ? tp_result_retain(place.result) : nullptr;
}

void Life::end(Choices& choices) {
  const std::uint32_t way = choices.below(8);
  const bool kept = !keepers_.empty();
  if (way < 4) close();
  if (way == 4 || (kept && way > 4)) terminate();
  if (way < 3 || kept) {
    expect(tp_pool_join(pool_, TP_FOREVER) == TP_OK, "join");
    joined_ = true;
    for (std::thread& keeper : keepers_) keeper.join();
    check_stats();
  }
  if (neighbour_) return end_both(way);
  if (way == 7 && !kept) return destroy_in_task();
  if (way == 6) return destroy_within(choices.below(4) * 1e-4);
  tp_pool_destroy(pool_);
}

// The last worker frees the pool, if the time is too short.
void Life::destroy_within(double timeout) {
  const int status = tp_pool_destroy_within(pool_, timeout);
  expect(status == TP_OK || status == TP_ETIMEDOUT, "destroy_within");
  support::await("the pool to go", [this] { return args_dropped_ != 0; });
}

// A visit that was told of a deadlock may be running still, and calls this pool: it goes last.
void Life::end_both(std::uint32_t way) {
  if (!joined_) {
    if (way > 4) terminate();
    expect(tp_pool_join(pool_, TP_FOREVER) == TP_OK, "join before the neighbour goes");
  }
  tp_pool_destroy(neighbour_);
  tp_pool_destroy(pool_);
}

// The last worker frees the pool.
void Life::destroy_in_task() {
  tp_task_t task{};
  task.size = sizeof task;
  task.ctx = this;
  task.fn = [](void* self, const void*, void*) {
    auto* const life = static_cast<Life*>(self);
    support::await("the submit", [life] { return life->submitted_.load(); });
    tp_pool_destroy(life->pool_);
    return 0;
  };
  Handle done;
  const int status = tp_pool_apply_async(pool_, &task, nullptr, nullptr, &done.result);
  submitted_ = true;
  // it may be refused, or cut: then it is still there
  if (status != TP_OK || tp_result_get(done.result, TP_FOREVER, nullptr) != TP_OK)
    return tp_pool_destroy(pool_);
  support::await("the pool to go", [this] { return args_dropped_ != 0; });
}

void Life::check_stats() {
  tp_pool_stats_t stats{};
  stats.size = sizeof stats;
  expect(tp_pool_stats(pool_, &stats) == TP_OK, "stats");
  expect(stats.state == 3 && stats.workers == 0, "the state of a joined pool");
  expect(stats.busy + stats.queued + stats.running == 0, "a joined pool that does something");
  expect(stats.completed == stats.submitted, "completed and submitted differ");
  std::lock_guard<std::mutex> lock(mutex_);
  std::uint64_t least = 0, most = 0, ran = 0;
  for (const auto& errand : errands_) {
    least += errand->accepted == 1;
    most += errand->accepted != 0;
    ran += errand->runs();
  }
  for (const auto& follower : followers_) {
    least += follower->is_accepted();
    most += follower->is_accepted();
    ran += follower->runs();
  }
  for (const auto& pledge : pledges_) {
    least += pledge->jobs();
    most += pledge->jobs();
    ran += pledge->items();
  }
  expect(stats.submitted >= least && stats.submitted <= most, "submitted");
  // what was spawned outside of items is none
  expect(stats.items >= ran && stats.items <= ran + spawned_, "items");
}

// The groups outlive the pool.
void Life::check_groups() {
  for (Bunch& bunch : bunches_) {
    std::uint64_t least = 0, most = 0;
    for (const auto& errand : errands_) {
      if (errand->bunch() != &bunch) continue;
      least += errand->accepted == 1;
      most += errand->accepted != 0;
    }
    if (!bunch.group) continue;
    tp_group_stats_t stats{};
    stats.size = sizeof stats;
    expect(tp_group_wait(bunch.group, TP_FOREVER) == TP_OK, "the wait for an ended group");
    expect(tp_group_stats(bunch.group, &stats) == TP_OK, "the counts of a group");
    expect(stats.queued + stats.running == 0, "an ended group that does something");
    expect(stats.completed >= least && stats.completed <= most, "the jobs of a group");
    tp_group_release(bunch.group);
  }
}

void Life::check_books() {
  for (Shared& place : shared_) tp_result_release(std::exchange(place.result, nullptr));
  const bool complete = (joined_ || drains()) && !terminated_ && !broken_ && !cancelled_;
  for (const auto& follower : followers_) follower->check_end(complete);
  for (const auto& pledge : pledges_) pledge->check_end(complete);
  for (const auto& errand : errands_) errand->check_end(complete);
  check_groups();
  expect(initialized_ == finalized_, "a finalizer for each initializer");
  expect(args_dropped_ == 1, "the pool's argument was not dropped once");
  expect(payloads_ == 0, "a payload was not dropped once");
}

}  // namespace stress
