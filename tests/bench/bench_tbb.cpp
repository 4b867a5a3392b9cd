// SPDX-License-Identifier: MIT
// oneTBB: task_group, whose waiting thread takes part, and enqueue, which only workers run.
#include <tbb/tbb.h>

#include "harness.hpp"

namespace {

// workers threads besides the caller.
struct Enqueue {
  static constexpr auto name = "enqueue";
  static constexpr bool process_wide = true;

  explicit Enqueue(size_t workers)
      : control_(tbb::global_control::max_allowed_parallelism, workers + 1),
        arena_(static_cast<int>(workers), 0) {}

  template <void (*fn)(void*)>
  void submit(void* arg) {
    arena_.enqueue([this, arg] {
      fn(arg);
      done_.add();
    });
  }
  void wait(size_t total) { done_.wait(total); }

  template <uint64_t (*fn)(uint64_t)>
  std::future<uint64_t> async(uint64_t i) {
    return bench::promise_through<fn>([this](auto f) { arena_.enqueue(std::move(f)); }, i);
  }
  uint64_t take(std::future<uint64_t>& future) { return future.get(); }

 private:
  bench::Done done_;
  tbb::global_control control_;
  tbb::task_arena arena_;
};

// workers threads in all: the caller is one of them.
template <class Library>
struct InArena {
  template <class Body>
  static bench::Sample within(size_t workers, Body body) {
    tbb::global_control control(tbb::global_control::max_allowed_parallelism, workers);
    tbb::task_arena arena(static_cast<int>(workers), 1);
    return arena.execute([&] {
      Library library;
      return body(library);
    });
  }
};

struct Group : InArena<Group> {
  static constexpr auto name = "task_group";
  static constexpr bool helps = true;

  template <void (*fn)(void*)>
  void submit(void* arg) {
    group_.run([arg] { fn(arg); });
  }
  void wait(size_t) { group_.wait(); }

  // A group of one task is the library's nearest thing to a future.
  struct Future {
    tbb::task_group group;
    uint64_t value = 0;
  };
  template <uint64_t (*fn)(uint64_t)>
  std::unique_ptr<Future> async(uint64_t i) {
    auto future = std::make_unique<Future>();
    future->group.run([to = future.get(), i] { to->value = fn(i); });
    return future;
  }
  uint64_t take(std::unique_ptr<Future>& future) {
    auto last = std::move(future);
    last->group.wait();
    return last->value;
  }

  uint64_t fib(uint64_t n) {
    if (n < 2) return n;
    uint64_t spawned = 0;
    tbb::task_group group;
    group.run([&] { spawned = fib(n - 1); });
    const uint64_t other = fib(n - 2);
    group.wait();
    return spawned + other;
  }

 private:
  tbb::task_group group_;
};

struct ParallelFor : InArena<ParallelFor> {
  static constexpr auto name = "parallel_for";
  static constexpr bool helps = true;

  template <class Body>
  void for_range(size_t n, const Body& body) {
    tbb::parallel_for(tbb::blocked_range<size_t>(0, n),
                      [&](const auto& range) { body(range.begin(), range.end()); });
  }
  template <class Body>
  void for_each(size_t n, const Body& body) {
    tbb::parallel_for(size_t{0}, n, body);
  }
  double sum(const std::vector<double>& in) {
    return tbb::parallel_reduce(
        tbb::blocked_range<size_t>(0, in.size()), 0.0,
        [&](const auto& range, double sum) {
          for (size_t i = range.begin(); i < range.end(); ++i) sum += in[i];
          return sum;
        },
        std::plus<>());
  }
};

struct Pipeline : InArena<Pipeline> {
  static constexpr auto name = "parallel_pipeline";

  template <class Sink>
  void stream(size_t n, Sink& sink) {
    using tbb::filter_mode;
    uint64_t next = 0;
    auto source = [&](tbb::flow_control& control) -> uint64_t {
      if (next == n) control.stop();
      return next == n ? 0 : next++;
    };
    auto square = [](uint64_t i) { return bench::square_plus_one(i); };
    auto last = [&sink](uint64_t value) { sink(value); };
    tbb::parallel_pipeline(
        bench::stream_window,
        tbb::make_filter<void, uint64_t>(filter_mode::serial_in_order, source) &
            tbb::make_filter<uint64_t, uint64_t>(filter_mode::parallel, square) &
            tbb::make_filter<uint64_t, void>(filter_mode::serial_in_order, last));
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run<Enqueue, Group, ParallelFor, Pipeline>(argc, argv);
}
