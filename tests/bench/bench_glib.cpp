// SPDX-License-Identifier: MIT
// GLib's GThreadPool, which has tasks without results and no loops.
#include <glib.h>

#include <atomic>

#include "harness.hpp"

namespace {

using bench::Sample;

struct Pool {
  GThreadPool* handle;

  Pool(GFunc run, void* ctx, size_t workers)
      : handle(g_thread_pool_new(run, ctx, static_cast<gint>(workers), TRUE, nullptr)) {}
  ~Pool() { g_thread_pool_free(handle, FALSE, TRUE); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
};

Sample fire_and_forget(size_t workers) {
  alignas(64) std::atomic<size_t> done{0};
  size_t submitted = 0;
  auto run = [](void* slot, void* count) {
    bench::increment(static_cast<uint32_t*>(slot));
    static_cast<std::atomic<size_t>*>(count)->fetch_add(1, std::memory_order_release);
  };
  Pool pool(run, &done, workers);
  auto submit = [&](uint32_t* slot) {
    ++submitted;
    g_thread_pool_push(pool.handle, slot, nullptr);
  };
  auto wait = [&] {
    while (done.load(std::memory_order_acquire) < submitted) std::this_thread::yield();
  };
  return bench::fire_and_forget(submit, wait);
}

using Closure = std::function<void()>;

void run_closure(void* data, void*) {
  std::unique_ptr<Closure> closure(static_cast<Closure*>(data));
  (*closure)();
}

std::future<uint64_t> async(Pool& pool, uint64_t i) {
  auto push = [&](Closure f) {
    g_thread_pool_push(pool.handle, new Closure(std::move(f)), nullptr);
  };
  return bench::promise_through(push, i);
}

Sample submit_and_get(size_t workers) {
  Pool pool(run_closure, nullptr, workers);
  return bench::submit_and_get([&](uint64_t i) { return async(pool, i); },
                               [](auto& future) { return future.get(); });
}

Sample round_trip(size_t workers, bool idle) {
  Pool pool(run_closure, nullptr, workers);
  return bench::round_trip([&](uint64_t i) { return async(pool, i).get(); }, idle);
}

const std::vector<bench::Case> cases = {
    {"W1", "push", fire_and_forget},
    {"W1f", "push", submit_and_get},
    {"W3", "push", [](size_t w) { return round_trip(w, false); }},
    {"W3-idle", "push", [](size_t w) { return round_trip(w, true); }},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, cases); }
