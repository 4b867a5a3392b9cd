// SPDX-License-Identifier: MIT
// The pthread key behind ThreadExit and PerThread. Stage: base, used by all.
#include "base/thread_exit.h"

#include <pthread.h>

namespace tp::core {

thread_local constinit void** kept_by_thread = nullptr;

namespace {

/// What the key holds for a thread.
struct Belongings {
  ThreadExit* exits = nullptr;
  void* kept[kPerThread] = {};
};

pthread_key_t exit_key;
pthread_once_t key_once = PTHREAD_ONCE_INIT;
bool key_made = false;

/// A clean-up may use what the thread keeps, and register another. It may even end the thread, which then
/// comes back here for the rest. After 64 clean-ups this gives up: one may register itself each time.
void run_all(void* belongings) {
  constexpr int kMost = 64;
  auto* const mine = static_cast<Belongings*>(belongings);
  pthread_setspecific(exit_key, mine);
  for (int i = 0; mine->exits && i < kMost; ++i) {
    ThreadExit* const hook = mine->exits;
    mine->exits = hook->next;
    hook->run(*hook);
  }
  pthread_setspecific(exit_key, nullptr);
  kept_by_thread = nullptr;
  for (void* const memory : mine->kept) std::free(memory);
  delete mine;
}

Belongings* belongings() noexcept {
  pthread_once(&key_once, [] { key_made = pthread_key_create(&exit_key, run_all) == 0; });
  if (!key_made) return nullptr;
  if (void* const mine = pthread_getspecific(exit_key)) return static_cast<Belongings*>(mine);
  auto* const made = new (std::nothrow) Belongings;
  if (made && pthread_setspecific(exit_key, made) == 0) {
    kept_by_thread = made->kept;
    return made;
  }
  delete made;
  return nullptr;
}

}  // namespace

bool at_thread_exit(ThreadExit& hook) noexcept {
  Belongings* const mine = belongings();
  if (!mine) return false;
  hook.next = mine->exits;
  mine->exits = &hook;
  return true;
}

void** per_thread_slot(PerThread what) noexcept {
  Belongings* const mine = belongings();
  return mine ? &mine->kept[static_cast<unsigned>(what)] : nullptr;
}

}  // namespace tp::core
