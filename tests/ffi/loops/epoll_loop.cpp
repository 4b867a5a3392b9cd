// SPDX-License-Identifier: MIT
// Callbacks in a loop of epoll.
#include <sys/epoll.h>
#include <unistd.h>

#include "jobs.hpp"

int main() {
  Jobs jobs;
  const int loop = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  check(epoll_ctl(loop, EPOLL_CTL_ADD, jobs.fd(), &event) == 0, "add");
  while (!jobs.done()) {
    check(epoll_wait(loop, &event, 1, 60'000) == 1, "readable");
    jobs.drain();
  }
  close(loop);
}
