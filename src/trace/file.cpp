// SPDX-License-Identifier: MIT
// A trace as a file in the Chrome trace event format. Stage: trace, used by all but base.
#include "trace/file.h"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>

#include "trace/sink.h"

namespace tp::core {
namespace {

// The lanes of workers begin at 1, those of ranks and of other threads here.
constexpr std::size_t kRanks = 10'000, kOutside = 100'000;

const char* text_of(Point point) noexcept {
  constexpr const char* kTexts[] = {"job",   "job",  "steal", "task",  "chunk",
                                    "items", "pull", "wait",  "sleep", "callback"};
  return kTexts[static_cast<std::size_t>(point)];
}

const char* text_of(JobKind kind) noexcept {
  constexpr const char* kTexts[] = {"job",     "apply", "map", "for", "imap", "imap_unordered",
                                    "promise", "when",  "team"};
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
  for (const Track* track = tracks; track; track = track->next) {
    const auto [kind, index] = track->actor;
    const std::size_t first = kind == Actor::worker ? 1 : kRanks;
    see(kind == Actor::other ? ++outside : first + static_cast<std::size_t>(index), *track);
  }
}

/// Calls see(lane, event) for each event.
template <class See>
void each_event(const Track* tracks, See see) {
  each_track(tracks, [&](std::size_t lane, const Track& track) {
    track.ended.each([&](const Event& event) { see(lane, event); });
  });
}

/// A job that was submitted during the trace.
struct Submitted {
  const Event* event;
  std::size_t number;  // from 1, in the order of submission
};

bool is_earlier(const Event& left, const Event& right) noexcept {
  if (left.job != right.job) return std::less<>()(left.job, right.job);
  return left.start < right.start;
}

class TraceFile {
 public:
  TraceFile(int fd, const TraceHeader& header, const Track* tracks) noexcept
      : header_(header), tracks_(tracks), sink_(fd), process_(getpid()) {}

  int write() noexcept {
    const WriteSignals errors_instead;
    find_jobs();
    write_head();
    write_lanes();
    each_track(tracks_, [&](std::size_t lane, const Track& track) { write_events(lane, track); });
    sink_.put("\n]}\n");
    return sink_.finish();
  }

 private:
  void find_jobs() noexcept {
    std::size_t count = 0;
    each_event(tracks_,
               [&](std::size_t, const Event& event) { count += event.point == Point::submit; });
    jobs_.reset(new (std::nothrow) Submitted[count]);
    if (!jobs_) return;
    each_event(tracks_, [&](std::size_t, const Event& event) {
      if (event.point == Point::submit) jobs_[job_count_++] = {&event, 0};
    });
    Submitted* const end = jobs_.get() + job_count_;
    std::sort(jobs_.get(), end, [](const Submitted& left, const Submitted& right) {
      return left.event->start < right.event->start;
    });
    for (std::size_t i = 0; i < job_count_; ++i) jobs_[i].number = i + 1;
    std::sort(jobs_.get(), end, [](const Submitted& left, const Submitted& right) {
      return is_earlier(*left.event, *right.event);
    });
  }

  /// The last job that was submitted at the event's address before the event began; nullptr if it is unknown.
  const Submitted* job_of(const Event& event) const noexcept {
    if (!event.job) return nullptr;
    const Submitted* const after = std::upper_bound(
        jobs_.get(), jobs_.get() + job_count_, event,
        [](const Event& wanted, const Submitted& job) { return is_earlier(wanted, *job.event); });
    return after != jobs_.get() && after[-1].event->job == event.job ? after - 1 : nullptr;
  }

  void write_head() noexcept {
    std::uint64_t lost = header_.untracked;
    each_track(tracks_, [&](std::size_t, const Track& track) { lost += track.ended.lost(); });
    sink_.print("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"lost_events\":%" PRIu64 "},", lost);
    sink_.put("\"traceEvents\":[");
    open("M", 0);
    sink_.put(",\"name\":\"process_name\",\"args\":{\"name\":\"");
    sink_.put_escaped(header_.name);
    sink_.put("\"}}");
  }

  void write_lane(std::size_t lane, const char* name, const char* suffix) noexcept {
    open("M", lane);
    sink_.put(",\"name\":\"thread_name\",\"args\":{\"name\":\"");
    sink_.put_escaped(name);
    sink_.put(suffix);
    sink_.put("\"}}");
    open("M", lane);
    const bool is_rank = lane >= kRanks && lane < kOutside;  // ranks come first
    const long place = static_cast<long>(lane) - static_cast<long>(is_rank ? kOutside : 0);
    sink_.print(",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%ld}}", place);
  }

  /// All workers, with or without events, and the ranks and other threads that have some.
  void write_lanes() noexcept {
    char suffix[32];
    const auto write_worker = [&](std::size_t index) {
      std::snprintf(suffix, sizeof suffix, "-w%zu", index);
      write_lane(index + 1, header_.name, suffix);
    };
    for (std::size_t i = 0; i < header_.workers; ++i) write_worker(i);
    each_track(tracks_, [&](std::size_t lane, const Track& track) {
      const auto [kind, index] = track.actor;
      if (kind == Actor::worker && lane > header_.workers) write_worker(lane - 1);
      if (kind == Actor::worker || !track.ended.count()) return;
      const bool is_rank = kind == Actor::rank;
      std::snprintf(suffix, sizeof suffix, is_rank ? " rank %d" : " %d",
                    is_rank ? index : static_cast<int>(track.thread));
      write_lane(lane, is_rank ? header_.name : track.name, suffix);
    });
  }

  void open(const char* phase, std::size_t lane) noexcept {
    sink_.put(is_first_ ? "\n" : ",\n");
    is_first_ = false;
    sink_.print("{\"ph\":\"%s\",\"pid\":%d,\"tid\":%zu", phase, process_, lane);
  }

  void write_time(const char* key, std::uint64_t ns) noexcept {
    sink_.print(",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, static_cast<unsigned>(ns % 1000));
  }

  /// A rank has the items of several events at once. Each begins when the one before has ended, so that none overlap.
  void write_events(std::size_t lane, const Track& track) noexcept {
    std::uint64_t last_end = 0;
    track.ended.each([&](Event event) {
      if (track.actor.kind == Actor::rank) {
        event.start = std::max(event.start, last_end);
        last_end = event.end = std::max(event.end, last_end);
      }
      write_event(lane, event);
    });
  }

  /// A span is a complete event ("X"), a steal an instant ("i"). A job's life ("b" to "e") has a lane of its own.
  void write_event(std::size_t lane, const Event& event) noexcept {
    const bool is_span = event.point > Point::steal, is_life = event.point < Point::steal;
    const Submitted* const job = job_of(event);
    if (is_life && !job) return;
    const char* const life = event.point == Point::submit ? "b" : "e";
    open(is_span ? "X" : is_life ? life : "i", lane);
    write_time("ts", event.start - header_.started);
    if (is_span)
      write_time("dur", event.end - event.start);
    else if (job)
      sink_.print(",\"id\":%zu", job->number);
    else
      sink_.put(",\"s\":\"t\"");
    write_name(event, job);
    write_args(event, job);
  }

  /// What the thread did, unless it ran the job; the job's name; the items.
  void write_name(const Event& event, const Submitted* job) noexcept {
    const bool is_job = is_run(event.point) || event.point < Point::steal;
    const JobKind kind = job ? job->event->kind : event.kind;
    sink_.print(",\"cat\":\"%s\",\"name\":\"", text_of(event.point));
    if (!is_job) sink_.put(text_of(event.point));
    if (!is_job && kind != JobKind::unknown) sink_.put(" ");
    if (job && job->event->name)
      sink_.put_escaped(job->event->name);
    else if (is_job || kind != JobKind::unknown)
      sink_.put(text_of(kind));
    if (event.point != Point::pull && has_items(event.point))
      sink_.print(" [%zu, %zu)", event.first, event.last);
    sink_.put("\"");
  }

  void write_args(const Event& event, const Submitted* job) noexcept {
    const JobKind kind = job ? job->event->kind : event.kind;
    const bool has_kind = kind != JobKind::unknown;
    sink_.put(",\"args\":{");
    if (job) sink_.print("\"job\":%zu", job->number);
    if (has_kind) sink_.print("%s\"kind\":\"%s\"", job ? "," : "", text_of(kind));
    if (has_items(event.point))
      sink_.print("%s\"first\":%zu,\"last\":%zu", job || has_kind ? "," : "", event.first,
                  event.last);
    sink_.put("}}");
  }

  const TraceHeader& header_;
  const Track* const tracks_;
  Sink sink_;
  std::unique_ptr<Submitted[]> jobs_;  // by address, then by time; none without memory
  std::size_t job_count_ = 0;
  const int process_;
  bool is_first_ = true;
};

}  // namespace

int write_trace(int fd, const TraceHeader& header, const Track* tracks) noexcept {
  return TraceFile(fd, header, tracks).write();
}

}  // namespace tp::core
