// SPDX-License-Identifier: MIT
// What the programs of the ranks share: checks that make the program fail, and a pool over all ranks.
#pragma once

#include <tpool/cluster.h>
#include <tpool/tpool.h>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace rank {

constexpr double kLong = 50;  // less than the test's limit

inline int failures = 0;

inline void check(bool holds, const char* what, int line) {
  if (holds) return;
  ++failures;
  const tp_error_t* const error = tp_last_error();
  std::fprintf(stderr, "line %d: %s (%s)\n", line, what,
               error ? tp_error_message(error) : "no last error");
}
#define CHECK(...) ::rank::check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

inline std::string last_message() {
  return tp_last_error() ? tp_error_message(tp_last_error()) : "";
}
inline bool says(const char* part) { return last_message().find(part) != std::string::npos; }

inline std::size_t number() {
  std::size_t rank = SIZE_MAX;
  tp_cluster_rank(&rank, nullptr);
  return rank;
}
inline std::size_t count() {
  std::size_t ranks = 0;
  tp_cluster_rank(nullptr, &ranks);
  return ranks;
}

// Before there is a pool, the launcher alone knows it.
inline int number_by_launcher() {
  for (const char* const variable : {"OMPI_COMM_WORLD_RANK", "PMI_RANK"})
    if (const char* const text = std::getenv(variable)) return std::atoi(text);
  return 0;
}
inline int count_by_launcher() {
  for (const char* const variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* const text = std::getenv(variable)) return std::atoi(text);
  return 1;
}

template <class Struct>
Struct sized() {
  Struct made{};
  made.size = sizeof made;
  return made;
}

inline std::vector<int> range(int n) {
  std::vector<int> items;
  for (int i = 0; i < n; ++i) items.push_back(i);
  return items;
}

// The result of a map that is over and has kept its errors; to be released.
inline tp_result_t* map_keeping_errors(tp_pool_t* pool, const tp_task_t& task, const void* items,
                                       std::size_t n) {
  tp_job_options_t keep = sized<tp_job_options_t>();
  keep.flags = TP_JOB_KEEP_ERRORS;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items, n, &keep, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  return result;
}

template <std::atomic<int>& counter>
int tell_counter(void*, const void*, void* value) {
  usleep(2000);
  int* const told = static_cast<int*>(value);
  told[0] = static_cast<int>(number());
  told[1] = counter;
  return 0;
}
// The sum of a variable that each rank has.
template <std::atomic<int>& counter>
int sum_in_all(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(tell_counter<counter>, nullptr, char, int[2]);
  const std::vector<char> items(20 * count());
  std::vector<int> told(2 * items.size());
  std::set<int> seen;
  int sum = 0;
  while (seen.size() < count()) {
    CHECK(tp_pool_map(pool, &task, items.data(), told.data(), items.size(), nullptr) == TP_OK);
    for (std::size_t i = 0; i < told.size(); i += 2)
      if (seen.insert(told[i]).second) sum += told[i + 1];
  }
  return sum;
}

// A case that creates its pools itself, in each rank.
struct PlainCase {
  const char* name;
  void (*run)();
};
template <std::size_t n>
int run(int argc, char** argv, const PlainCase (&cases)[n]) {
  for (const PlainCase& each : cases) {
    if (argc < 2 || std::strcmp(argv[1], each.name) != 0) continue;
    each.run();
    return failures ? 1 : 0;
  }
  return 3;
}

// A case of a program. It runs in rank 0.
struct Case {
  const char* name;
  void (*run)(tp_pool_t* pool);
  tp_cluster_options_t (*options)() = [] { return sized<tp_cluster_options_t>(); };
};

// Runs the case that the first argument names in all ranks.
template <std::size_t n>
int run(int argc, char** argv, const Case (&cases)[n]) {
  for (const Case& each : cases) {
    if (argc < 2 || std::strcmp(argv[1], each.name) != 0) continue;
    const tp_cluster_options_t options = each.options();
    tp_pool_t* pool = nullptr;
    const int status = tp_cluster_pool_create(&options, &pool);
    if (status == TP_END) return 0;
    if (status != TP_OK) {
      std::fprintf(stderr, "create: %s: %s\n", tp_strerror(status), last_message().c_str());
      return 2;
    }
    each.run(pool);
    tp_pool_destroy(pool);
    CHECK(tp_cluster_rank(nullptr, nullptr) == TP_EINVAL);
    return failures ? 1 : 0;
  }
  std::fprintf(stderr, "no case of that name\n");
  return 3;
}

}  // namespace rank
