// SPDX-License-Identifier: MIT
// What a scope changes for its thread, and puts back at its end. Stage: base, used by all.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <csignal>

namespace tp::core {

/// For a scope whose system calls may fail without the call failing.
class KeptErrno {
 public:
  KeptErrno() = default;
  ~KeptErrno() { errno = kept_; }
  KeptErrno(const KeptErrno&) = delete;
  KeptErrno& operator=(const KeptErrno&) = delete;

 private:
  const int kept_ = errno;
};

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

/// Gives the calling thread another signal mask for a scope. Threads that it creates there inherit the mask.
class SignalMask {
 public:
  explicit SignalMask(const sigset_t& mask) noexcept { pthread_sigmask(SIG_SETMASK, &mask, &old_); }
  ~SignalMask() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  SignalMask(const SignalMask&) = delete;
  SignalMask& operator=(const SignalMask&) = delete;

 private:
  sigset_t old_;
};

}  // namespace tp::core
