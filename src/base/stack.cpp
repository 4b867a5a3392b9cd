// SPDX-License-Identifier: MIT
// Where a thread's stack ends. Stage: base, used by all.
#include "base/stack.h"

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/thread_exit.h"

namespace tp::core {
namespace {

constexpr std::size_t kMostReserved = 128 * 1024;

struct Kept {
  StackReserve reserve;
  bool is_known = false;
};

StackReserve find() noexcept {
  StackReserve reserve;
  pthread_attr_t attr;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return reserve;
  if (pthread_attr_getstack(&attr, &low, &size) == 0)
    reserve = {reinterpret_cast<std::uintptr_t>(low), std::min(size / 4, kMostReserved)};
  pthread_attr_destroy(&attr);
  return reserve;
}

}  // namespace

StackReserve stack_reserve() noexcept {
  Kept* const kept = per_thread<Kept>(PerThread::stack);
  if (!kept) return find();
  if (!std::exchange(kept->is_known, true)) kept->reserve = find();
  return kept->reserve;
}

}  // namespace tp::core
