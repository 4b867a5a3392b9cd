// SPDX-License-Identifier: MIT
// The calls that a thread of a sequence makes.
#include "stress/actor.hpp"

#include "stress/handle.hpp"
#include "support/test.hpp"

namespace stress {

Actor::~Actor() {
  for (const Held& held : held_) {
    if (held.result) held.errand->check(held.result);
    tp_result_release(held.result);
  }
  tp_clear_error();
}

void Actor::act() {
  static constexpr void (Actor::*kActs[])() = {&Actor::submit,   &Actor::submit, &Actor::submit,
                                               &Actor::submit,   &Actor::submit, &Actor::host,
                                               &Actor::ask_pool, &Actor::share};
  const std::uint32_t which = choices_.below(64);
  if (which == 63) return end_pool();
  if (which == 62) return life_.control(choices_.below(256));
  if (which == 61) return life_.use_group(choices_.below(256), false);
  if (which == 60) return promise();
  if (which >= 58) return follow();
  if (which < 32) return (this->*kActs[which % std::size(kActs)])();
  act_on_result();
}

void Actor::act_on_result() {
  static constexpr void (Actor::*kActs[])() = {
      &Actor::wait, &Actor::wait_some,      &Actor::next,    &Actor::next,         &Actor::get,
      &Actor::ask,  &Actor::cancel,         &Actor::release, &Actor::retain,       &Actor::release,
      &Actor::next, &Actor::wait_for_other, &Actor::listen,  &Actor::see_completed};
  (this->*kActs[choices_.below(std::size(kActs))])();
}

void Actor::submit() {
  const auto kind = static_cast<Kind>(choices_.below(kKinds));
  const bool single = kind == Kind::apply || kind == Kind::apply_async || kind == Kind::forget ||
                      kind == Kind::typed_apply;
  const std::uint32_t many = choices_.one_in(16) ? 100 + choices_.below(100) : choices_.below(8);
  const std::uint32_t n = single ? 1 : kind == Kind::team ? many % 4 : many;
  Errand& errand = life_.make(kind, n);
  errand.draw(choices_, life_.is_bounded());
  if (choices_.one_in(3)) errand.join(life_.bunch(choices_.below(3)));
  const bool keeps = !choices_.one_in(4) || kind == Kind::fed;
  Held& place = pick();
  tp_result_t* result = nullptr;
  errand.start(keeps ? &result : nullptr);
  if (!result) return;
  if (kind == Kind::fed) errand.push_all(result);
  tp_result_release(std::exchange(place.result, result));
  place.errand = &errand;
}

void Actor::end_pool() {
  const std::uint32_t way = choices_.below(3);
  if (way == 0) life_.close();
  if (way == 1) life_.terminate();
  if (way == 2) life_.cancel_all();
}

void Actor::host() {
  const double time = choices_.below(3) * 1e-4;
  if (choices_.coin() && life_.is_hosted()) life_.serve(time);
  if (life_.is_manual()) life_.run_callbacks(time);
  int fd = -1;
  if (choices_.coin() && life_.is_manual())
    life_.expect(tp_pool_fd(life_.pool(), &fd) == TP_OK && fd >= 0, "fd");
}

void Actor::ask_pool() {
  const double time = choices_.below(3) * 1e-4;
  std::size_t workers = 0;
  tp_pool_stats_t stats{};
  stats.size = sizeof stats;
  life_.expect(tp_pool_workers(life_.pool(), &workers) == TP_OK && workers > 0, "workers");
  life_.expect(tp_pool_stats(life_.pool(), &stats) == TP_OK, "stats");
  life_.expect(stats.completed <= stats.submitted && stats.state <= 4, "what stats say");
  const int idle = tp_pool_wait_idle(life_.pool(), time);
  life_.expect(idle == TP_OK || idle == TP_ETIMEDOUT, "wait_idle");
  const int joined = tp_pool_join(life_.pool(), time);
  life_.expect(joined == TP_OK || joined == TP_ERUNNING || joined == TP_ETIMEDOUT, "join");
  life_.expect(tp_worker_index() == -1 && !tp_worker_pool(), "worker_index outside");
  life_.expect(tp_task_confirm() == TP_EINVAL, "confirm outside");
}

double Actor::draw_time() {
  const std::uint32_t which = choices_.below(4);
  return which == 3 ? TP_FOREVER : which * 1e-4;
}

// Streams, too, although nobody else may read them: who waits lifts their windows.
void Actor::wait() {
  const double time = draw_time();
  const Held& held = pick();
  if (!held.result) return;
  const int status = tp_result_wait(held.result, time);
  life_.expect(status == TP_OK || (status == TP_ETIMEDOUT && time < TP_FOREVER), "wait");
  held.errand->check(held.result);
}

std::size_t Actor::gather(tp_result_t** results) const {
  std::size_t n = 0;
  for (const Held& held : held_)
    if (held.result) results[n++] = held.result;
  return n;
}

void Actor::wait_some() {
  const double time = draw_time();
  const bool any = choices_.coin();
  tp_result_t* results[kSlots];
  const std::size_t n = gather(results);
  std::size_t index = 0;
  if (any && n == 0) return;
  const int status = any ? tp_wait_any(results, n, time, &index) : tp_wait_all(results, n, time);
  life_.expect(status == TP_OK || (status == TP_ETIMEDOUT && time < TP_FOREVER), "wait_some");
  if (status != TP_OK) return;
  for (std::size_t i = 0; i < n; ++i)
    if (!any || i == index) life_.expect(tp_result_ready(results[i]) == 1, "ready after a wait");
}

void Actor::next() {
  const double time = draw_time();
  const bool drops = choices_.coin();
  const Held& held = pick();
  if (!held.result) return;
  Thing value{};
  const int status = tp_result_next(held.result, time, drops ? nullptr : &value);
  if (!held.errand->is_stream()) return life_.expect(status == TP_EINVAL, "next of no stream");
  if (status == TP_OK && value.errand && value.end()) value.errand->value_dropped();
  if (status != TP_OK && status != TP_END) life_.expect(tp_last_error(), "next without an error");
  life_.expect(status == TP_OK || status == TP_END || status == TP_ETASK || status == TP_ELOST ||
                   status == TP_ECANCELED || status == TP_ETERMINATED ||
                   (status == TP_EINIT && life_.may_break()) ||
                   (status == TP_ETIMEDOUT && (time < TP_FOREVER || held.errand->has_deadline())),
               "next");
}

void Actor::get() {
  const double time = draw_time();
  const Held& held = pick();
  if (!held.result) return;
  void* values = nullptr;
  const int status = tp_result_get(held.result, time, &values);
  if (held.errand->is_stream()) return life_.expect(status == TP_EINVAL, "get of a stream");
  const bool timed_out = status == TP_ETIMEDOUT && time < TP_FOREVER;
  life_.expect(timed_out || tp_result_ready(held.result) == 1, "get before the end");
  held.errand->check(held.result);
}

void Actor::ask() {
  const Held& held = pick();
  if (!held.result) return;
  std::size_t done = 0, total = 0;
  life_.expect(tp_result_progress(held.result, &done, &total) == TP_OK && done <= total,
               "progress");
  const tp_error_t* const error = tp_result_error(held.result);
  if (!error) return;
  const int status = tp_error_status(error);
  const bool late = status == TP_ETIMEDOUT && held.errand->has_time();
  life_.expect(late || (status <= TP_ETASK && status >= TP_ELOST), "the status of an error");
  life_.expect(*tp_error_message(error) != 0, "an error without a message");
  life_.expect(!tp_error_payload(error) || tp_error_message(error) == std::string("why"),
               "an error with another's payload");
  const int code = tp_error_code(error);
  life_.expect(code == 0 || code == 5 || code == 7 || code == 8 || code == -3, "a code");
  life_.expect(tp_error_index(error) <= 200, "the index of an error");
}

void Actor::cancel() {
  const bool pending = choices_.coin();
  const Held& held = pick();
  if (!held.result) return;
  if (pending)
    held.errand->cancel_pending(held.result);
  else
    held.errand->cancel(held.result);
}

void Actor::release() {
  Held& held = pick();
  tp_result_release(std::exchange(held.result, nullptr));
}

void Actor::listen() {
  const Held& held = pick();
  if (held.result) held.errand->listen(held.result);
}

// Each result once, when it is ready.
void Actor::see_completed() {
  const double time = draw_time();
  tp_result_t* results[kSlots];
  const std::size_t n = gather(results);
  std::size_t index = 0;
  tp_completed_t* completed = nullptr;
  life_.expect(tp_as_completed(results, n, &completed) == TP_OK, "as_completed");
  int status = TP_OK;
  while ((status = tp_completed_next(completed, time, &index)) == TP_OK) {
    life_.expect(index < n && results[index], "as_completed told of a result again");
    if (index < n && results[index])
      life_.expect(tp_result_ready(std::exchange(results[index], nullptr)) == 1, "not completed");
  }
  life_.expect(status == TP_END || (status == TP_ETIMEDOUT && time < TP_FOREVER), "completed_next");
  for (std::size_t i = 0; i < n; ++i)
    life_.expect(status != TP_END || !results[i], "as_completed left a result out");
  tp_completed_release(completed);
}

void Actor::retain() {
  const Held& from = pick();
  Held& to = pick();
  if (!from.result) return;
  tp_result_t* const again = tp_result_retain(from.result);
  life_.expect(again == from.result, "retain");
  to.errand = from.errand;
  tp_result_release(std::exchange(to.result, again));
}

void Actor::share() {
  const std::uint32_t slot = choices_.below(4);
  Held& held = pick();
  if (!held.result || held.errand->is_stream()) return;
  life_.share(slot, std::exchange(held.result, nullptr), *held.errand);
}

// Streams end only when they are read, so nothing follows from them.
void Actor::follow() {
  const std::uint32_t kind = choices_.below(Follower::kKinds), then = choices_.below(4);
  const Order order = draw_order(choices_);
  const double time = draw_time();
  tp_result_t* results[kSlots];
  Errand* errands[kSlots];
  std::size_t n = 0;
  for (const Held& held : held_) {
    if (!held.result || held.errand->is_stream()) continue;
    results[n] = held.result;
    errands[n++] = held.errand;
  }
  if (n == 0) return;
  Follower& follower = life_.make_follower(kind, order);
  follower.start(results, errands, n);
  if (then % 2) {
    const int status = follower.wait(time);
    life_.expect(status == TP_OK || (status == TP_ETIMEDOUT && time < TP_FOREVER),
                 "the wait for a follower");
  }
  if (then == 3) follower.cancel();
}

void Actor::promise() {
  const std::uint32_t kind = choices_.below(Pledge::kKinds), then = choices_.below(4);
  const Order order = draw_order(choices_);
  const double time = draw_time();
  Pledge& pledge = life_.make_pledge(kind, order);
  pledge.start();
  if (then == 3) pledge.cancel();
  if (then == 0) return;
  const int status = pledge.wait(time);
  life_.expect(status == TP_OK || (status == TP_ETIMEDOUT && time < TP_FOREVER),
               "the wait for a promise");
}

void Actor::wait_for_other() {
  const std::uint32_t slot = choices_.below(4);
  Errand* errand = nullptr;
  const Handle other(life_.borrow(slot, errand));
  if (!other.result) return;
  life_.expect(tp_result_wait(other.result, TP_FOREVER) == TP_OK, "the wait for another's result");
  errand->check(other.result);
}

}  // namespace stress
