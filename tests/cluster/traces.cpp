// SPDX-License-Identifier: MIT
// A trace of a pool over ranks: a row for each rank has the items that it ran.
#include "rank.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "support/scratch.hpp"
#include "trace/json.hpp"

using namespace rank;

namespace {

constexpr int kItems = 200;

// It takes a while, so that no rank runs them all.
int where(void*, const void*, void* value) {
  usleep(1000);
  *static_cast<int*>(value) = static_cast<int>(number());
  return 0;
}
const tp_task_t kWhere = TP_TASK(where, nullptr, int, int);

int pull(void* ctx, void* item) {
  int& next = *static_cast<int*>(ctx);
  *static_cast<int*>(item) = next;
  return next++ < kItems;
}

tp_job_options_t named(const char* name) {
  tp_job_options_t options = sized<tp_job_options_t>();
  options.name = name;
  return options;
}

// For each item the rank that ran it.
std::vector<int> run_map(tp_pool_t* pool) {
  const tp_job_options_t options = named("map of ranks");
  const std::vector<int> items = range(kItems);
  std::vector<int> ranks(kItems, -1);
  CHECK(tp_pool_map(pool, &kWhere, items.data(), ranks.data(), kItems, &options) == TP_OK);
  return ranks;
}

std::vector<int> run_stream(tp_pool_t* pool) {
  const tp_job_options_t options = named("stream of ranks");
  tp_result_t* stream = nullptr;
  int next = 0, rank = -1;
  CHECK(tp_pool_imap(pool, &kWhere, pull, &next, &options, &stream) == TP_OK);
  std::vector<int> ranks;
  while (tp_result_next(stream, kLong, &rank) == TP_OK) ranks.push_back(rank);
  tp_result_release(stream);
  return ranks;
}

struct Span {
  double begin, end;
  std::size_t first, last;
};

// The events of a category by the names of their rows; those of one row in the order of time.
class Rows {
 public:
  Rows(const json::Value& trace, const std::string& category, const std::string& job) {
    std::map<int, std::string> names;
    const auto& events = trace["traceEvents"].items;
    for (const json::Value& event : events)
      if (event["name"].string == "thread_name")
        names[lane_of(event)] = event["args"]["name"].string;
    for (const json::Value& event : events)
      if (event["ph"].string == "X" && event["cat"].string == category)
        add(event, names[lane_of(event)], job);
    for (auto& [name, spans] : rows_)
      std::sort(spans.begin(), spans.end(), [](const Span& left, const Span& right) {
        return left.begin != right.begin ? left.begin < right.begin : left.end < right.end;
      });
  }

  // Each item is in one row, which is that of its rank.
  void check(const std::vector<int>& ranks) const {
    std::vector<int> seen(ranks.size());
    for (const auto& [name, spans] : rows_)
      for (const Span& span : spans)
        for (std::size_t item = span.first; item < span.last; ++item) {
          CHECK(item < ranks.size() && ++seen[item] == 1);
          if (count() > 1) CHECK(name == "many rank " + std::to_string(ranks[item]));
        }
    CHECK(std::count(seen.begin(), seen.end(), 1) == kItems);
  }
  void check_order() const {
    for (const auto& [name, spans] : rows_)
      for (std::size_t i = 1; i < spans.size(); ++i)
        CHECK(spans[i].begin > spans[i - 1].end - 1e-4);  // us of a double
  }
  bool has(const std::string& name) const { return rows_.count(name) != 0; }

 private:
  static int lane_of(const json::Value& event) { return static_cast<int>(event["tid"].amount); }

  void add(const json::Value& event, const std::string& row, const std::string& job) {
    const json::Value& args = event["args"];
    const double begin = event["ts"].amount;
    const Span span{begin, begin + event["dur"].amount, std::size_t(args["first"].amount),
                    std::size_t(args["last"].amount)};
    CHECK(event["name"].string ==
          job + " [" + std::to_string(span.first) + ", " + std::to_string(span.last) + ")");
    rows_[row].push_back(span);
  }

  std::map<std::string, std::vector<Span>> rows_;
};

json::Value read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return json::Reader::read(text.str());
}

void check_trace(tp_pool_t* pool, std::vector<int> (*run_a_map)(tp_pool_t* pool), bool leads) {
  const support::Scratch folder;
  const std::string path = folder / "trace";
  CHECK(tp_pool_trace_start(pool, path.c_str()) == TP_OK);
  const std::vector<int> of_map = run_a_map(pool), of_stream = run_stream(pool);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);
  const json::Value trace = read(path);
  const Rows chunks(trace, "chunk", "map of ranks"), items(trace, "items", "stream of ranks");
  chunks.check(of_map);
  items.check(of_stream);
  chunks.check_order();
  items.check_order();
  if (leads && count() > 1) CHECK(!chunks.has("many rank 0") && !items.has("many rank 0"));
}
void rows(tp_pool_t* pool) { check_trace(pool, run_map, false); }
void rows_leads(tp_pool_t* pool) { check_trace(pool, run_map, true); }

// Rank 1 is gone with its first item. What it had is lost, and is in its row.
int where_but_1(void*, const void*, void* value) {
  if (number() == 1) raise(SIGKILL);
  return where(nullptr, nullptr, value);
}
std::vector<int> run_map_and_lose_1(tp_pool_t* pool) {
  tp_job_options_t options = named("map of ranks");
  options.flags = TP_JOB_KEEP_ERRORS;
  const tp_task_t task = TP_TASK(where_but_1, nullptr, int, int);
  const std::vector<int> items = range(kItems);
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), kItems, &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  void* values = nullptr;
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  std::vector<int> ranks(kItems, 1);
  for (std::size_t i = 0; i < kItems; ++i) {
    const int status = tp_result_item_status(result, i);
    CHECK(status == TP_OK || status == TP_ELOST);
    if (status == TP_OK) ranks[i] = static_cast<int*>(values)[i];
    if (status == TP_OK) CHECK(ranks[i] != 1);
  }
  CHECK(std::count(ranks.begin(), ranks.end(), 1) != 0);
  tp_result_release(result);
  return ranks;
}
bool is_done = false;
void rows_of_lost(tp_pool_t* pool) {
  check_trace(pool, run_map_and_lose_1, false);
  is_done = true;
}

tp_cluster_options_t many() {
  static tp_pool_options_t of_pool = sized<tp_pool_options_t>();
  of_pool.name = "many";
  of_pool.workers = 2;
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.pool = &of_pool;
  return options;
}
tp_cluster_options_t many_and_a_leader() {
  tp_cluster_options_t options = many();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}

tp_cluster_options_t many_impatient() {
  tp_cluster_options_t options = many();
  options.lost_after = 2;
  return options;
}

constexpr Case kCases[] = {{"trace_rows", rows, many},
                           {"trace_rows_leads", rows_leads, many_and_a_leader},
                           {"trace_rows_of_lost", rows_of_lost, many_impatient}};

}  // namespace

int main(int argc, char** argv) {
  const int status = run(argc, argv, kCases);
  if (argc < 2 || std::strcmp(argv[1], "trace_rows_of_lost") != 0) return status;
  // The launcher's status is that of the dead. Nobody waits in an exit handler for a rank that is gone.
  if (is_done && status == 0) std::puts("all is well");
  std::fflush(stdout);
  _exit(status);
}
