// SPDX-License-Identifier: MIT
// Stage 6: a thread that runs user code in the place of one that user code is ending; from queue/*, to
// result/frame.
#pragma once

#include "base/unwind.h"

namespace tp::core {

/// Runs body on a thread made for it, and once more on another as often as user code in there ends the
/// thread, until body returns. The calling thread, whose stack is being unwound, waits: it is left by
/// no second unwinding, for which C++ would end the process. What runs sees the calling thread's
/// worker and frames. Where the system refuses the thread for long, body runs on the calling one.
void call_elsewhere(void (*body)(void*), void* arg);

template <class Body>
void call_elsewhere(Body body) {
  call_elsewhere([](void* arg) { (*static_cast<Body*>(arg))(); }, &body);
}

/// Calls step() until it returns false. If one of the calls ends the thread, or the thread is being
/// ended already, the others follow elsewhere, before this is left. REQUIRES: step() has made a note
/// of what it does before it calls user code, so that the next call does something else.
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
