// SPDX-License-Identifier: MIT
// A pool with nothing to do does not wake.
#include "process/workers.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

using Switches = std::map<std::string, std::string>;

Switches switches() { return worker_status("idle", "voluntary_ctxt_switches"); }

tp_pool_options_t idle_options() {
  tp_pool_options_t options = pool_options(4);
  options.name = "idle";
  return options;
}

// How often the most restless worker went to sleep again within a second. Time itself is measured
// here, so it has to pass.
long most_switches_in_a_second() {
  await("4 sleeping workers", [] {
    const auto states = worker_status("idle", "State");
    for (const auto& [thread, state] : states)
      if (state[0] != 'S') return false;
    return states.size() == 4;
  });
  const Switches before = switches();
  poll(nullptr, 0, 1000);
  long most = 0;
  for (const auto& [thread, count] : switches())
    most = std::max(most, std::stol(count) - std::stol(before.at(thread)));
  return most;
}

}  // namespace

TEST_CASE("an idle pool sleeps") {
  Step work([] {});
  Pool pool(idle_options());
  apply_times(pool, work, 1000);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(most_switches_in_a_second() <= 2);
}

TEST_CASE("a pool whose stream nobody reads sleeps") {
  Odd odd;
  Numbers endless;
  Chunked job(0, 10);
  Pool pool(idle_options());
  Result stream = imap(pool, odd, endless, &job);
  await("a full window", [&] { return endless.pulled == 10; });
  CHECK(most_switches_in_a_second() <= 2);
  CHECK(endless.pulled == 10);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
}
