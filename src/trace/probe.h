// SPDX-License-Identifier: MIT
// Static probes for bpftrace, perf and gdb: tpool:<point>_begin and the like. Stage: trace, used by all but base.
#pragma once

#include <cstddef>

#include "trace/event.h"

#if defined(TPOOL_USDT)
#include <sys/sdt.h>
#define TP_PROBE(name, pool, job, a, b) DTRACE_PROBE4(tpool, name, pool, job, a, b)
#define TP_PROBE_END(name, pool, job) DTRACE_PROBE2(tpool, name, pool, job)
#else
#define TP_PROBE(name, pool, job, a, b) ((void)(pool), (void)(job), (void)(a), (void)(b))
#define TP_PROBE_END(name, pool, job) ((void)(pool), (void)(job))
#endif

namespace tp::core {

/// A probe is a no-op instruction, and a note in the ELF file that says where its arguments are: the
/// pool, the job, and at the beginning the range. src/README.md lists the probes.
template <Point kPoint>
[[gnu::always_inline]] inline void probe_begin(const void* pool, const void* job, std::size_t first,
                                               std::size_t last) noexcept {
  if constexpr (kPoint == Point::task) TP_PROBE(task_begin, pool, job, first, last);
  if constexpr (kPoint == Point::chunk) TP_PROBE(chunk_begin, pool, job, first, last);
  if constexpr (kPoint == Point::items) TP_PROBE(items_begin, pool, job, first, last);
  if constexpr (kPoint == Point::pull) TP_PROBE(pull_begin, pool, job, first, last);
  if constexpr (kPoint == Point::wait) TP_PROBE(wait_begin, pool, job, first, last);
  if constexpr (kPoint == Point::sleep) TP_PROBE(sleep_begin, pool, job, first, last);
  if constexpr (kPoint == Point::callback) TP_PROBE(callback_begin, pool, job, first, last);
}

template <Point kPoint>
[[gnu::always_inline]] inline void probe_end(const void* pool, const void* job) noexcept {
  if constexpr (kPoint == Point::task) TP_PROBE_END(task_end, pool, job);
  if constexpr (kPoint == Point::chunk) TP_PROBE_END(chunk_end, pool, job);
  if constexpr (kPoint == Point::items) TP_PROBE_END(items_end, pool, job);
  if constexpr (kPoint == Point::pull) TP_PROBE_END(pull_end, pool, job);
  if constexpr (kPoint == Point::wait) TP_PROBE_END(wait_end, pool, job);
  if constexpr (kPoint == Point::sleep) TP_PROBE_END(sleep_end, pool, job);
  if constexpr (kPoint == Point::callback) TP_PROBE_END(callback_end, pool, job);
}

}  // namespace tp::core
