// SPDX-License-Identifier: MIT
// Callables as tasks, sources and callbacks. Declare them before the pool that runs them.
#pragma once

#include <tpool/tpool.h>

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

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

// Waits in a task until somebody asks it to stop.
inline void await_stop() {
  await("the stop flag", [] { return tp_task_stop_requested() == 1; });
}

// A task that runs until it is asked to stop.
struct Patient : Step {
  Patient()
      : Step([this] {
          started.arrive();
          await_stop();
        }) {}

  Arrivals started;
};

// A task that waits at its gate.
template <class Item, class Value>
struct HeldTask : Task<Item, Value> {
  HeldTask()
      : Task<Item, Value>([this](const Item*, [[maybe_unused]] Value* value) {
          gate.wait();
          if constexpr (!std::is_void_v<Value>) *value = {};
          return 0;
        }) {}

  Gate gate;
};
using HeldStep = HeldTask<void, void>;

// value = 2 * item + 1
struct Odd : Task<int, int> {
  Odd() : Task([](const int* x, int* y) { return *y = 2 * *x + 1, 0; }) {}
};

// 0 … n-1, as items.
inline std::vector<int> range(std::size_t n) {
  std::vector<int> items(n);
  std::iota(items.begin(), items.end(), 0);
  return items;
}

// The values of Odd for these items.
inline std::vector<int> odds(std::size_t n) {
  std::vector<int> values = range(n);
  for (int& value : values) value = 2 * value + 1;
  return values;
}

// A for of nothing.
inline int empty_range(void*, std::size_t, std::size_t) { return 0; }

// The function of a for: Body::run, with the body as its ctx.
struct Body {
  explicit Body(std::function<int(std::size_t begin, std::size_t end)> f) : body(std::move(f)) {}

  static int run(void* self, std::size_t begin, std::size_t end) {
    return static_cast<Body*>(self)->body(begin, end);
  }

  std::function<int(std::size_t, std::size_t)> body;
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

// Zeroed job options but for the flags, with callbacks that count and then call a function.
struct Job : tp_job_options_t {
  explicit Job(std::uint32_t job_flags = 0) : tp_job_options_t{} {
    size = sizeof(tp_job_options_t);
    flags = job_flags;
  }
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

// A job with a deadline.
struct Timed : Job {
  explicit Timed(double seconds) { deadline = seconds; }
};

// A job with chunks of a size, and for a stream a window.
struct Chunked : Job {
  explicit Chunked(std::size_t chunks, std::size_t window = 0) {
    chunksize = chunks;
    buffersize = window;
  }
};

}  // namespace support
