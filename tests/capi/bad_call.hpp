// SPDX-License-Identifier: MIT
// A call with a bad input, and what it has to answer.
#pragma once

#include "capi/matrix.hpp"

namespace matrix {

// What is wrong decides the order of the checks: a forked child is refused after the NULL checks
// and before all others.
enum Why { kNoHandle, kNull, kBad };

struct BadCall : Call {
  BadCall(std::string what, Why w, int code, std::function<int(Env&)> f, bool notes = false)
      : Call{std::move(what), std::move(f), notes}, why(w), expected(code) {}

  Why why;
  int expected;
};

// A struct of a newer program: something behind the fields that the library knows.
template <class Struct>
struct Larger {
  explicit Larger(const Struct& known, unsigned char tail) : base(known) {
    base.size = sizeof(Larger);
    std::memset(bytes, 0, sizeof(bytes));
    bytes[sizeof(bytes) - 1] = tail;
  }

  Struct base;
  unsigned char bytes[40];
};

// A submit as one function of what it may be given.
using Submit = std::function<int(Env&, tp_pool_t*, const tp_task_t*, const tp_job_options_t*)>;

struct NamedSubmit {
  std::string name;
  Submit run;
  bool blocks, takes_task, takes_options, takes_callbacks;
};

}  // namespace matrix
