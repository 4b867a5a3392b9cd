// SPDX-License-Identifier: MIT
// Holds up pthread_cancel. Stage: base, used by all.
#pragma once

#include <pthread.h>

namespace tp::core {

/// For a scope whose system calls are cancellation points, which would end the caller's thread in the
/// middle of what has to be finished. The thread goes on to the next one outside of the library.
class Uncancelled {
 public:
  Uncancelled() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~Uncancelled() { pthread_setcancelstate(before_, nullptr); }
  Uncancelled(const Uncancelled&) = delete;
  Uncancelled& operator=(const Uncancelled&) = delete;

 private:
  int before_;
};

}  // namespace tp::core
