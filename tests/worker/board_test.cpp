// SPDX-License-Identifier: MIT
// Tests of the lists of started, open and deferred jobs.
#include "worker/board.h"

#include "queue/stub_job.hpp"

using tp::core::Board;
using tp::core::JobKind;

namespace {

// Three jobs of one owner.
struct Jobs {
  using Kinds = std::array<JobKind, 3>;
  explicit Jobs(const Kinds& kinds = {JobKind::map, JobKind::map, JobKind::map})
      : jobs{stub::Job(owner, kinds[0]), stub::Job(owner, kinds[1]), stub::Job(owner, kinds[2])} {}
  stub::Job& operator[](std::size_t i) { return jobs[i]; }

  stub::Pool owner;
  std::array<stub::Job, 3> jobs;
};

// What find, next_deferred or next_to_sweep returned, without the reference.
tp::core::Job* unref(tp::core::Job* job) {
  if (job) job->unref();
  return job;
}

}  // namespace

TEST_CASE("An empty board has nothing") {
  Board board;
  CHECK_FALSE(board.any_open());
  CHECK_FALSE(board.any_deferred());
  CHECK(board.find() == nullptr);
  CHECK(board.next_deferred() == nullptr);
  CHECK(board.next_to_sweep() == nullptr);
  CHECK_FALSE(board.open_streams());
}

TEST_CASE("Open jobs are served in order, each until it has nothing left") {
  Board board;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) CHECK(board.open(job));
  CHECK(board.any_open());
  for (stub::Job& job : jobs.jobs) {
    CHECK(unref(board.find()) == &job);
    CHECK(unref(board.find()) == &job);
    job.work = false;
  }
  CHECK(board.find() == nullptr);
  CHECK_FALSE(board.any_open());
}

TEST_CASE("A stream that had its turn goes to the back") {
  Board board;
  Jobs jobs({JobKind::imap, JobKind::imap, JobKind::imap_unordered});
  for (stub::Job& job : jobs.jobs) board.open(job);
  for (int round = 0; round < 2; ++round)
    for (stub::Job& job : jobs.jobs) CHECK(unref(board.find()) == &job);
}

TEST_CASE("A job is open once however often it is opened") {
  Board board;
  Jobs jobs;
  for (int i = 0; i < 3; ++i) CHECK(board.open(jobs[0]));
  CHECK(unref(board.find()) == &jobs[0]);
  jobs[0].work = false;
  CHECK(board.find() == nullptr);
  CHECK_FALSE(board.any_open());
}

TEST_CASE("A job that was closed is opened again when it has work") {
  Board board;
  Jobs jobs;
  board.open(jobs[0]);
  jobs[0].work = false;
  CHECK(board.find() == nullptr);
  jobs[0].work = true;
  CHECK(board.find() == nullptr);
  CHECK(board.open(jobs[0]));
  CHECK(unref(board.find()) == &jobs[0]);
}

TEST_CASE("A job that is over is found no more") {
  Board board;
  Jobs jobs;
  board.open(jobs[0]);
  board.open(jobs[1]);
  board.shut(jobs[0]);
  CHECK(unref(board.find()) == &jobs[1]);
  CHECK_FALSE(board.open(jobs[0]));
  CHECK(unref(board.next_to_sweep()) == &jobs[1]);
  CHECK(board.next_to_sweep() == nullptr);
  board.shut(jobs[2]);  // never opened
  CHECK_FALSE(board.open(jobs[2]));
  board.shut(jobs[1]);
  CHECK_FALSE(board.any_open());
}

TEST_CASE("Each started job is swept once, open or closed") {
  Board board;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) board.open(job);
  jobs[0].work = false;
  unref(board.find());
  for (stub::Job& job : jobs.jobs) CHECK(unref(board.next_to_sweep()) == &job);
  CHECK(board.next_to_sweep() == nullptr);
}

TEST_CASE("Started streams are opened again all at once, and nothing else is") {
  Board board;
  Jobs jobs({JobKind::imap, JobKind::imap_unordered, JobKind::map});
  for (stub::Job& job : jobs.jobs) {
    board.open(job);
    job.work = false;
  }
  CHECK(board.find() == nullptr);
  for (stub::Job& job : jobs.jobs) job.work = true;
  CHECK(board.open_streams());
  CHECK_FALSE(board.open_streams());
  CHECK(unref(board.find()) == &jobs[0]);
  CHECK(unref(board.find()) == &jobs[1]);
  board.shut(jobs[0]);
  board.shut(jobs[1]);
  CHECK(board.find() == nullptr);
}

TEST_CASE("Deferred jobs are each returned once") {
  Board board;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) board.defer(job);
  CHECK(board.any_deferred());
  std::vector<tp::core::Job*> returned;
  while (tp::core::Job* const job = board.next_deferred()) returned.push_back(job);
  CHECK(returned.size() == 3);
  for (stub::Job& job : jobs.jobs) CHECK(std::count(returned.begin(), returned.end(), &job) == 1);
  CHECK_FALSE(board.any_deferred());
  board.defer(jobs[1]);
  CHECK(board.next_deferred() == &jobs[1]);
}

TEST_CASE("A job that was taken and deferred again for its end is not taken back") {
  Board board;
  Jobs jobs;
  board.defer(jobs[0]);
  CHECK(board.take_back_deferred(jobs[0]));
  board.defer(jobs[0]);
  REQUIRE(board.next_deferred() == &jobs[0]);
  CHECK_FALSE(board.take_back_deferred(jobs[0]));
  jobs[0].over(1);
  REQUIRE(jobs[0].remaining() == 0);
  board.defer(jobs[0]);
  CHECK_FALSE(board.take_back_deferred(jobs[0]));
  CHECK(board.next_deferred() == &jobs[0]);
}

TEST_CASE("Work that comes before its job is marked closed is found by a second look") {
  Board board;
  Jobs jobs;
  board.open(jobs[0]);
  jobs[0].work = false;
  jobs[0].after_look = [&] {
    jobs[0].work = true;
    CHECK(board.open(jobs[0]));  // which it still is
  };
  CHECK(unref(board.find()) == &jobs[0]);
  CHECK(board.any_open());
}

TEST_CASE("Work that comes while its job is being closed is not forgotten") {
  constexpr int kUnits = 1'000;
  Board board;
  Jobs jobs;
  stub::Job& job = jobs[0];
  job.work = false;
  std::atomic<bool> over{false};
  int found = 0;
  std::thread worker([&] {
    while (!over || board.any_open())
      if (unref(board.find()) && job.work.exchange(false)) ++found;
  });
  for (int made = 0; made < kUnits; ++made) {
    job.work = true;
    board.open(job);
    support::await("work to be found", [&] { return !job.work; });
  }
  over = true;
  worker.join();
  CHECK(found == kUnits);
}
