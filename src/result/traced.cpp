// SPDX-License-Identifier: MIT
// Stage 6: what is kept while a trace is on; from all rooms, to trace/trace.
#include "result/traced.h"

#include <cstring>

#include "base/clock.h"
#include "result/frame.h"

namespace tp::core {
namespace {

int worker_of(const PoolContext& owner) noexcept {
  return this_thread.owner == &owner ? this_thread.index : -1;
}

}  // namespace

Began begin_event(const Trace& trace) noexcept {
  const std::uint64_t session = trace.session();  // first: nothing is older than its session
  return {now_ns(), session};
}

std::uint64_t keep_event(Trace& trace, const PoolContext& owner, Began began, const void* job,
                         std::size_t first, std::size_t last, Tag tag) noexcept {
  const std::uint64_t end = now_ns();
  trace.add(began.session, worker_of(owner),
            {began.at, end, job, first, {last}, tag.point, tag.kind});
  return end;
}

void keep_submit(Trace& trace, const PoolContext& owner, const void* job, JobKind kind,
                 const char* name) noexcept {
  const Began began = begin_event(trace);
  Event event{began.at, began.at, job, 0, {0}, Point::submit, kind};
  event.name = name ? strdup(name) : nullptr;
  trace.add(began.session, worker_of(owner), event);
}

void keep_moment(Trace& trace, const PoolContext& owner, Point point, const void* job) noexcept {
  const Began began = begin_event(trace);
  trace.add(began.session, worker_of(owner),
            {began.at, began.at, job, 0, {0}, point, JobKind::unknown});
}

}  // namespace tp::core
