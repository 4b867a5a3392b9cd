// SPDX-License-Identifier: MIT
// Stage 5: the jobs that have started, and those that are open; from worker/work_finder, to result/job.
#include "worker/open_jobs.h"

#include <utility>

#include "base/sync_point.h"
#include "queue/stream_job.h"

namespace tp::core {

template <Job::Link Job::Extras::*L>
void OpenJobs::List::push_back(Job& job) noexcept {
  (job.extras().*L) = {last, nullptr};
  (last ? (last->extras().*L).next : first) = &job;
  last = &job;
}

template <Job::Link Job::Extras::*L>
void OpenJobs::List::remove(Job& job) noexcept {
  const Job::Link link = job.extras().*L;
  (link.prev ? (link.prev->extras().*L).next : first) = link.next;
  (link.next ? (link.next->extras().*L).prev : last) = link.prev;
}

bool OpenJobs::open(Job& job) noexcept {
  Job::Extras& extras = job.extras();
  if (extras.is_open.load()) return true;
  sync_point("open_jobs.open");
  Lock lock(mutex_);
  if (extras.is_shut) return false;
  start(job);
  if (!extras.is_open.load()) put(job);
  return true;
}

void OpenJobs::hold(Job& job) noexcept {
  Lock lock(mutex_);
  if (!job.extras().is_shut) start(job);
}

/// Puts the job where a sweep finds it.
void OpenJobs::start(Job& job) noexcept {
  if (std::exchange(job.extras().is_started, true)) return;
  started_.push_back<&Job::Extras::started_link>(job);
}

void OpenJobs::put(Job& job) noexcept {
  const std::size_t priority = index_of(job.extras().priority);
  job.extras().is_open.store(true);
  open_[priority].push_back<&Job::Extras::open_link>(job);
  open_count_[priority].fetch_add(1);
}

void OpenJobs::close(Job& job) noexcept {
  const std::size_t priority = index_of(job.extras().priority);
  open_[priority].remove<&Job::Extras::open_link>(job);
  open_count_[priority].fetch_sub(1);
}

void OpenJobs::shut(Job& job) noexcept {
  Job::Extras& extras = job.extras();
  Lock lock(mutex_);
  extras.is_shut = true;
  if (extras.is_open.exchange(false)) close(job);
  if (extras.is_started) started_.remove<&Job::Extras::started_link>(job);
}

Job* OpenJobs::find(Priority priority) noexcept {
  if (!any_open(priority)) return nullptr;
  Lock lock(mutex_);
  List& open = open_[index_of(priority)];
  for (Job *job = open.first, *next; job; job = next) {
    next = job->extras().open_link.next;
    if (!job->claimable()) {
      job->extras().is_open.store(false);
      sync_point("open_jobs.close");
      if (!job->claimable()) {
        close(*job);
        continue;
      }
      job->extras().is_open.store(true);
    }
    if (is_stream(*job) && job != open.last) {
      open.remove<&Job::Extras::open_link>(*job);
      open.push_back<&Job::Extras::open_link>(*job);
    }
    job->ref();
    return job;
  }
  return nullptr;
}

Job* OpenJobs::next_to_sweep() noexcept {
  Lock lock(mutex_);
  for (Job* job = started_.first; job; job = job->extras().started_link.next) {
    if (job->extras().is_swept) continue;
    job->extras().is_swept = true;
    job->ref();
    return job;
  }
  return nullptr;
}

bool OpenJobs::open_streams() noexcept {
  Lock lock(mutex_);
  bool opened = false;
  for (Job* job = started_.first; job; job = job->extras().started_link.next) {
    if (!is_stream(*job) || job->is_held() || job->waits_for_group()) continue;
    job->waiters().wake_all();  // a worker that waits for it may be the only one to run it
    if (job->extras().is_open.load()) continue;
    put(*job);
    opened = true;
  }
  return opened;
}

}  // namespace tp::core
