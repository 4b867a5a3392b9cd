// SPDX-License-Identifier: MIT
// What a trace calls the jobs of each call that makes some.
#include "support/future.hpp"
#include "support/group.hpp"
#include "trace/traced.hpp"

using namespace support;
using traced::Event;
using traced::File;
using traced::Path;

namespace {

// "kind: name" of each job that began or ended, in order.
std::vector<std::string> jobs_of(const File& file, const std::string& phase) {
  std::vector<std::string> jobs;
  for (const Event& event : file.of("job", phase))
    jobs.push_back(event.all["args"]["kind"].string + ": " + event.name);
  std::sort(jobs.begin(), jobs.end());
  return jobs;
}

int add_up(void*, std::size_t begin, std::size_t end, void* partial) {
  *static_cast<std::size_t*>(partial) += end - begin;
  return 0;
}

int add(void*, void* into, void* from) {
  *static_cast<std::size_t*>(into) += *static_cast<std::size_t*>(from);
  return 0;
}

void reduce(tp_pool_t* pool) {
  const std::size_t none = 0;
  std::size_t sum = 0;
  const tp_reduce_t how{sizeof how, add_up, add, nullptr, &none, sizeof none};
  REQUIRE(tp_pool_reduce(pool, &how, 1000, nullptr, &sum) == TP_OK);
  CHECK(sum == 1000);
}

Result feed(tp_pool_t* pool, const tp_task_t& task) {
  const int item = 1;
  Job job;
  job.name = "fed";
  Result stream;
  REQUIRE(tp_pool_imap(pool, &task, nullptr, nullptr, &job, stream.out()) == TP_OK);
  REQUIRE(tp_result_push(stream, &item, kLong) == TP_OK);
  REQUIRE(tp_result_push_end(stream) == TP_OK);
  return stream;
}

}  // namespace

TEST_CASE("A trace has the kind and the name of every job, also of those that no worker runs") {
  const std::size_t workers = worker_counts();
  const Path path;
  const int item = 1;
  Odd odd;
  Increment increment;
  Step step([] {});
  Body body([](std::size_t, std::size_t) { return 0; });
  Numbers numbers(3), others(3);
  Job named;
  named.name = "next";
  Pool pool(workers);
  GroupOptions options;
  options.name = "group";
  Group group(pool, options);
  Job in_group;
  in_group.group = group;
  traced::start(pool, path);

  const Result apply = apply_item(pool, odd, item);
  const Result map = map_async(pool, odd, &item, 1);
  const Result loop = for_async(pool, Body::run, &body, 10);
  Result streams[2];
  REQUIRE(tp_pool_imap(pool, &odd, numbers.pull, &numbers, nullptr, streams[0].out()) == TP_OK);
  REQUIRE(tp_pool_imap_unordered(pool, &odd, others.pull, &others, nullptr, streams[1].out()) ==
          TP_OK);
  const Result fed = feed(pool, odd);
  reduce(pool);
  forget(pool, step, &in_group);
  Promise promise(pool);
  const Result next = then(promise.result, increment, &named);
  const Result all = when_all({apply, next}), any = when_any({next, promise.result});
  CHECK(promise.set(1) == TP_OK);
  CHECK(int_of(next) == 2);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  await("an idle worker", [&] { return tp_pool_team(pool, Body::run, &body, 1) == TP_OK; });

  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const File file = traced::stop(pool, path);
  const std::vector<std::string> jobs = {
      "apply: apply", "apply: group",     "apply: next", "for: for",
      "for: for",     "imap: fed",        "imap: imap",  "imap_unordered: imap_unordered",
      "map: map",     "promise: promise", "team: team",  "when: when",
      "when: when"};
  CHECK(jobs_of(file, "b") == jobs);
  CHECK(jobs_of(file, "e") == jobs);
}
