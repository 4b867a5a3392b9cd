// SPDX-License-Identifier: MIT
// Which job an event belongs to, once all events are there. Stage: trace, used by all but base.
#include "trace/jobs.h"

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace tp::core {
namespace {

bool is_earlier(const Event& left, const Event& right) noexcept {
  if (left.job != right.job) return std::less<>()(left.job, right.job);
  return left.start < right.start;
}

}  // namespace

TracedJobs::TracedJobs(std::size_t most) noexcept
    : jobs_(static_cast<Job*>(std::calloc(most, sizeof(Job)))), most_(jobs_ ? most : 0) {}

TracedJobs::~TracedJobs() { std::free(jobs_); }

void TracedJobs::add(const Event& submit) noexcept {
  if (count_ < most_) jobs_[count_++].submit = &submit;
}

void TracedJobs::sort() noexcept {
  std::sort(jobs_, jobs_ + count_, [](const Job& left, const Job& right) {
    return left.submit->start < right.submit->start;
  });
  for (std::size_t i = 0; i < count_; ++i) jobs_[i].number = i + 1;
  std::sort(jobs_, jobs_ + count_, [](const Job& left, const Job& right) {
    return is_earlier(*left.submit, *right.submit);
  });
}

const TracedJobs::Job* TracedJobs::find(const Event& event) const noexcept {
  if (!event.job) return nullptr;
  const Job* const after = std::upper_bound(
      jobs_, jobs_ + count_, event,
      [](const Event& wanted, const Job& job) { return is_earlier(wanted, *job.submit); });
  if (after == jobs_ || after[-1].submit->job != event.job) return nullptr;
  return after - 1;
}

}  // namespace tp::core
