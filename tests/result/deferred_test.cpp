// SPDX-License-Identifier: MIT
// Tests of the list of deferred jobs.
#include "result/deferred.h"

#include "queue/stub_job.hpp"

using tp::core::Deferred;

namespace {

struct Jobs {
  stub::Job& operator[](std::size_t i) { return jobs[i]; }

  stub::Pool pool;
  stub::Job jobs[3]{stub::Job(pool), stub::Job(pool), stub::Job(pool)};
};

}  // namespace

TEST_CASE("Deferred jobs are taken in their order, each once") {
  Deferred deferred;
  Jobs jobs;
  CHECK_FALSE(deferred.any());
  CHECK(deferred.next() == nullptr);
  CHECK(deferred.add(jobs[0]));
  CHECK_FALSE(deferred.add(jobs[1]));
  CHECK_FALSE(deferred.add(jobs[2]));
  for (stub::Job& job : jobs.jobs) {
    CHECK(deferred.any());
    CHECK(job.is_left());
    CHECK(deferred.next() == &job);
    CHECK_FALSE(job.is_left());
    CHECK(job.deferred_link() == nullptr);  // for the callback strand, which uses the link next
  }
  CHECK_FALSE(deferred.any());
  CHECK(deferred.next() == nullptr);
  CHECK(deferred.add(jobs[1]));
  CHECK(deferred.next() == &jobs[1]);
}

TEST_CASE("A thread takes the deferred job that it waits for, from any place") {
  const std::size_t place = GENERATE(as<std::size_t>{}, 0, 1, 2);
  Deferred deferred;
  Jobs jobs;
  for (stub::Job& job : jobs.jobs) deferred.add(job);
  CHECK(deferred.take(jobs[place]));
  CHECK_FALSE(deferred.take(jobs[place]));
  CHECK_FALSE(jobs[place].is_left());
  CHECK(jobs[place].deferred_link() == nullptr);
  for (std::size_t i = 0; i < 3; ++i)
    if (i != place) CHECK(deferred.next() == &jobs[i]);
  CHECK_FALSE(deferred.any());
  CHECK(deferred.add(jobs[place]));  // the list's end is where it was
  CHECK_FALSE(deferred.add(jobs[(place + 1) % 3]));
  CHECK(deferred.next() == &jobs[place]);
}

TEST_CASE("A job that was taken and deferred again for its end is not taken back") {
  Deferred deferred;
  Jobs jobs;
  deferred.add(jobs[0]);
  CHECK(deferred.take_back(jobs[0]));
  deferred.add(jobs[0]);
  REQUIRE(deferred.next() == &jobs[0]);
  CHECK_FALSE(deferred.take_back(jobs[0]));
  jobs[0].over(1);
  REQUIRE(jobs[0].remaining() == 0);
  deferred.add(jobs[0]);
  CHECK_FALSE(deferred.take_back(jobs[0]));
  CHECK(deferred.next() == &jobs[0]);
}
