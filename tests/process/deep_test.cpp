// SPDX-License-Identifier: MIT
// Waits in tasks that wait in tasks, deeper than any stack: refused in time, never an overflow.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kDepth = 100'000;

// As long as it lives, threads begin with stacks of this size.
class StackSize {
 public:
  explicit StackSize(std::size_t bytes) {
    pthread_attr_init(&attr_);
    pthread_getattr_default_np(&attr_);
    pthread_attr_getstacksize(&attr_, &before_);
    set(bytes);
  }
  ~StackSize() {
    set(before_);
    pthread_attr_destroy(&attr_);
  }
  StackSize(const StackSize&) = delete;
  StackSize& operator=(const StackSize&) = delete;

 private:
  void set(std::size_t bytes) {
    if (pthread_attr_setstacksize(&attr_, bytes) != 0 || pthread_setattr_default_np(&attr_) != 0)
      give_up("a stack size that the system takes");
  }

  pthread_attr_t attr_;
  std::size_t before_ = 0;
};

// Each task gives the next to the pool, waits for it, and counts how that went.
struct Chain {
  bool blocking;
  std::atomic<int> ran{0}, refused{0}, wrong{0};
  Task<int, void> task{[this](const int* depth, void*) {
    ++ran;
    if (*depth == kDepth) return 0;
    const int status = go_on(*depth + 1);
    if (status == TP_EDEADLK)
      ++refused;
    else if (status != TP_OK)
      ++wrong;
    return 0;
  }};

  int go_on(int next) {
    if (blocking) return tp_pool_apply(tp_worker_pool(), &task, &next, nullptr);
    Result result;
    const int accepted = tp_pool_apply_async(tp_worker_pool(), &task, &next, nullptr, result.out());
    return accepted == TP_OK ? result.wait() : accepted;
  }
};

}  // namespace

// The tools that watch stacks keep no such depth: ThreadSanitizer at most 65,536 frames, and frames
// are many times larger with AddressSanitizer.
TEST_CASE("a chain of 100000 waits on one worker and on small stacks") {
  if (kSanitized) return;
  const std::size_t stack = GENERATE(as<std::size_t>{}, 32 << 10, 64 << 10, 8 << 20, 64 << 20);
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 4);
  const bool blocking = GENERATE(false, true);
  CAPTURE(stack, workers, blocking);
  const StackSize small(stack);
  Chain chain{blocking};
  Pool pool(workers);
  const int depth = 1;
  REQUIRE(tp_pool_apply(pool, &chain.task, &depth, nullptr) == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(chain.wrong == 0);
  CHECK((chain.refused > 0 || chain.ran == kDepth));
#if defined(__OPTIMIZE__)  // other frames are larger
  CHECK(chain.ran > 10);
#else
  CHECK(chain.ran > 5);
#endif
  // A wait that is refused leaves its task to the worker, a call that is refused leaves none.
  if (!blocking) CHECK(chain.ran == kDepth);
}

// fib(n) by two submitted calls, on one stack.
static int fib(void*, const void* item, void* value) {
  const int n = *static_cast<const int*>(item);
  int& sum = *static_cast<int*>(value);
  if (n < 2) return sum = n, 0;
  const tp_task_t task = TP_TASK(fib, nullptr, int, int);
  const int less[2] = {n - 1, n - 2};
  Result results[2];
  for (int i = 0; i < 2; ++i)
    if (tp_pool_apply_async(tp_worker_pool(), &task, &less[i], nullptr, results[i].out()) != TP_OK)
      return 1;
  sum = 0;
  for (const Result& result : results) {
    void* part = nullptr;
    if (tp_result_get(result, kLong, &part) != TP_OK) return 2;
    sum += *static_cast<int*>(part);
  }
  return 0;
}

TEST_CASE("fib of 20 on one worker") {
  const tp_task_t task = TP_TASK(fib, nullptr, int, int);
  const int n = kThreadSanitizer ? 15 : 20;
  int value = 0;
  Pool pool(1);
  REQUIRE(tp_pool_apply(pool, &task, &n, &value) == TP_OK);
  CHECK(value == (kThreadSanitizer ? 610 : 6765));
}
