// SPDX-License-Identifier: MIT
// What the machine gives without any pool: raw threads, and a bare futex hand-off.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.hpp"

namespace {

using bench::Sample;

// body(k) on so many threads, the caller's among them.
template <class Body>
void in_threads(size_t workers, const Body& body) {
  std::vector<std::thread> threads;
  for (size_t k = 1; k < workers; ++k) threads.emplace_back([&body, k] { body(k); });
  body(0);
  for (std::thread& thread : threads) thread.join();
}

// Parts of equal size, one for each thread.
struct Parts {
  size_t workers;

  template <class Body>
  void for_range(size_t n, const Body& body) {
    in_threads(workers, [&](size_t k) { body(n * k / workers, n * (k + 1) / workers); });
  }
  template <class Body>
  void for_each(size_t n, const Body& body) {
    for_range(n, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) body(i);
    });
  }
  template <class F, class Range>
  std::vector<double> map_new(F f, const Range& range) {
    std::vector<double> values(range.size());
    for_range(range.size(), [&, to = values.data()](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) to[i] = f(range[i]);
    });
    return values;
  }
};

// One item at a time, from a counter that all threads share.
struct Counter {
  size_t workers;

  template <class Body>
  void for_each(size_t n, const Body& body) {
    std::atomic<size_t> next{0};
    in_threads(workers, [&](size_t) {
      for (size_t i = 0; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;) body(i);
    });
  }
};

// Threads that each run the same share of the tasks.
struct Shares {
  size_t workers, tasks = 0;
  void* arg = nullptr;

  template <void (*fn)(void*)>
  void submit(void* with) {
    static_assert(fn == bench::sleep_1ms);
    arg = with;
    ++tasks;
  }
  void wait(size_t) {
    Counter{workers}.for_each(tasks, [this](size_t) { bench::sleep_1ms(arg); });
  }
};

// A number that one thread sets and another waits for.
struct Cell {
  alignas(64) std::atomic<uint32_t> value{0};

  void set(uint32_t to) {
    value.store(to);
    syscall(SYS_futex, &value, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  uint32_t wait_for_change(uint32_t from) {
    while (value.load() == from)
      syscall(SYS_futex, &value, FUTEX_WAIT_PRIVATE, from, nullptr, nullptr, 0);
    return value.load();
  }
};

// A thread that sends back the number it is sent.
class Echo {
 public:
  ~Echo() {
    request_.set(stop);
    thread_.join();
  }

  template <uint64_t (*fn)(uint64_t)>
  uint64_t call(uint64_t i) {
    const uint32_t from = static_cast<uint32_t>(i);
    request_.set(from + 1);
    return fn(uint64_t{reply_.wait_for_change(from)} - 1);
  }

 private:
  static constexpr uint32_t stop = UINT32_MAX;

  Cell request_, reply_;
  std::thread thread_{[this] {
    for (uint32_t i = 0; (i = request_.wait_for_change(i)) != stop;) reply_.set(i);
  }};
};

template <class Library, class Measure>
bench::Program::Run with(Measure measure) {
  return [measure](size_t workers, size_t n) {
    Library library{workers};
    return measure(library, n);
  };
}

}  // namespace

int main(int argc, char** argv) {
  bench::Program program;
  const char* raw = "raw threads";
  auto hand_off = [](auto measure) {
    return [measure](size_t, size_t n) {
      Echo echo;
      return measure(echo, n);
    };
  };
  auto after = [&](std::chrono::microseconds pause) {
    return hand_off([pause](Echo& e, size_t) { return bench::sporadic_round_trips(e, pause); });
  };
  const char* bare = "futex hand-off";
  program.add("W3", bare, 1, hand_off([](Echo& e, size_t) { return bench::round_trips(e); }));
  program.add("W3-p99", bare, 1,
              hand_off([](Echo& e, size_t) { return bench::round_trips(e, 0.99); }));
  program.add("W3-idle", bare, 1, after(std::chrono::microseconds(500)));
  program.add("W3-ms", bare, 1, after(std::chrono::milliseconds(1)));
  program.add("W3-frame", bare, 1, after(std::chrono::milliseconds(16)));
  program.add("W3-calls", bare, 1,
              hand_off([](Echo& e, size_t n) { return bench::traced_round_trips(e, n); }));
  program.add("W4-range", raw, 10000000,
              with<Parts>([](Parts& parts, size_t n) { return bench::big_range(parts, n); }));
  program.add("W4-item", raw, 10000000,
              with<Parts>([](Parts& parts, size_t n) { return bench::big_item(parts, n); }));
  program.add("W4-inlined", raw, 10000000,
              with<Parts>([](Parts& parts, size_t n) { return bench::big_inlined(parts, n); }));
  program.add("W4-map", raw, 10000000,
              with<Parts>([](Parts& parts, size_t n) { return bench::big_map(parts, n); }));
  program.add("W4-index", raw, 10000000,
              with<Parts>([](Parts& parts, size_t n) { return bench::big_index_map(parts, n); }));
  for (bool sorted : {false, true})
    program.add(sorted ? "W6-sorted" : "W6-shuffled", raw, 1,
                with<Counter>([sorted](Counter& counter, size_t) {
                  return bench::skewed_loop(counter, counter.workers, sorted);
                }));
  program.add("neighbour", raw, 1, with<Counter>([](Counter& counter, size_t) {
                return bench::beside_neighbour(
                    [&](size_t n, const auto& body) { counter.for_each(n, body); });
              }));
  program.add("W9-create", raw, 1, [](size_t workers, size_t) {
    return bench::make_and_end([=] { in_threads(workers + 1, [](size_t) {}); });
  });
  program.add("W10", raw, 10000, with<Shares>([](Shares& shares, size_t n) {
                return bench::sleepers(shares, n, shares.workers);
              }));
  return program.run(argc, argv);
}
