// SPDX-License-Identifier: MIT
// Tests of the descriptor that is readable while something is due.
#include "base/self_pipe.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "support/test.hpp"

using tp::core::SelfPipe;

static bool is_readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  REQUIRE(poll(&one, 1, 0) >= 0);
  return (one.revents & POLLIN) != 0;
}

TEST_CASE("A self-pipe is readable while it is raised") {
  SelfPipe self_pipe;
  CHECK_FALSE(self_pipe.is_open());
  REQUIRE(self_pipe.open());
  for (int round = 0; round < 3; ++round) {
    CHECK_FALSE(is_readable(self_pipe.fd()));
    self_pipe.raise();
    CHECK(is_readable(self_pipe.fd()));
    self_pipe.lower();
  }
}

TEST_CASE("A self-pipe may be read from, raised twice and lowered twice") {
  SelfPipe self_pipe;
  REQUIRE(self_pipe.open());
  self_pipe.raise();
  self_pipe.raise();
  char byte;
  CHECK(read(self_pipe.fd(), &byte, 1) == 1);
  self_pipe.lower();
  self_pipe.lower();
  CHECK_FALSE(is_readable(self_pipe.fd()));
}

TEST_CASE("A self-pipe is not inherited by other programs, and never blocks") {
  SelfPipe self_pipe;
  REQUIRE(self_pipe.open());
  CHECK((fcntl(self_pipe.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  char byte;
  CHECK(recv(self_pipe.fd(), &byte, 1, 0) == -1);
}

TEST_CASE("Who closes the self-pipe's end does no harm, whoever gets its number next") {
  std::optional<SelfPipe> self_pipe(std::in_place);
  REQUIRE(self_pipe->open());
  const int fd = self_pipe->fd();
  REQUIRE(close(fd) == 0);
  const int other = open("/dev/null", O_RDONLY);
  REQUIRE(other == fd);
  self_pipe->raise();
  self_pipe->lower();
  self_pipe.reset();
  CHECK(fcntl(other, F_GETFD) != -1);
  close(other);
}

TEST_CASE("A self-pipe closes what it opened") {
  const int before = dup(0);
  close(before);
  {
    SelfPipe self_pipe;
    REQUIRE(self_pipe.open());
  }
  const int after = dup(0);
  close(after);
  CHECK(after == before);
}
