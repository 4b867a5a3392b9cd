// SPDX-License-Identifier: MIT
// A readable descriptor over a socket pair. Stage: base, used by all.
#include "base/self_pipe.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope_guards.h"

namespace tp::core {
namespace {

bool same_file(int a, int b) noexcept {
  struct stat of_a, of_b;
  return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
}

}  // namespace

bool SelfPipe::open() noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return false;
  reader_ = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
  if (reader_ < 0) {
    close(ends[0]);
    close(ends[1]);
    return false;
  }
  user_ = ends[0];
  writer_ = ends[1];
  return true;
}

SelfPipe::~SelfPipe() {
  if (!is_open()) return;
  const KeptErrno errno_stays;
  const Uncancelled whole;
  if (same_file(user_, reader_)) close(user_);  // else the user closed it, and it may be a new file
  close(reader_);
  close(writer_);
}

void SelfPipe::raise() noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  const char byte = 0;
  send(writer_, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void SelfPipe::lower() noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  char bytes[64];
  while (recv(reader_, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace tp::core
