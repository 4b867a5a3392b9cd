// SPDX-License-Identifier: MIT
// Tests of the lists of started and open jobs.
#include "worker/open_jobs.h"

#include "queue/stub_job.hpp"

using tp::core::JobKind;
using tp::core::OpenJobs;

namespace {

// Three jobs of one pool.
struct Jobs {
  using Kinds = std::array<JobKind, 3>;
  explicit Jobs(const Kinds& kinds = {JobKind::map, JobKind::map, JobKind::map})
      : jobs{stub::Job(pool, kinds[0]), stub::Job(pool, kinds[1]), stub::Job(pool, kinds[2])} {}
  stub::Job& operator[](std::size_t i) { return jobs[i]; }

  stub::Pool pool;
  std::array<stub::Job, 3> jobs;
};

// What find or next_to_sweep returned, without the reference.
tp::core::Job* unref(tp::core::Job* job) {
  if (job) job->unref();
  return job;
}

}  // namespace

TEST_CASE("An empty list of open jobs has nothing") {
  OpenJobs open_jobs;
  CHECK_FALSE(open_jobs.any_open());
  CHECK(open_jobs.find() == nullptr);
  CHECK(open_jobs.next_to_sweep() == nullptr);
  CHECK_FALSE(open_jobs.open_streams());
}

TEST_CASE("Open jobs are served in order, each until it has nothing left") {
  OpenJobs open_jobs;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) CHECK(open_jobs.open(job));
  CHECK(open_jobs.any_open());
  for (stub::Job& job : jobs.jobs) {
    CHECK(unref(open_jobs.find()) == &job);
    CHECK(unref(open_jobs.find()) == &job);
    job.work = false;
  }
  CHECK(open_jobs.find() == nullptr);
  CHECK_FALSE(open_jobs.any_open());
}

TEST_CASE("A stream that had its turn goes to the back") {
  OpenJobs open_jobs;
  Jobs jobs({JobKind::imap, JobKind::imap, JobKind::imap_unordered});
  for (stub::Job& job : jobs.jobs) open_jobs.open(job);
  for (int round = 0; round < 2; ++round)
    for (stub::Job& job : jobs.jobs) CHECK(unref(open_jobs.find()) == &job);
}

TEST_CASE("A job is open once however often it is opened") {
  OpenJobs open_jobs;
  Jobs jobs;
  for (int i = 0; i < 3; ++i) CHECK(open_jobs.open(jobs[0]));
  CHECK(unref(open_jobs.find()) == &jobs[0]);
  jobs[0].work = false;
  CHECK(open_jobs.find() == nullptr);
  CHECK_FALSE(open_jobs.any_open());
}

TEST_CASE("A job that was closed is opened again when it has work") {
  OpenJobs open_jobs;
  Jobs jobs;
  open_jobs.open(jobs[0]);
  jobs[0].work = false;
  CHECK(open_jobs.find() == nullptr);
  jobs[0].work = true;
  CHECK(open_jobs.find() == nullptr);
  CHECK(open_jobs.open(jobs[0]));
  CHECK(unref(open_jobs.find()) == &jobs[0]);
}

TEST_CASE("A job that is over is found no more") {
  OpenJobs open_jobs;
  Jobs jobs;
  open_jobs.open(jobs[0]);
  open_jobs.open(jobs[1]);
  open_jobs.shut(jobs[0]);
  CHECK(unref(open_jobs.find()) == &jobs[1]);
  CHECK_FALSE(open_jobs.open(jobs[0]));
  CHECK(unref(open_jobs.next_to_sweep()) == &jobs[1]);
  CHECK(open_jobs.next_to_sweep() == nullptr);
  open_jobs.shut(jobs[2]);  // never opened
  CHECK_FALSE(open_jobs.open(jobs[2]));
  open_jobs.shut(jobs[1]);
  CHECK_FALSE(open_jobs.any_open());
}

TEST_CASE("Each started job is swept once, open or closed") {
  OpenJobs open_jobs;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) open_jobs.open(job);
  jobs[0].work = false;
  unref(open_jobs.find());
  for (stub::Job& job : jobs.jobs) CHECK(unref(open_jobs.next_to_sweep()) == &job);
  CHECK(open_jobs.next_to_sweep() == nullptr);
}

TEST_CASE("Started streams are opened again all at once, and nothing else is") {
  OpenJobs open_jobs;
  Jobs jobs({JobKind::imap, JobKind::imap_unordered, JobKind::map});
  for (stub::Job& job : jobs.jobs) {
    open_jobs.open(job);
    job.work = false;
  }
  CHECK(open_jobs.find() == nullptr);
  for (stub::Job& job : jobs.jobs) job.work = true;
  CHECK(open_jobs.open_streams());
  CHECK_FALSE(open_jobs.open_streams());
  CHECK(unref(open_jobs.find()) == &jobs[0]);
  CHECK(unref(open_jobs.find()) == &jobs[1]);
  open_jobs.shut(jobs[0]);
  open_jobs.shut(jobs[1]);
  CHECK(open_jobs.find() == nullptr);
}

TEST_CASE("Work that comes before its job is marked closed is found by a second look") {
  OpenJobs open_jobs;
  Jobs jobs;
  open_jobs.open(jobs[0]);
  jobs[0].work = false;
  jobs[0].after_look = [&] {
    jobs[0].work = true;
    CHECK(open_jobs.open(jobs[0]));  // which it still is
  };
  CHECK(unref(open_jobs.find()) == &jobs[0]);
  CHECK(open_jobs.any_open());
}

TEST_CASE("Work that comes while its job is being closed is not forgotten") {
  constexpr int kUnits = 1'000;
  OpenJobs open_jobs;
  Jobs jobs;
  stub::Job& job = jobs[0];
  job.work = false;
  std::atomic<bool> over{false};
  int found = 0;
  std::thread worker([&] {
    while (!over || open_jobs.any_open())
      if (unref(open_jobs.find()) && job.work.exchange(false)) ++found;
  });
  for (int made = 0; made < kUnits; ++made) {
    job.work = true;
    open_jobs.open(job);
    support::await("work to be found", [&] { return !job.work; });
  }
  over = true;
  worker.join();
  CHECK(found == kUnits);
}
