// SPDX-License-Identifier: MIT
// Callbacks in a loop of poll.
#include <poll.h>

#include "jobs.hpp"

int main() {
  Jobs jobs;
  while (!jobs.done()) {
    pollfd one{jobs.fd(), POLLIN, 0};
    check(poll(&one, 1, 60'000) == 1, "readable");
    jobs.drain();
  }
}
