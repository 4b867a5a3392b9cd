/* SPDX-License-Identifier: MIT */
/* A program that was written for libuv's uv_queue_work, over libtpool. With libuv itself:
 *   cc -DWITH_UV uv_work.c $(pkg-config --cflags --libs libuv) */
#include "../check.h"
#ifdef WITH_UV
#include <uv.h>
#else
#include "uv_work.h"
#endif

#include <pthread.h>

enum { kRequests = 40 };

struct square {
  uv_work_t work;
  int number, value, status;
};

static pthread_t loops_thread;
static int done;

static void square(uv_work_t* req) {
  struct square* self = req->data;
  CHECK(!pthread_equal(pthread_self(), loops_thread));
  sleep_tenths(0.01);
  self->value = self->number * self->number;
}

static void squared(uv_work_t* req, int status) {
  struct square* self = req->data;
  CHECK(pthread_equal(pthread_self(), loops_thread));
  self->status = status;
  ++done;
}

int main(void) {
  static struct square all[kRequests];
  int cancelled = 0;
  uv_loop_t loop;
  loops_thread = pthread_self();
  CHECK(uv_loop_init(&loop) == 0);
  for (int i = 0; i < kRequests; ++i) {
    all[i].number = i;
    all[i].work.data = &all[i];
    CHECK(uv_queue_work(&loop, &all[i].work, square, squared) == 0);
  }
  for (int i = kRequests / 2; i < kRequests; ++i)
    cancelled += uv_cancel((uv_req_t*)&all[i].work) == 0;
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(done == kRequests);
  for (int i = 0; i < kRequests; ++i) {
    if (all[i].status == UV_ECANCELED) --cancelled;
    CHECK(all[i].value == (all[i].status == 0 ? i * i : 0));
  }
  CHECK(cancelled == 0);
  CHECK(uv_loop_close(&loop) == 0);
  return 0;
}
