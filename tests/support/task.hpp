// SPDX-License-Identifier: MIT
// Callables as tasks, sources and callbacks. Declare them before the pool that runs them.
#pragma once

#include <tpool/tpool.h>

#include <atomic>
#include <climits>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "support/gate.hpp"

namespace support {

template <class T>
constexpr std::size_t kSizeOf = sizeof(T);
template <>
inline constexpr std::size_t kSizeOf<void> = 0;

// payload_drop, ctx_drop and the like for a pointer to a counter.
inline void count_drop(void* counter) { ++*static_cast<std::atomic<int>*>(counter); }

template <class Item, class Value>
struct Task : tp_task_t {
  using Body = std::function<int(const Item*, Value*)>;

  explicit Task(Body f) : tp_task_t{}, body(std::move(f)) {
    size = sizeof(tp_task_t);
    fn = run;
    ctx = this;
    item_size = kSizeOf<Item>;
    value_size = kSizeOf<Value>;
  }

  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  Task& count_drops() {
    ctx_drop = [](void* self) { ++static_cast<Task*>(self)->drops; };
    return *this;
  }

  Body body;
  std::atomic<int> drops{0};

 private:
  static int run(void* self, const void* item, void* value) {
    return static_cast<Task*>(self)->body(static_cast<const Item*>(item),
                                          static_cast<Value*>(value));
  }
};

// A task without input and output that succeeds.
struct Step : Task<void, void> {
  explicit Step(std::function<void()> f)
      : Task([f = std::move(f)](const void*, void*) { return f(), 0; }) {}
};

// A task that says that it has started, and then waits at its gate.
template <class Item, class Value>
struct HeldTask : Task<Item, Value> {
  HeldTask()
      : Task<Item, Value>([this](const Item*, [[maybe_unused]] Value* value) {
          started.arrive();
          gate.wait();
          if constexpr (!std::is_void_v<Value>) *value = {};
          return 0;
        }) {}

  Arrivals started;
  Gate gate;
};
using HeldStep = HeldTask<void, void>;

// value = 2 * item + 1
struct Odd : Task<int, int> {
  Odd() : Task([](const int* x, int* y) { return *y = 2 * *x + 1, 0; }) {}
};

template <class Item>
struct Source {
  explicit Source(std::function<int(Item*)> f) : body(std::move(f)) {}

  static int pull(void* self, void* item) {
    return static_cast<Source*>(self)->body(static_cast<Item*>(item));
  }
  static void drop(void* self) { ++static_cast<Source*>(self)->drops; }

  std::function<int(Item*)> body;
  std::atomic<int> drops{0};
};

// 0 … n-1; without an end by default.
struct Numbers : Source<int> {
  explicit Numbers(int n = INT_MAX)
      : Source([this, n](int* item) {
          if (pulled >= n) return 0;
          *item = pulled++;
          return 1;
        }) {}

  std::atomic<int> pulled{0};
};

// Zeroed job options, with callbacks that count and then call a function.
struct Job : tp_job_options_t {
  Job() : tp_job_options_t{} { size = sizeof(tp_job_options_t); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Job& listen(std::function<void(tp_result_t*)> f = nullptr) {
    then = std::move(f);
    user = this;
    callback = [](void* self, tp_result_t* result) {
      ++static_cast<Job*>(self)->successes;
      static_cast<Job*>(self)->called(result);
    };
    error_callback = [](void* self, tp_result_t* result) {
      ++static_cast<Job*>(self)->failures;
      static_cast<Job*>(self)->called(result);
    };
    return *this;
  }

  std::function<void(tp_result_t*)> then;
  std::atomic<int> successes{0};
  std::atomic<int> failures{0};

 private:
  void called(tp_result_t* result) {
    if (then) then(result);
  }
};

// A job whose callbacks count.
struct Listening : Job {
  explicit Listening(std::function<void(tp_result_t*)> f = nullptr) { listen(std::move(f)); }
};

// A job with chunks of a size, and for a stream a window.
struct Chunked : Job {
  explicit Chunked(std::size_t chunks, std::size_t window = 0) {
    chunksize = chunks;
    buffersize = window;
  }
};

}  // namespace support
