// SPDX-License-Identifier: MIT
// A system without memory: each allocation of a script of calls fails once, alone or with all that
// follow. What is refused has no effect, what is accepted completes, and the pool goes on.
#include "fault/fault_wrap/error_script.hpp"
#include "fault/fault_wrap/everywhere.hpp"
#include "fault/fault_wrap/future_script.hpp"
#include "fault/fault_wrap/group_script.hpp"
#include "fault/fault_wrap/host_script.hpp"
#include "fault/fault_wrap/job_script.hpp"
#include "fault/fault_wrap/team_script.hpp"

using namespace failing;

namespace {

template <class Script>
void check_everywhere() {
  const bool sticky = GENERATE(false, true);
  REQUIRE(fail_everywhere<Script>(allocations, TP_ENOMEM, sticky) > 0);
  // Catch's blocks are counted, too: one or two more or less from round to round. A leak grows in each.
  const long kept = live;  // by the per-thread caches
  bool leaks = true;
  for (int round = 0; leaks && round < 5; ++round) {
    REQUIRE(fail_everywhere<Script>(allocations, TP_ENOMEM, sticky) > 0);
    leaks = live > kept;
  }
  CHECK_FALSE(leaks);
}

}  // namespace

TEST_CASE("each allocation fails: a clean answer, no leak, and the pool goes on") {
  check_everywhere<JobScript>();
}

TEST_CASE("each allocation fails while tasks fail: the status stays and no payload leaks") {
  check_everywhere<ErrorScript>();
}

TEST_CASE("each allocation fails in groups") { check_everywhere<GroupScript>(); }

TEST_CASE("each allocation fails in a pool with teams whose threads come and go") {
  check_everywhere<TeamScript>();
}

TEST_CASE("each allocation fails among promises and continuations: each accepted result ends") {
  check_everywhere<FutureScript>();
}

TEST_CASE("each allocation fails in a host that serves a pool") { check_everywhere<HostScript>(); }
