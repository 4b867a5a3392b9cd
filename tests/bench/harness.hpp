// SPDX-License-Identifier: MIT
// What every benchmark program is made of: its library's cases, listed or run one at a time.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "futures.hpp"
#include "library.hpp"
#include "memory.hpp"
#include "rest.hpp"
#include "work.hpp"

namespace bench {

constexpr uint64_t fib_27 = 196418, spawns_of_fib_27 = 317810;

// Runs tasks or loops, each call anew, and tells when the last of them ended.
template <class L>
class Busy {
 public:
  explicit Busy(L& library) : library_(library) {}

  double operator()() {
    if constexpr (Submits<L>) {
      for (int i = 0; i < 1000; ++i) library_.template submit<stamp>(&end_);
      library_.wait(total_ += 1000);
    } else {
      loop_over(library_, 1000, [this](size_t) { stamp(&end_); });
    }
    return end_;
  }

 private:
  static void stamp(void* end) {
    static_cast<std::atomic<double>*>(end)->store(now_ns(), std::memory_order_relaxed);
  }

  L& library_;
  std::atomic<double> end_{0};
  size_t total_ = 0;
};

class Program {
 public:
  using Run = std::function<Sample(size_t workers, size_t n)>;

  // A workload as one way of using the library runs it; n is the default.
  void add(std::string workload, const char* variant, size_t n, Run run) {
    cases_.push_back({std::move(workload), variant, n, std::move(run)});
  }

  // All workloads that the classes' members allow; the first one stands for the library at rest.
  template <class First, class... Others>
  void add_library() {
    add_tasks<First>(), (add_tasks<Others>(), ...);
    add_loops<First>(), (add_loops<Others>(), ...);
    add_forks<First>(), (add_forks<Others>(), ...);
    add_streams<First>(), (add_streams<Others>(), ...);
    add_futures<First>(), (add_futures<Others>(), ...);
    add_memory<First>(), (add_memory<Others>(), ...);
    add_rest<First>();
  }

  // Without arguments lists the cases; with WORKLOAD VARIANT WORKERS [N] runs one and prints its
  // value and CPU time.
  int run(int argc, char** argv) const {
    for (const Case& c : cases_) {
      if (argc < 4) {
        std::printf("%s\t%s\n", c.workload.c_str(), c.variant);
      } else if (argv[1] == c.workload && std::strcmp(argv[2], c.variant) == 0) {
        const size_t n = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : c.n;
        const Sample sample = c.run(std::strtoul(argv[3], nullptr, 10), n);
        std::printf("%.4f\t%.4f\n", sample.value, sample.cpu_ns);
        return 0;
      }
    }
    return argc < 4 ? 0 : 2;
  }

 private:
  struct Case {
    std::string workload;
    const char* variant;
    size_t n;
    Run run;
  };

  // measure(library, workers, n). A way whose calling thread takes part has rows of its own.
  template <class L, class Measure>
  void offer(const char* workload, size_t n, Measure measure) {
    offer_as<L>(std::string(workload) + (Helps<L> ? "-helps" : ""), n, measure);
  }
  template <class L, class Measure>
  void offer_as(std::string workload, size_t n, Measure measure) {
    add(std::move(workload), L::name, n, [measure](size_t workers, size_t count) {
      return within<L>(workers, [&](L& library) { return measure(library, workers, count); });
    });
  }

  template <class L>
  void add_tasks() {
    if constexpr (Submits<L>)
      offer<L>("W1", 1000000, [](L& l, size_t, size_t n) { return fire_and_forget(l, n, 1); });
    if constexpr (HasHandles<L>)
      offer<L>("W1f", 1000000, [](L& l, size_t, size_t n) { return submit_and_get(l, n); });
    if constexpr (Submits<L> && !Helps<L> && !OneSubmitter<L>)
      offer<L>("W2", 1000000, [](L& l, size_t, size_t n) { return fire_and_forget(l, n, 4); });
    if constexpr (HasHandles<L> || Calls<L>) add_round_trips<L>();
    if constexpr (Submits<L>)
      offer<L>("W3-burst", 1000, [](L& l, size_t, size_t n) { return burst_after_silence(l, n); });
    if constexpr (Submits<L> && !Helps<L>)
      offer<L>("W10", 10000, [](L& l, size_t w, size_t n) { return sleepers(l, n, w); });
  }

  template <class L>
  void add_round_trips() {
    auto after = [](std::chrono::microseconds pause) {
      return [pause](L& l, size_t, size_t) { return sporadic_round_trips(l, pause); };
    };
    offer<L>("W3", 1, [](L& l, size_t, size_t) { return round_trips(l); });
    offer<L>("W3-p99", 1, [](L& l, size_t, size_t) { return round_trips(l, 0.99); });
    offer<L>("W3-crowd", 1, [](L& l, size_t, size_t) { return round_trips(l); });
    offer<L>("W3-idle", 1, after(std::chrono::microseconds(500)));
    offer<L>("W3-ms", 1, after(std::chrono::milliseconds(1)));
    offer<L>("W3-frame", 1, after(std::chrono::milliseconds(16)));
    offer<L>("W3-calls", 1, [](L& l, size_t, size_t n) { return traced_round_trips(l, n); });
  }

  template <class L>
  void add_loops() {
    if constexpr (LoopsOverRanges<L>)
      offer<L>("W4-range", 10000000, [](L& l, size_t, size_t n) { return big_range(l, n); });
    if constexpr (LoopsOverItems<L>)
      offer<L>("W4-item", 10000000, [](L& l, size_t, size_t n) { return big_item(l, n); });
    if constexpr (LoopsOverItems<L>)
      offer<L>("W4-inlined", 10000000, [](L& l, size_t, size_t n) { return big_inlined(l, n); });
    if constexpr (Sums<L>)
      offer<L>("W4-sum", 10000000, [](L& l, size_t, size_t n) { return big_sum(l, n); });
    if constexpr (MapsRanges<L>) {
      offer<L>("W4-map", 10000000, [](L& l, size_t, size_t n) { return big_map(l, n); });
      offer<L>("W4-index", 10000000, [](L& l, size_t, size_t n) { return big_index_map(l, n); });
    }
    if constexpr (LoopsOverRanges<L> || LoopsOverItems<L>) {
      auto small = [](L& l, size_t, size_t n) { return small_loop(l, n); };
      offer<L>("W5-2", 2, small);
      offer<L>("W5-64", 64, small);
      offer<L>("W5-1000", 1000, small);
      offer<L>("W6-shuffled", 1, [](L& l, size_t w, size_t) { return skewed_loop(l, w, false); });
      offer<L>("W6-sorted", 1, [](L& l, size_t w, size_t) { return skewed_loop(l, w, true); });
      offer<L>("neighbour", 1, [](L& l, size_t, size_t) {
        return beside_neighbour([&](size_t n, const auto& body) { loop_over(l, n, body); });
      });
    }
  }

  template <class L>
  void add_forks() {
    if constexpr (Forks<L>)
      offer_as<L>("W7", 1, [](L& l, size_t, size_t) {
        return timed_often(spawns_of_fib_27,
                           [&] { check(l.fib(27) == fib_27, "fib(27) is right"); });
      });
  }

  template <class L>
  void add_streams() {
    if constexpr (Streams<L>)
      offer<L>("W8", 1000000, [](L& l, size_t, size_t n) {
        return ordered_stream(n, [&](size_t count, auto& sink) { l.stream(count, sink); });
      });
    else if constexpr (HasHandles<L> && !Helps<L>)
      offer<L>("W8", 1000000, [](L& l, size_t, size_t n) {
        return ordered_stream(n,
                              [&](size_t count, auto& sink) { stream_by_window(l, count, sink); });
      });
  }

  template <class L>
  void add_futures() {
    if constexpr (Follows<L>) {
      const auto time = [](Future of) { return Sample{of.ns, of.cpu_ns}; };
      const auto memory = [](Future of) { return Sample{of.bytes, 0}; };
      offer<L>("W11-then", 1000000, [=](L& l, size_t, size_t n) { return time(chained(l, n)); });
      offer<L>("W11-then-bytes", 1000000,
               [=](L& l, size_t, size_t n) { return memory(chained(l, n)); });
      offer<L>("W11-when", 1000000, [=](L& l, size_t, size_t n) { return time(joined(l, n)); });
      offer<L>("W11-when-bytes", 1000000,
               [=](L& l, size_t, size_t n) { return memory(joined(l, n)); });
    }
  }

  template <class L>
  void add_memory() {
    if constexpr (Submits<L> && !Helps<L>) {
      offer<L>("W9-queued", 1000000, [](L& l, size_t w, size_t n) {
        return Sample{queued(l, n, w).bytes_per_task, 0};
      });
      offer<L>("W9-drained", 1000000, [](L& l, size_t w, size_t n) {
        return Sample{queued(l, n, w).kept, 0};
      });
      offer<L>("W9-burst", 10000000, [](L& l, size_t, size_t n) { return burst(l, 2000, n); });
      offer<L>("W9-long", 100000000, [](L& l, size_t, size_t n) { return burst(l, n / 10, n); });
    }
    if constexpr (Submits<L> && HasHandles<L> && !Helps<L>)
      offer<L>("W9-queued-handle", 1000000, [](L& l, size_t w, size_t n) {
        return Sample{queued_with_handle(l, n, w), 0};
      });
  }

  template <class L>
  void add_rest() {
    offer_as<L>("W9-idle", 1, [](L& l, size_t, size_t) { return idle(Busy<L>(l)); });
    offer_as<L>("W9-quiet", 1, [](L& l, size_t, size_t) { return quiet(Busy<L>(l)); });
    if constexpr (!ProcessWide<L>)
      add("W9-create", L::name, 1,
          [](size_t workers, size_t) { return make_and_end([=] { L library(workers); }); });
  }

  std::vector<Case> cases_;
};

// The main of a program that has one library.
template <class... Ways>
int run(int argc, char** argv) {
  Program program;
  program.add_library<Ways...>();
  return program.run(argc, argv);
}

}  // namespace bench
