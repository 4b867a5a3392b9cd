// SPDX-License-Identifier: MIT
// Stage 6: what is kept while a trace is on; from all rooms, to trace/trace.
#include "result/traced.h"

#include <cstring>

#include "base/clock.h"
#include "result/frame.h"

namespace tp::core {
namespace {

int worker_of(const Owner& owner) noexcept {
  return this_worker.owner == &owner ? this_worker.index : -1;
}

}  // namespace

void Record::begin(const Trace& trace, const void* job, Point point, JobKind kind,
                   std::size_t first, std::size_t last) noexcept {
  session = trace.session();
  event = {now_ns(), 0, job, first, {last}, point, kind};
}

void Record::end(Trace& trace, const Owner& owner) noexcept {
  event.end = now_ns();
  trace.add(session, worker_of(owner), event);
  event.start = event.end;
}

void keep_submit(Trace& trace, const Owner& owner, const void* job, JobKind kind,
                 const char* name) noexcept {
  Record record;
  record.begin(trace, job, Point::submit, kind, 0, 0);
  record.event.name = name ? strdup(name) : nullptr;
  trace.add(record.session, worker_of(owner), record.event);
}

void keep_moment(Trace& trace, const Owner& owner, Point point, const void* job) noexcept {
  Record record;
  record.begin(trace, job, point, JobKind::unknown, 0, 0);
  trace.add(record.session, worker_of(owner), record.event);
}

}  // namespace tp::core
