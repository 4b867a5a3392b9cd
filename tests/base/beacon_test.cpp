// SPDX-License-Identifier: MIT
// Tests of the descriptor that is readable while something is due.
#include "base/beacon.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "support/test.hpp"

using tp::core::Beacon;

static bool is_readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  REQUIRE(poll(&one, 1, 0) >= 0);
  return (one.revents & POLLIN) != 0;
}

TEST_CASE("A beacon is readable while it is raised") {
  Beacon beacon;
  CHECK_FALSE(beacon.is_open());
  REQUIRE(beacon.open());
  for (int round = 0; round < 3; ++round) {
    CHECK_FALSE(is_readable(beacon.fd()));
    beacon.raise();
    CHECK(is_readable(beacon.fd()));
    beacon.lower();
  }
}

TEST_CASE("A beacon may be read from, raised twice and lowered twice") {
  Beacon beacon;
  REQUIRE(beacon.open());
  beacon.raise();
  beacon.raise();
  char byte;
  CHECK(read(beacon.fd(), &byte, 1) == 1);
  beacon.lower();
  beacon.lower();
  CHECK_FALSE(is_readable(beacon.fd()));
}

TEST_CASE("A beacon is not inherited by other programs, and never blocks") {
  Beacon beacon;
  REQUIRE(beacon.open());
  CHECK((fcntl(beacon.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  char byte;
  CHECK(recv(beacon.fd(), &byte, 1, 0) == -1);
}

TEST_CASE("Who closes the beacon's end does no harm, whoever gets its number next") {
  std::optional<Beacon> beacon(std::in_place);
  REQUIRE(beacon->open());
  const int fd = beacon->fd();
  REQUIRE(close(fd) == 0);
  const int other = open("/dev/null", O_RDONLY);
  REQUIRE(other == fd);
  beacon->raise();
  beacon->lower();
  beacon.reset();
  CHECK(fcntl(other, F_GETFD) != -1);
  close(other);
}

TEST_CASE("A beacon closes what it opened") {
  const int before = dup(0);
  close(before);
  {
    Beacon beacon;
    REQUIRE(beacon.open());
  }
  const int after = dup(0);
  close(after);
  CHECK(after == before);
}
