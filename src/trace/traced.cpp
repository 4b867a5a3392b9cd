// SPDX-License-Identifier: MIT
// What is kept while a trace is on. Stage: trace, used by all but base.
#include "trace/traced.h"

#include <cstring>

#include "base/clock.h"
#include "base/this_thread.h"

namespace tp::core {
namespace {

int worker_of(TracedPool at) noexcept {
  return static_cast<const void*>(this_thread.owner) == at.pool ? this_thread.index : -1;
}

}  // namespace

Began begin_event(TracedPool at) noexcept {
  const std::uint64_t session = at.trace->session();  // first: nothing is older than its session
  return {now_ns(), session};
}

std::uint64_t keep_event(TracedPool at, Began began, const void* job, std::size_t first,
                         std::size_t last, Tag tag) noexcept {
  const std::uint64_t end = now_ns();
  at.trace->add(began.session, worker_of(at),
                {began.at, end, job, first, {last}, tag.point, tag.kind});
  return end;
}

void keep_submit(TracedPool at, const void* job, JobKind kind, const char* name) noexcept {
  const Began began = begin_event(at);
  Event event{began.at, began.at, job, 0, {0}, Point::submit, kind};
  event.name = name ? strdup(name) : nullptr;
  at.trace->add(began.session, worker_of(at), event);
}

void keep_moment(TracedPool at, Point point, const void* job) noexcept {
  const Began began = begin_event(at);
  at.trace->add(began.session, worker_of(at),
                {began.at, began.at, job, 0, {0}, point, JobKind::unknown});
}

}  // namespace tp::core
