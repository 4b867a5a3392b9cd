// SPDX-License-Identifier: MIT
// The pthread key behind ThreadExit. Stage: base, used by all.
#include "base/thread_exit.h"

#include <pthread.h>

namespace tp::core {
namespace {

pthread_key_t key;
pthread_once_t key_once = PTHREAD_ONCE_INIT;
bool key_made = false;

/// A clean-up that ends the thread once more, or registers another, has the system come back here.
void run_all(void* first) {
  for (auto* hook = static_cast<ThreadExit*>(first); hook;) {
    pthread_setspecific(key, hook->next);
    hook->run(*hook);
    hook = static_cast<ThreadExit*>(pthread_getspecific(key));
  }
}

void make_key() { key_made = pthread_key_create(&key, run_all) == 0; }

}  // namespace

bool at_thread_exit(ThreadExit& hook) noexcept {
  pthread_once(&key_once, make_key);
  if (!key_made) return false;
  hook.next = static_cast<ThreadExit*>(pthread_getspecific(key));
  return pthread_setspecific(key, &hook) == 0;
}

}  // namespace tp::core
