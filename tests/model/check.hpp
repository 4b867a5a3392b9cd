// SPDX-License-Identifier: MIT
// Runs a model under Relacy's random scheduler, so often or TPOOL_MODEL_ITERATIONS times.
#ifndef TPOOL_TESTS_MODEL_CHECK_HPP
#define TPOOL_TESTS_MODEL_CHECK_HPP

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string>

#include "model/platform.hpp"
#include "support/catch.hpp"

namespace model {

inline rl::iteration_t iterations() {
  const char* const wanted = std::getenv("TPOOL_MODEL_ITERATIONS");
  return wanted ? std::max(std::strtoull(wanted, nullptr, 10), 1ull) : 200'000;
}

/// What Relacy says of a model in so many runs: SUCCESS, or the first error; log gets the run.
template <class Model>
std::string verdict(rl::iteration_t runs, std::ostream& log) {
  rl::test_params params;
  params.iteration_count = runs;
  params.execution_depth_limit = 10'000;
  params.output_stream = &log;
  std::ostream nowhere(nullptr);
  params.progress_stream = &nowhere;
  rl::simulate<Model>(params);
  return rl::test_result_str(params.test_result);
}

/// The model keeps its promises in every run.
template <class Model>
void check_holds() {
  rl::ostringstream log;  // its memory is not the model's
  const std::string found = verdict<Model>(iterations(), log);
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

}  // namespace model

#endif
