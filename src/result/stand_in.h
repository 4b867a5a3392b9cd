// SPDX-License-Identifier: MIT
// Stage 6: a thread that runs user code for a thread that user code is ending; from queue/*, to result/call_scope.
#pragma once

#include "base/unwind.h"

namespace tp::core {

/// Runs body on a new thread. If user code in body ends that thread, another new thread runs body again, until body
/// returns. The calling thread, whose stack is being unwound, waits: if a second unwinding left it, C++ would end the
/// process. The new threads have the caller's worker and call scopes. If the system refuses a thread for long, body
/// runs on the calling thread.
void call_elsewhere(void (*body)(void*), void* arg);

template <class Body>
void call_elsewhere(Body body) {
  call_elsewhere([](void* arg) { (*static_cast<Body*>(arg))(); }, &body);
}

/// Calls step() until it returns false. If a call ends the thread, or the thread is being ended already, other threads
/// make the remaining calls before this returns. REQUIRES: step() notes what it does before it calls user code, so
/// that the next call does something else.
template <class Step>
void call_in_turn(Step step) {
  const auto go_on = [&] {
    while (step()) {
    }
  };
  if (this_thread.ending)
    call_elsewhere(go_on);
  else
    call_or_else(go_on, [&] { call_elsewhere(go_on); });
}

}  // namespace tp::core
