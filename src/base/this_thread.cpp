// SPDX-License-Identifier: MIT
// The calling thread's words and its parker. Stage: base, used by all.
#include "base/this_thread.h"

#include "base/parker.h"

namespace tp::core {

thread_local constinit ThisThread this_thread;

Parker& this_parker() noexcept {
  TP_HOT static thread_local constinit Parker parker;
  return parker;
}

}  // namespace tp::core
