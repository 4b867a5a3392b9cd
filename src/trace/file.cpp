// SPDX-License-Identifier: MIT
// A trace as a file in the Chrome trace event format. Stage: trace, used by all but base.
#include "trace/file.h"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>

namespace tp::core {
namespace {

// Numbers of lanes that workers do not have.
constexpr std::size_t kOutside = 10'000;

const char* text_of(Point point) noexcept {
  constexpr const char* kTexts[] = {"job",   "job",  "steal", "task",  "chunk",
                                    "items", "pull", "wait",  "sleep", "callback"};
  return kTexts[static_cast<std::size_t>(point)];
}

const char* text_of(JobKind kind) noexcept {
  constexpr const char* kTexts[] = {"job", "apply", "map", "for", "imap", "imap_unordered"};
  return kTexts[static_cast<std::size_t>(kind)];
}

bool is_run(Point point) noexcept {
  return point == Point::task || point == Point::chunk || point == Point::items;
}

bool has_items(Point point) noexcept {
  return point == Point::chunk || point == Point::items || point == Point::pull;
}

/// Calls see(lane, track) for each track.
template <class See>
void each_track(const Track* tracks, See see) {
  std::size_t outside = kOutside;
  for (const Track* track = tracks; track; track = track->next)
    see(track->worker < 0 ? ++outside : static_cast<std::size_t>(track->worker) + 1, *track);
}

std::size_t count_submits(const Track* tracks) {
  std::size_t count = 0;
  each_track(tracks, [&](std::size_t, const Track& track) {
    track.ended.each([&](const Event& event) { count += event.point == Point::submit; });
  });
  return count;
}

}  // namespace

TraceFile::TraceFile(const Trace& trace, const Track* tracks) noexcept
    : trace_(trace),
      tracks_(tracks),
      sink_(trace.fd_),
      jobs_(count_submits(tracks)),
      process_(getpid()) {}

int TraceFile::write() noexcept {
  const WriteSignals errors_instead;
  each_track(tracks_, [&](std::size_t, const Track& track) {
    track.ended.each([&](const Event& event) {
      if (event.point == Point::submit) jobs_.add(event);
    });
  });
  jobs_.sort();
  write_head();
  write_lanes();
  each_track(tracks_, [&](std::size_t lane, const Track& track) {
    track.ended.each([&](const Event& event) { write_event(lane, event); });
  });
  sink_.put("\n]}\n");
  return sink_.finish();
}

void TraceFile::write_head() noexcept {
  std::uint64_t lost = trace_.untracked_.load();
  each_track(tracks_, [&](std::size_t, const Track& track) { lost += track.ended.lost(); });
  sink_.print("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"lost_events\":%" PRIu64 "},", lost);
  sink_.put("\"traceEvents\":[");
  open("M", 0);
  sink_.put(",\"name\":\"process_name\",\"args\":{\"name\":\"");
  sink_.put_escaped(trace_.name_);
  sink_.put("\"}}");
}

void TraceFile::write_lane(std::size_t lane, const char* name, const char* suffix) noexcept {
  open("M", lane);
  sink_.put(",\"name\":\"thread_name\",\"args\":{\"name\":\"");
  sink_.put_escaped(name);
  sink_.put(suffix);
  sink_.put("\"}}");
  open("M", lane);
  sink_.print(",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%zu}}", lane);
}

/// All workers, with or without events, and the other threads that have some.
void TraceFile::write_lanes() noexcept {
  char suffix[32];
  const auto write_worker = [&](std::size_t index) {
    std::snprintf(suffix, sizeof suffix, "-w%zu", index);
    write_lane(index + 1, trace_.name_, suffix);
  };
  for (std::size_t i = 0; i < trace_.workers_; ++i) write_worker(i);
  each_track(tracks_, [&](std::size_t lane, const Track& track) {
    if (track.worker >= 0 && lane > trace_.workers_) write_worker(lane - 1);
    if (track.worker >= 0 || !track.ended.count()) return;
    std::snprintf(suffix, sizeof suffix, " %d", static_cast<int>(track.thread));
    write_lane(lane, track.name, suffix);
  });
}

void TraceFile::open(const char* phase, std::size_t lane) noexcept {
  sink_.put(is_first_ ? "\n" : ",\n");
  is_first_ = false;
  sink_.print("{\"ph\":\"%s\",\"pid\":%d,\"tid\":%zu", phase, process_, lane);
}

void TraceFile::write_time(const char* key, std::uint64_t ns) noexcept {
  sink_.print(",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, static_cast<unsigned>(ns % 1000));
}

void TraceFile::write_event(std::size_t lane, const Event& event) noexcept {
  const TracedJobs::Job* const job = jobs_.find(event);
  if (event.point > Point::steal)
    write_span(lane, event, job);
  else if (job || event.point == Point::steal)
    write_mark(lane, event, job);
}

/// The life of a job is a lane of its own, from submit to end.
void TraceFile::write_mark(std::size_t lane, const Event& event,
                           const TracedJobs::Job* job) noexcept {
  open(event.point == Point::steal ? "i" : event.point == Point::submit ? "b" : "e", lane);
  write_time("ts", event.start - trace_.started_);
  if (job)
    sink_.print(",\"id\":%zu", job->number);
  else
    sink_.put(",\"s\":\"t\"");
  write_name(event, job);
  write_args(event, job);
}

void TraceFile::write_span(std::size_t lane, const Event& event,
                           const TracedJobs::Job* job) noexcept {
  open("X", lane);
  write_time("ts", event.start - trace_.started_);
  write_time("dur", event.end - event.start);
  write_name(event, job);
  write_args(event, job);
}

/// That of the job, with what else was done than to run it, and which of its items.
void TraceFile::write_name(const Event& event, const TracedJobs::Job* job) noexcept {
  const bool is_job = is_run(event.point) || event.point < Point::steal;
  const JobKind kind = job ? job->submit->kind : event.kind;
  sink_.print(",\"cat\":\"%s\",\"name\":\"", text_of(event.point));
  if (!is_job) sink_.put(text_of(event.point));
  if (!is_job && kind != JobKind::unknown) sink_.put(" ");
  if (job && job->submit->name)
    sink_.put_escaped(job->submit->name);
  else if (is_job || kind != JobKind::unknown)
    sink_.put(text_of(kind));
  if (event.point != Point::pull && has_items(event.point))
    sink_.print(" [%zu, %zu)", event.first, event.last);
  sink_.put("\"");
}

void TraceFile::write_args(const Event& event, const TracedJobs::Job* job) noexcept {
  const JobKind kind = job ? job->submit->kind : event.kind;
  const char* separator = "";
  sink_.put(",\"args\":{");
  if (job) sink_.print("\"job\":%zu", job->number), separator = ",";
  if (kind != JobKind::unknown)
    sink_.print("%s\"kind\":\"%s\"", separator, text_of(kind)), separator = ",";
  if (has_items(event.point))
    sink_.print("%s\"first\":%zu,\"last\":%zu", separator, event.first, event.last);
  sink_.put("}}");
}

}  // namespace tp::core
