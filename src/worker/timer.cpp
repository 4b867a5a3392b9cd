// SPDX-License-Identifier: MIT
// Stage 5: cancels jobs whose deadline has passed, and opens jobs that may start now; from worker/pool, to result/job.
#include "worker/timer.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <algorithm>
#include <utility>

#include "base/sync_point.h"
#include "base/thread.h"
#include "result/job.h"
#include "worker/pool.h"

namespace tp::core {

Timer::~Timer() { std::free(heap_); }

int Timer::reserve() noexcept {
  Lock lock(mutex_);
  if (count_ + reserved_ == room_ && !set_room(std::max<std::size_t>(2 * room_, 16)))
    return TP_ENOMEM;
  if (!runs_ && !is_hosted_ && !stops_.load())
    if (const int rc = start(); rc != 0) return rc == ENOMEM ? TP_ENOMEM : TP_EAGAIN;
  ++reserved_;
  return TP_OK;
}

bool Timer::set_room(std::size_t room) noexcept {
  void* const memory = std::realloc(heap_, room * sizeof(JobDeadline*));
  if (!memory) return false;
  heap_ = static_cast<JobDeadline**>(memory);
  room_ = room;
  return true;
}

int Timer::start() noexcept {
  const int rc = pool_.workers().leavers().replace(thread_, [this](pthread_t& id) {
    return pool_.workers().placement().create(id, main, this);
  });
  if (rc == 0) runs_ = true;
  return rc;
}

void Timer::add(JobDeadline* job_deadline, JobDeadline* job_start) noexcept {
  Lock lock(mutex_);
  for (JobDeadline* const each : {job_deadline, job_start}) {
    if (!each) continue;
    --reserved_;
    sift(count_++, each);
  }
  if (heap_[0] != job_deadline && heap_[0] != job_start) return;
  next_.store(heap_[0]->at.ns());
  if (parker_) parker_->unpark();
  if (!is_hosted_ && !engaged_.load()) return;
  pool_.finder().sleep().wake_all();  // a thread may sleep beyond this deadline
  pool_.idle().wake_all();
}

void Timer::remove(JobDeadline& job_deadline) noexcept {
  Lock lock(mutex_);
  if (job_deadline.place != JobDeadline::kNowhere) take(job_deadline.place);
}

/// Takes a deadline off the heap. After a burst the heap shrinks by half, so that what is reserved stays.
void Timer::take(std::size_t place) noexcept {
  constexpr std::size_t kLeast = 1024;
  heap_[place]->place = JobDeadline::kNowhere;
  JobDeadline* const last = heap_[--count_];
  if (place != count_) sift(place, last);
  next_.store(count_ ? heap_[0]->at.ns() : Deadline::never().ns());
  if (room_ > kLeast && count_ + reserved_ <= room_ / 4) set_room(room_ / 2);
}

void Timer::put(std::size_t place, JobDeadline* job_deadline) noexcept {
  heap_[place] = job_deadline;
  job_deadline->place = place;
}

/// Puts a deadline where it belongs, up or down from a free place.
void Timer::sift(std::size_t place, JobDeadline* job_deadline) noexcept {
  for (; place > 0; place = (place - 1) / 2) {
    JobDeadline* const parent = heap_[(place - 1) / 2];
    if (parent->at.ns() <= job_deadline->at.ns()) break;
    put(place, parent);
  }
  for (std::size_t child; (child = 2 * place + 1) < count_; place = child) {
    if (child + 1 < count_ && heap_[child + 1]->at.ns() < heap_[child]->at.ns()) ++child;
    if (job_deadline->at.ns() <= heap_[child]->at.ns()) break;
    put(place, heap_[child]);
  }
  put(place, job_deadline);
}

/// Takes what is due, with a reference to its job, because that may be about to end.
JobDeadline* Timer::take_due() noexcept {
  Lock lock(mutex_);
  if (!count_ || !heap_[0]->at.passed()) return nullptr;
  JobDeadline* const due = heap_[0];
  due->job->ref();
  take(0);
  return due;
}

bool Timer::fire_one() {
  JobDeadline* const due = take_due();
  if (!due) return false;
  const Reference reference(*due->job);
  sync_point("timer.fire");
  due->starts ? due->job->let_start(Job::for_time) : due->job->cancel(TP_ETIMEDOUT);
  return true;
}

/// As fire_one, on the timer's thread: has a worker end the cancel, if one is idle.
bool Timer::pass_on_one() {
  JobDeadline* const due = take_due();
  if (!due) return false;
  Job& job = *due->job;
  const Reference reference(job);
  sync_point("timer.pass_on");
  if (due->starts) job.let_start(Job::for_time);
  if (due->starts || !job.begin_cancel(TP_ETIMEDOUT)) return true;
  engaged_.store(true);  // precedes the look for sleepers: a worker that rests later sees it
  if (!pool_.finder().hand_over(job)) job.end_cancel(TP_ETIMEDOUT);
  engaged_.store(false);
  return true;
}

void* Timer::main(void* self) {
  auto& timer = *static_cast<Timer*>(self);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  timer.pool_.workers().placement().take_priority();
  char name[16];
  std::snprintf(name, sizeof name, "%.9s-timer", timer.pool_.workers().name());
  pthread_setname_np(pthread_self(), name);
  call_with_cleanup([&] { timer.watch(); }, [&] { timer.lost(); });
  return nullptr;
}

void Timer::watch() {
  Parker& parker = this_parker();
  engaged_.store(false);  // the thread before may have been ended while it was engaged
  {
    Lock lock(mutex_);
    parker_ = &parker;
  }
  while (!stops_.load())
    if (!pass_on_one()) parker.park(next());
  Lock lock(mutex_);
  leave();
}

/// The unlock that follows is the thread's last touch of the timer.
void Timer::leave() noexcept {
  parker_ = nullptr;
  runs_ = false;
  left_.wake_all();
}

/// A callback is ending the thread. Tries until the system has another thread, which then watches.
void Timer::lost() noexcept {
  this_thread.ending = true;
  for (long pause = 1'000'000; !replaced(); pause = std::min(2 * pause, 100'000'000l)) nap(pause);
}

/// Whether another thread watches, or none is needed, because a later job starts one.
bool Timer::replaced() noexcept {
  Lock lock(mutex_);
  parker_ = nullptr;
  if (!stops_.load() && count_ + reserved_) return start() == 0;
  leave();
  return true;
}

void Timer::stop() noexcept {
  Lock lock(mutex_);
  stops_.store(true);
  if (parker_) parker_->unpark();
  lock.unlock();
  wait_until(left_, Deadline::never(), [this] {
    const Lock look(mutex_);
    return !runs_;
  });
  lock.lock();
  Started* const thread = std::exchange(thread_, nullptr);
  lock.unlock();
  Leavers::join(thread);
}

}  // namespace tp::core
