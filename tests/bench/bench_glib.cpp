// SPDX-License-Identifier: MIT
// GLib's GThreadPool, which has tasks without results and no loops.
#include <glib.h>

#include <functional>

#include "harness.hpp"

namespace {

// The function is that of the pool, a task is what it is given.
class Pool {
 public:
  Pool(GFunc run, void* user, size_t workers)
      : pool_(g_thread_pool_new(run, user, static_cast<gint>(workers), TRUE, nullptr)) {}
  ~Pool() { g_thread_pool_free(pool_, FALSE, TRUE); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void push(void* task) { g_thread_pool_push(pool_, task, nullptr); }

 private:
  GThreadPool* pool_;
};

struct Push {
  static constexpr auto name = "push";

  explicit Push(size_t workers) : pool_(run, this, workers) {}

  // Another function than before needs all tasks to have started.
  template <void (*fn)(void*)>
  void submit(void* arg) {
    fn_.store(fn, std::memory_order_relaxed);
    pool_.push(arg);
  }
  void wait(size_t total) { done_.wait(total); }

  template <uint64_t (*fn)(uint64_t)>
  std::future<uint64_t> async(uint64_t i) {
    return bench::promise_through<fn>(
        [this](Closure f) { submit<run_closure>(new Closure(std::move(f))); }, i);
  }
  uint64_t take(std::future<uint64_t>& future) { return future.get(); }

 private:
  using Closure = std::function<void()>;

  static void run_closure(void* arg) {
    std::unique_ptr<Closure> closure(static_cast<Closure*>(arg));
    (*closure)();
  }
  static void run(void* arg, void* self) {
    auto* push = static_cast<Push*>(self);
    push->fn_.load(std::memory_order_relaxed)(arg);
    push->done_.add();
  }

  bench::Done done_;
  std::atomic<void (*)(void*)> fn_{nullptr};
  Pool pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<Push>(argc, argv); }
