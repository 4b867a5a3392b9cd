// SPDX-License-Identifier: MIT
// Stage 5: the lists of started and of open jobs; from worker/worker, to queue/loop and queue/stream.
#include "worker/board.h"

#include <utility>

namespace tp::core {

template <Job::Link Job::*L>
void Board::List::push_back(Job& job) noexcept {
  (job.*L) = {last, nullptr};
  (last ? (last->*L).next : first) = &job;
  last = &job;
}

template <Job::Link Job::*L>
void Board::List::remove(Job& job) noexcept {
  const Job::Link link = job.*L;
  (link.prev ? (link.prev->*L).next : first) = link.next;
  (link.next ? (link.next->*L).prev : last) = link.prev;
}

bool Board::open(Job& job) noexcept {
  if (job.is_open.load()) return true;
  Lock lock(mutex_);
  if (job.is_shut) return false;
  if (!job.is_started) {
    if (!job.uses_board) job.uses_board = true;  // it was never queued, so only this thread knows it
    job.is_started = true;
    started_.push_back<&Job::started_link>(job);
  }
  if (job.is_open.load()) return true;
  job.is_open.store(true);
  open_.push_back<&Job::open_link>(job);
  open_count_.fetch_add(1);
  return true;
}

void Board::close(Job& job) noexcept {
  open_.remove<&Job::open_link>(job);
  open_count_.fetch_sub(1);
}

void Board::shut(Job& job) noexcept {
  Lock lock(mutex_);
  job.is_shut = true;
  if (job.is_open.exchange(false)) close(job);
  if (job.is_started) started_.remove<&Job::started_link>(job);
}

Job* Board::find() noexcept {
  if (!any_open()) return nullptr;
  Lock lock(mutex_);
  for (Job *job = open_.first, *next; job; job = next) {
    next = job->open_link.next;
    if (!job->claimable()) {
      job->is_open.store(false);
      if (!job->claimable()) {
        close(*job);
        continue;
      }
      job->is_open.store(true);
    }
    if (job->is_stream() && job != open_.last) {
      open_.remove<&Job::open_link>(*job);
      open_.push_back<&Job::open_link>(*job);
    }
    job->ref();
    return job;
  }
  return nullptr;
}

void Board::defer(Job& job) noexcept {
  Lock lock(mutex_);
  job.next_due = deferred_.load();
  deferred_.store(&job);
}

Job* Board::next_deferred() noexcept {
  if (!any_deferred()) return nullptr;
  Lock lock(mutex_);
  Job* const job = deferred_.load();
  if (job) deferred_.store(std::exchange(job->next_due, nullptr));
  return job;
}

Job* Board::next_to_sweep() noexcept {
  Lock lock(mutex_);
  for (Job* job = started_.first; job; job = job->started_link.next) {
    if (job->is_swept) continue;
    job->is_swept = true;
    job->ref();
    return job;
  }
  return nullptr;
}

void Board::lift() {
  for (;;) {
    Job* job = nullptr;
    {
      Lock lock(mutex_);
      for (job = started_.first; job && job->is_lifted; job = job->started_link.next) {
      }
      if (!job) return;
      job->is_lifted = true;
      job->ref();
    }
    const Reference reference(*job);
    job->lift();
  }
}

}  // namespace tp::core
