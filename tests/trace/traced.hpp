// SPDX-License-Identifier: MIT
// A trace of a pool, and what the file says.
#pragma once

#include "support/test.hpp"
#include "trace/json.hpp"

namespace traced {

// The name of a file in a folder of its own.
class Path {
 public:
  operator const char*() const { return name_.c_str(); }

  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(name_).rdbuf();
    return text.str();
  }

 private:
  support::Scratch folder_;
  std::string name_ = folder_ / "trace";
};

struct Event {
  std::string phase, category, name;
  int lane;
  long long begin, end;  // ns
  json::Value all;

  double arg(const std::string& key) const {
    const json::Value& args = all["args"];
    return args.has(key) ? args[key].amount : -1;
  }
};

inline Event event_of(const json::Value& value) {
  const auto ns = [&](const char* key) { return std::llround(1000 * value[key].amount); };
  const long long begin = ns("ts"), end = begin + (value["ph"].string == "X" ? ns("dur") : 0);
  const int lane = static_cast<int>(value["tid"].amount);
  return {value["ph"].string, value["cat"].string, value["name"].string, lane, begin, end, value};
}

// A trace as a program that reads the file sees it.
class File {
 public:
  explicit File(const Path& path) : all_(json::Reader::read(path.content())) {
    for (const json::Value& value : all_["traceEvents"].items) {
      if (value["ph"].string == "M")
        describe(value);
      else
        events_.push_back(event_of(value));
    }
  }

  // All of a category; of one phase, if that is given.
  std::vector<Event> of(const std::string& category, const std::string& phase = "") const {
    std::vector<Event> found;
    for (const Event& event : events_)
      if (event.category == category && (phase.empty() || event.phase == phase))
        found.push_back(event);
    return found;
  }
  std::size_t count(const std::string& category, const std::string& phase = "") const {
    return of(category, phase).size();
  }
  const std::vector<Event>& events() const { return events_; }
  double lost() const { return all_["otherData"]["lost_events"].amount; }
  const std::string& process() const { return process_; }
  const std::map<int, std::string>& lanes() const { return lanes_; }

 private:
  void describe(const json::Value& value) {
    const std::string what = value["name"].string;
    if (what == "process_name") process_ = value["args"]["name"].string;
    if (what == "thread_name")
      REQUIRE(lanes_.emplace(static_cast<int>(value["tid"].amount), value["args"]["name"].string)
                  .second);
  }

  json::Value all_;
  std::vector<Event> events_;
  std::string process_;
  std::map<int, std::string> lanes_;
};

// The range that the events cover, if they cover it once.
inline std::size_t covered(std::vector<Event> events) {
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.arg("first") < b.arg("first"); });
  double next = 0;
  for (const Event& event : events) {
    CHECK(event.arg("first") == next);
    next = event.arg("last");
  }
  return static_cast<std::size_t>(next);
}

inline void start(tp_pool_t* pool, const Path& path) {
  REQUIRE(tp_pool_trace_start(pool, path) == TP_OK);
}

inline File stop(tp_pool_t* pool, const Path& path) {
  REQUIRE(tp_pool_trace_stop(pool) == TP_OK);
  return File(path);
}

}  // namespace traced
