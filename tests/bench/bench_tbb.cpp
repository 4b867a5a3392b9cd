// SPDX-License-Identifier: MIT
// oneTBB: task_group, whose waiting thread takes part, and enqueue, which only workers run.
#include <tbb/tbb.h>

#include <atomic>

#include "harness.hpp"

namespace {

using bench::Sample;

// workers threads in all: the caller is one of them.
struct Participants {
  tbb::global_control control;
  tbb::task_arena arena;

  explicit Participants(size_t workers)
      : control(tbb::global_control::max_allowed_parallelism, workers),
        arena(static_cast<int>(workers), 1) {}

  template <class Body>
  Sample run(Body body) {
    return arena.execute(body);
  }
};

// workers threads besides the caller.
struct Outside {
  tbb::global_control control;
  tbb::task_arena arena;

  explicit Outside(size_t workers)
      : control(tbb::global_control::max_allowed_parallelism, workers + 1),
        arena(static_cast<int>(workers), 0) {}

  template <class F>
  void push(F f) {
    arena.enqueue(std::move(f));
  }
  std::future<uint64_t> async(uint64_t i) {
    return bench::promise_through([this](auto f) { push(f); }, i);
  }
};

Sample group_fire_and_forget(size_t workers) {
  return Participants(workers).run([] {
    tbb::task_group group;
    auto submit = [&](uint32_t* slot) { group.run([slot] { bench::increment(slot); }); };
    return bench::fire_and_forget(submit, [&] { group.wait(); });
  });
}

Sample enqueue_fire_and_forget(size_t workers) {
  Outside pool(workers);
  alignas(64) std::atomic<size_t> done{0};
  size_t submitted = 0;
  auto submit = [&](uint32_t* slot) {
    ++submitted;
    pool.push([slot, &done] {
      bench::increment(slot);
      done.fetch_add(1, std::memory_order_release);
    });
  };
  auto wait = [&] {
    while (done.load(std::memory_order_acquire) < submitted) std::this_thread::yield();
  };
  return bench::fire_and_forget(submit, wait);
}

// A group of one task is the library's nearest thing to a future.
struct GroupFuture {
  tbb::task_group group;
  uint64_t value = 0;

  explicit GroupFuture(uint64_t i) {
    group.run([this, i] { value = i; });
  }
  uint64_t get() {
    group.wait();
    return value;
  }
};

Sample group_submit_and_get(size_t workers) {
  return Participants(workers).run([] {
    return bench::submit_and_get([](uint64_t i) { return std::make_unique<GroupFuture>(i); },
                                 [](auto& future) { return std::exchange(future, {})->get(); });
  });
}

Sample enqueue_submit_and_get(size_t workers) {
  Outside pool(workers);
  return bench::submit_and_get([&](uint64_t i) { return pool.async(i); },
                               [](auto& future) { return future.get(); });
}

Sample group_round_trip(size_t workers, bool idle) {
  return Participants(workers).run(
      [=] { return bench::round_trip([](uint64_t i) { return GroupFuture(i).get(); }, idle); });
}

Sample enqueue_round_trip(size_t workers, bool idle) {
  Outside pool(workers);
  return bench::round_trip([&](uint64_t i) { return pool.async(i).get(); }, idle);
}

Sample big_range(size_t workers) {
  return Participants(workers).run([] {
    return bench::big_loop([](const double* in, double* out, size_t n) {
      tbb::parallel_for(tbb::blocked_range<size_t>(0, n), [=](const auto& range) {
        bench::square_range(in, out, range.begin(), range.end());
      });
    });
  });
}

Sample big_item(size_t workers) {
  return Participants(workers).run([] {
    return bench::big_loop([fn = bench::ItemFn(bench::opaque_item)](const double* in, double* out,
                                                                    size_t n) {
      tbb::parallel_for(size_t{0}, n, [=](size_t i) { fn(nullptr, in + i, out + i); });
    });
  });
}

Sample small(size_t n, size_t workers) {
  return Participants(workers).run([=] {
    return bench::small_loop(n, [](uint32_t* slots, size_t count) {
      tbb::parallel_for(size_t{0}, count, [=](size_t i) { bench::increment(slots + i); });
    });
  });
}

Sample pipeline(size_t workers) {
  using tbb::filter_mode;
  return Participants(workers).run([] {
    return bench::ordered_stream([](uint64_t n, size_t window, auto sink) {
      uint64_t next = 0;
      auto source = [&](tbb::flow_control& control) -> uint64_t {
        if (next == n) control.stop();
        return next == n ? 0 : next++;
      };
      auto square = [](uint64_t i) { return i * i + 1; };
      tbb::parallel_pipeline(
          window, tbb::make_filter<void, uint64_t>(filter_mode::serial_in_order, source) &
                      tbb::make_filter<uint64_t, uint64_t>(filter_mode::parallel, square) &
                      tbb::make_filter<uint64_t, void>(filter_mode::serial_in_order, sink));
    });
  });
}

const std::vector<bench::Case> cases = {
    {"W1", "task_group", group_fire_and_forget},
    {"W1", "enqueue", enqueue_fire_and_forget},
    {"W1f", "task_group", group_submit_and_get},
    {"W1f", "enqueue", enqueue_submit_and_get},
    {"W3", "enqueue", [](size_t w) { return enqueue_round_trip(w, false); }},
    {"W3-idle", "enqueue", [](size_t w) { return enqueue_round_trip(w, true); }},
    {"W3-helps", "task_group", [](size_t w) { return group_round_trip(w, false); }},
    {"W3-helps-idle", "task_group", [](size_t w) { return group_round_trip(w, true); }},
    {"W4-range", "parallel_for", big_range},
    {"W4-item", "parallel_for", big_item},
    {"W5-2", "parallel_for", [](size_t w) { return small(2, w); }},
    {"W5-64", "parallel_for", [](size_t w) { return small(64, w); }},
    {"W5-1000", "parallel_for", [](size_t w) { return small(1000, w); }},
    {"W8", "parallel_pipeline", pipeline},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, cases); }
