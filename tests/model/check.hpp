// SPDX-License-Identifier: MIT
// Runs a model under Relacy's random scheduler, a million times or TPOOL_MODEL_ITERATIONS.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>

#include "model/mistake.hpp"
#include "model/platform.hpp"
#include "support/catch.hpp"

namespace model {

inline rl::iteration_t iterations() {
  const char* const wanted = std::getenv("TPOOL_MODEL_ITERATIONS");
  return wanted ? std::max(std::strtoull(wanted, nullptr, 10), 1ull) : 1'000'000;
}

/// What Relacy says of a model in so many runs: SUCCESS, or the first error; log gets the run.
template <class Model>
std::string verdict(rl::iteration_t runs, std::ostream& log) {
  using Scheduler = rl::random_scheduler<Model::params::thread_count>;
  rl::test_params params;
  params.iteration_count = runs;
  params.execution_depth_limit = 10'000;
  params.output_stream = &log;
  std::ostream nowhere(nullptr);
  params.progress_stream = &nowhere;
  rl::ostringstream state;
  if (rl::run_test<Model, Scheduler>(params, state, false) != rl::test_result_success) {
    params.initial_state = state.str();
    params.collect_history = true;
    rl::run_test<Model, Scheduler>(params, state, true);
  }
  return rl::test_result_str(params.test_result);
}

/// The model keeps its promises in every run. Models of one thing have a part of the runs each.
template <class Model>
void check_holds(unsigned parts = 1) {
  rl::ostringstream log;  // its memory is not the model's
  const std::string found = verdict<Model>(std::max<rl::iteration_t>(iterations() / parts, 1), log);
  INFO(log.str().c_str());
  CHECK(found == "SUCCESS");
}

/// Relacy finds what a mutant of the model does wrong. It stops at the first error.
template <class Model>
void check_finds(const char* error) {
  rl::ostringstream log;  // its memory is not the model's
  const std::string found = verdict<Model>(1'000'000, log);
  INFO(log.str().c_str());
  CHECK(found == error);
}

/// The same for a mistake in a function of src, in a process of its own: lists that nobody guards
/// may crash it. Which of a mistake's faults is found first is chance.
template <class Model>
void check_finds(Mistake mistake) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    for (const int crash : {SIGSEGV, SIGABRT, SIGBUS}) std::signal(crash, SIG_DFL);
    planted = mistake;
    std::ostream nowhere(nullptr);
    _exit(verdict<Model>(300'000, nowhere) == "SUCCESS");
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO("mistake " << mistake.kind << " in " << mistake.function);
  const bool survived = WIFEXITED(status) && WEXITSTATUS(status) == 1;
  CHECK_FALSE(survived);
}

}  // namespace model
