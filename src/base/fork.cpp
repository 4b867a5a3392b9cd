// SPDX-License-Identifier: MIT
// The fork counter. Stage: base, used by all.
#include "base/fork.h"

#include <pthread.h>

#include <atomic>
#include <cstddef>

namespace tp::core {

std::atomic<std::uint32_t> forks{0};

namespace {

std::atomic<void (*)()> resets[4];
pthread_once_t watch_once = PTHREAD_ONCE_INIT;
bool watching = false;

void in_child() {
  forks.fetch_add(1);
  for (auto& reset : resets)
    if (auto* run = reset.load()) run();
}

}  // namespace

bool watch_forks() noexcept {
  pthread_once(&watch_once, [] { watching = pthread_atfork(nullptr, nullptr, in_child) == 0; });
  return watching;
}

void on_fork_child(void (*reset)()) noexcept {
  for (auto& slot : resets) {
    void (*none)() = nullptr;
    if (slot.compare_exchange_strong(none, reset) || none == reset) return;
  }
}

}  // namespace tp::core
