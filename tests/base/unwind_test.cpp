// SPDX-License-Identifier: MIT
// Tests of the code that runs when user code ends its thread.
#include "base/unwind.h"

#include "support/test.hpp"

using support::in_thread;
using tp::core::ends_thread;
using tp::core::ScopeExit;
using tp::core::ScopeFail;
using tp::core::this_thread;

TEST_CASE("An action for unwinding runs when the thread is ended, and marks it") {
  bool ran = false, marked_before = true, marked = false;
  in_thread([&] {
    marked_before = this_thread.ending;
    ScopeFail action([&] {
      ran = true;
      marked = this_thread.ending;
    });
    pthread_exit(nullptr);
  });
  CHECK(ran);
  CHECK_FALSE(marked_before);
  CHECK(marked);
  CHECK_FALSE(this_thread.ending);  // of this thread
}

TEST_CASE("An action for unwinding that was dismissed does not run") {
  bool ran = false, marked = true;
  in_thread([&] {
    {
      ScopeFail action([&] { ran = true; });
      action.dismiss();
    }
    marked = this_thread.ending;
  });
  CHECK_FALSE(ran);
  CHECK_FALSE(marked);
}

TEST_CASE("Actions for unwinding run from the inside to the outside") {
  int order = 0, inner = 0, outer = 0;
  in_thread([&] {
    ScopeFail last([&] { outer = ++order; });
    ScopeFail first([&] { inner = ++order; });
    pthread_exit(nullptr);
  });
  CHECK(inner == 1);
  CHECK(outer == 2);
}

TEST_CASE("An action for the end of a scope runs however the scope is left") {
  int ran = 0;
  const auto leave = [&](bool by_exception) {
    ScopeExit action([&] { ++ran; });
    if (by_exception) throw std::runtime_error("out");
  };
  leave(false);
  CHECK(ran == 1);
  CHECK_THROWS_AS(leave(true), std::runtime_error);
  CHECK(ran == 2);
  in_thread([&] {
    ScopeExit action([&] { ++ran; });
    pthread_exit(nullptr);
  });
  CHECK(ran == 3);
}

TEST_CASE("The end of a thread is told from a C++ exception") {
  bool exception_ends = true, exit_ends = false;
  in_thread([&] {
    try {
      throw 42;
    } catch (...) {
      exception_ends = ends_thread();
    }
    try {
      pthread_exit(nullptr);
    } catch (...) {
      exit_ends = ends_thread();
      throw;
    }
  });
  CHECK_FALSE(exception_ends);
  CHECK(exit_ends);
}
