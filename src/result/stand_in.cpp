// SPDX-License-Identifier: MIT
// Stage 6: a thread that runs user code in the place of one that user code is ending; from queue/*, to
// result/frame.
#include "result/stand_in.h"

#include <pthread.h>

#include <cerrno>
#include <ctime>

#include "base/clock.h"
#include "base/kept_errno.h"
#include "base/uncancelled.h"
#include "result/frame.h"

namespace tp::core {
namespace {

struct StandIn {
  void (*body)(void*);
  void* arg;
  Identity worker;
  Frame* frame;
  bool done = false;
};

void* stand_in(void* self) {
  auto& me = *static_cast<StandIn*>(self);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  this_worker = me.worker;
  Frame::stand_on(me.frame);
  me.body(me.arg);
  me.done = true;
  return nullptr;
}

/// pthread_create may be refused for a moment.
bool start_patiently(pthread_t& thread, StandIn& stand) noexcept {
  const Deadline deadline = Deadline::in(0.2);
  for (long pause_ns = 1'000'000;; pause_ns *= 2) {
    const int rc = pthread_create(&thread, nullptr, stand_in, &stand);
    if (rc == 0) return true;
    if (rc != EAGAIN || deadline.passed()) return false;
    const timespec pause{0, pause_ns};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

void call_elsewhere(void (*body)(void*), void* arg) {
  StandIn stand{body, arg, this_worker, Frame::current()};
  while (!stand.done) {
    pthread_t thread;
    {
      const KeptErrno errno_stays;
      const Uncancelled whole;
      if (start_patiently(thread, stand)) {
        pthread_join(thread, nullptr);
        continue;
      }
    }
    return body(arg);
  }
}

}  // namespace tp::core
