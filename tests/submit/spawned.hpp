// SPDX-License-Identifier: MIT
// Callables that are spawned, and items that spawn.
#pragma once

#include "support/test.hpp"

namespace spawned {

// A callable that can be spawned.
struct Part {
  template <class F>
  explicit Part(F f) : body(std::move(f)) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  static int run(void* self) { return static_cast<Part*>(self)->body(); }
  int spawn() { return tp_spawn(&spawned, run, this); }
  int sync() { return tp_sync(&spawned); }

  std::function<int()> body;
  tp_spawn_t spawned{};
};

struct Call {
  int n;
  long value;
};

inline int fib(void* ctx) {
  auto& call = *static_cast<Call*>(ctx);
  if (call.n < 2) return call.value = call.n, 0;
  Call a{call.n - 1, 0}, b{call.n - 2, 0};
  tp_spawn_t spawned;
  if (tp_spawn(&spawned, fib, &a) != TP_OK) return 1;
  const int failed = fib(&b);
  if (tp_sync(&spawned) != TP_OK) return 1;
  call.value = a.value + b.value;
  return failed;
}

inline int fib_of_item(const int* n, long* value) {
  Call call{*n, 0};
  const int failed = fib(&call);
  return *value = call.value, failed;
}

struct Fib : support::Task<int, long> {
  Fib() : Task(fib_of_item) {}
};

// Goes deeper and deeper, until a sync is refused: then it says so to what ctx points to.
struct Endless {
  static int run(void* deepest) {
    tp_spawn_t spawned;
    if (tp_spawn(&spawned, run, deepest) != TP_OK) return 1;
    const int status = tp_sync(&spawned);
    if (status == TP_EDEADLK) *static_cast<std::atomic<bool>*>(deepest) = true;
    return 0;
  }
};

// Runs a body as an item on a worker.
inline int run(tp_pool_t* pool, std::function<int()> body) {
  support::Task<void, void> task([&](const void*, void*) { return body(); });
  return tp_pool_apply(pool, &task, nullptr, nullptr);
}

}  // namespace spawned
