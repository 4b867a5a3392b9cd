// SPDX-License-Identifier: MIT
// Callbacks in a loop of libuv.
#include <uv.h>

#include "jobs.hpp"

int main() {
  Jobs jobs;
  uv_loop_t loop;
  uv_poll_t poll;
  check(uv_loop_init(&loop) == 0 && uv_poll_init(&loop, &poll, jobs.fd()) == 0, "init");
  poll.data = &jobs;
  const auto readable = [](uv_poll_t* handle, int status, int) {
    check(status == 0, "status");
    auto& of = *static_cast<Jobs*>(handle->data);
    of.drain();
    if (of.done()) uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
  };
  check(uv_poll_start(&poll, UV_READABLE, readable) == 0, "start");
  uv_run(&loop, UV_RUN_DEFAULT);
  check(uv_loop_close(&loop) == 0, "close");
}
