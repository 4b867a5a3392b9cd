// SPDX-License-Identifier: MIT
// Stage 5: who ends the jobs of a pool whose deadline passes; from worker/pool, to result/job.
#include "worker/timer.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <algorithm>
#include <utility>

#include "base/noise.h"
#include "result/job.h"
#include "worker/pool.h"

namespace tp::core {

Timer::~Timer() { std::free(heap_); }

int Timer::reserve() noexcept {
  Lock lock(mutex_);
  if (!grow()) return TP_ENOMEM;
  if (!runs_ && !is_hosted_ && !stops_.load())
    if (const int rc = start(); rc != 0) return rc == ENOMEM ? TP_ENOMEM : TP_EAGAIN;
  ++reserved_;
  return TP_OK;
}

bool Timer::grow() noexcept {
  if (count_ + reserved_ < room_) return true;
  const std::size_t room = std::max<std::size_t>(2 * room_, 16);
  void* const memory = std::realloc(heap_, room * sizeof(Timing*));
  if (!memory) return false;
  heap_ = static_cast<Timing**>(memory);
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

void Timer::give_back() noexcept {
  Lock lock(mutex_);
  --reserved_;
}

void Timer::add(Timing& timing) noexcept {
  Lock lock(mutex_);
  --reserved_;
  sift_up(count_++, &timing);
  if (heap_[0] != &timing) return;
  update_next();
  if (parker_) parker_->unpark();
  if (!is_hosted_ && !engaged_.load()) return;
  pool_.finder().sleep().wake_all();  // who sleeps longer
  pool_.idle().wake_all();
}

void Timer::remove(Timing& timing) noexcept {
  Lock lock(mutex_);
  if (timing.place != Timing::kNowhere) take(timing.place);
}

void Timer::take(std::size_t place) noexcept {
  heap_[place]->place = Timing::kNowhere;
  Timing* const last = heap_[--count_];
  if (place != count_) {
    sift_down(place, last);
    sift_up(last->place, last);
  }
  update_next();
  shrink();
}

/// After a burst, by the half, so that the room for what is reserved stays.
void Timer::shrink() noexcept {
  constexpr std::size_t kLeast = 1024;
  if (room_ <= kLeast || count_ + reserved_ > room_ / 4) return;
  void* const memory = std::realloc(heap_, room_ / 2 * sizeof(Timing*));
  if (!memory) return;
  heap_ = static_cast<Timing**>(memory);
  room_ /= 2;
}

void Timer::put(std::size_t place, Timing* timing) noexcept {
  heap_[place] = timing;
  timing->place = place;
}

void Timer::sift_up(std::size_t place, Timing* timing) noexcept {
  for (; place > 0; place = (place - 1) / 2) {
    Timing* const parent = heap_[(place - 1) / 2];
    if (parent->at.ns() <= timing->at.ns()) break;
    put(place, parent);
  }
  put(place, timing);
}

void Timer::sift_down(std::size_t place, Timing* timing) noexcept {
  for (std::size_t child; (child = 2 * place + 1) < count_; place = child) {
    if (child + 1 < count_ && heap_[child + 1]->at.ns() < heap_[child]->at.ns()) ++child;
    if (timing->at.ns() <= heap_[child]->at.ns()) break;
    put(place, heap_[child]);
  }
  put(place, timing);
}

void Timer::update_next() noexcept {
  next_.store(count_ ? heap_[0]->at.ns() : Deadline::never().ns());
}

/// A job that is due, with a reference: it may be about to end.
Job* Timer::take_due() noexcept {
  Lock lock(mutex_);
  if (!count_ || !heap_[0]->at.passed()) return nullptr;
  Job* const job = heap_[0]->job;
  job->ref();
  take(0);
  return job;
}

bool Timer::fire_one() {
  Job* const job = take_due();
  if (!job) return false;
  const Reference reference(*job);
  noise("timer.fire");
  job->cancel(TP_ETIMEDOUT);
  return true;
}

/// The same on the timer's thread, which has a worker do it, if there is one.
bool Timer::pass_on_one() {
  Job* const job = take_due();
  if (!job) return false;
  const Reference reference(*job);
  noise("timer.pass_on");
  if (!job->begin_cancel(TP_ETIMEDOUT)) return true;
  engaged_.store(true);  // precedes the look for sleepers: who sleeps later watches
  if (!pool_.finder().hand_over(*job)) job->end_cancel(TP_ETIMEDOUT);
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
  engaged_.store(false);  // it may have been lost
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

/// A callback is ending the thread: another one watches, as soon as the system has one.
void Timer::lost() noexcept {
  this_thread.ending = true;
  for (long pause_ns = 1'000'000; !replaced(); pause_ns = std::min(2 * pause_ns, 100'000'000l)) {
    const timespec pause{0, pause_ns};
    nanosleep(&pause, nullptr);
  }
}

/// Whether another thread watches, or none is needed: a job that comes later has it started.
bool Timer::replaced() noexcept {
  Lock lock(mutex_);
  parker_ = nullptr;
  if (!stops_.load() && count_ + reserved_) return start() == 0;
  leave();
  return true;
}

void Timer::stop() noexcept {
  Started* thread = nullptr;
  {
    Lock lock(mutex_);
    stops_.store(true);
    if (parker_) parker_->unpark();
  }
  wait_until(left_, Deadline::never(), [this] {
    Lock lock(mutex_);
    return !runs_;
  });
  {
    Lock lock(mutex_);
    thread = std::exchange(thread_, nullptr);
  }
  Leavers::join(thread);
}

}  // namespace tp::core
