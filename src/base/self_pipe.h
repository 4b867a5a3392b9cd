// SPDX-License-Identifier: MIT
// A file descriptor that is readable while something is due. Stage: base, used by all.
#pragma once

namespace tp::core {

/// A stream socket pair. Raising writes a byte to one end; lowering reads the other end, which the user
/// polls, until it is empty. It is no eventfd, because Node takes none. Not thread-safe.
class SelfPipe {
 public:
  SelfPipe() noexcept = default;
  ~SelfPipe();
  SelfPipe(const SelfPipe&) = delete;
  SelfPipe& operator=(const SelfPipe&) = delete;

  /// False when the system has no descriptor left.
  bool open() noexcept;
  bool is_open() const noexcept { return user_ >= 0; }
  /// The end to poll. The user may read from it, and even close it.
  int fd() const noexcept { return user_; }

  void raise() noexcept;
  void lower() noexcept;

 private:
  int user_ = -1;
  int reader_ = -1;  // the same end, under a number that only this object closes
  int writer_ = -1;
};

}  // namespace tp::core
