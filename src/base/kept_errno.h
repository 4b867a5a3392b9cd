// SPDX-License-Identifier: MIT
// Leaves errno as the caller had it. Stage: base, used by all.
#pragma once

#include <cerrno>

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

}  // namespace tp::core
