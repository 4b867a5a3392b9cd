// SPDX-License-Identifier: MIT
// What is kept while a trace is on. Stage: trace, used by all but base.
#include "trace/traced.h"

#include <cstring>

#include "base/clock.h"
#include "base/this_thread.h"

namespace tp::core {
namespace {

void add(TracedPool at, std::uint64_t session, const Event& event) noexcept {
  const bool is_worker = static_cast<const void*>(this_thread.pool) == at.pool;
  const Actor worker{Actor::worker, this_thread.index};
  at.trace->add(session, is_worker ? worker : Actor{Actor::other}, event);
}

}  // namespace

Began begin_event(TracedPool at) noexcept {
  const std::uint64_t session = at.trace->session();  // first: nothing is older than its session
  return {now_ns(), session};
}

std::uint64_t keep_event(TracedPool at, Began began, const void* job, std::size_t first,
                         std::size_t last, Tag tag) noexcept {
  const std::uint64_t end = now_ns();
  add(at, began.session, {began.at, end, job, first, {last}, tag.point, tag.kind});
  return end;
}

void keep_event_of_rank(TracedPool at, int rank, Began began, const void* job, std::size_t first,
                        std::size_t last, Tag tag) noexcept {
  at.trace->add(began.session, {Actor::rank, rank},
                {began.at, now_ns(), job, first, {last}, tag.point, tag.kind});
}

void keep_submit(TracedPool at, const void* job, JobKind kind, const char* name) noexcept {
  const Began began = begin_event(at);
  Event event{began.at, began.at, job, 0, {0}, Point::submit, kind};
  event.name = name ? strdup(name) : nullptr;
  add(at, began.session, event);
}

void keep_moment(TracedPool at, Point point, const void* job) noexcept {
  const Began began = begin_event(at);
  add(at, began.session, {began.at, began.at, job, 0, {0}, point, JobKind::unknown});
}

}  // namespace tp::core
