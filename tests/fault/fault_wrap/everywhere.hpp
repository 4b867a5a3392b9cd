// SPDX-License-Identifier: MIT
// Runs a script of calls again and again, failing another call of the system each time.
#pragma once

#include "fault/fault_wrap/failing.hpp"
#include "support/catch.hpp"

namespace failing {

// Fails the k-th call of the script, or all from it on; false when it makes fewer.
template <class Script>
bool fail_at(Fault& fault, int refusal, long k, bool sticky) {
  Script script;
  script.refusal = refusal;
  fault.arm(k, sticky);
  script.run();
  const bool hit = fault.disarm();
  script.run_on();
  INFO("call " << k << (sticky ? " and all after it" : ""));
  REQUIRE(script.wrong() == "");
  return hit;
}

// Returns how many calls there were to fail.
template <class Script>
long fail_everywhere(Fault& fault, int refusal, bool sticky) {
  long k = 0;
  while (fail_at<Script>(fault, refusal, k, sticky)) ++k;
  return k;
}

}  // namespace failing
