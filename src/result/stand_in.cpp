// SPDX-License-Identifier: MIT
// Stage 6: a thread that runs user code for a thread that user code is ending; from queue/*, to result/call_scope.
#include "result/stand_in.h"

#include <pthread.h>

#include "base/scope_guards.h"
#include "base/thread.h"
#include "result/call_scope.h"

namespace tp::core {
namespace {

struct StandIn {
  void (*body)(void*);
  void* arg;
  CurrentWorker worker;
  CallScope* scope;
  bool done = false;
};

void* stand_in(void* self) {
  auto& me = *static_cast<StandIn*>(self);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  this_thread.become(me.worker);
  CallScope::stand_on(me.scope);
  me.body(me.arg);
  me.done = true;
  return nullptr;
}

}  // namespace

void call_elsewhere(void (*body)(void*), void* arg) {
  StandIn stand{body, arg, this_thread.current_worker(), CallScope::current()};
  while (!stand.done) {
    pthread_t thread;
    {
      const KeptErrno errno_stays;
      const Uncancelled whole;
      const auto start = [&] { return pthread_create(&thread, nullptr, stand_in, &stand); };
      if (start_patiently(start) == 0) {
        pthread_join(thread, nullptr);
        continue;
      }
    }
    return body(arg);
  }
}

}  // namespace tp::core
