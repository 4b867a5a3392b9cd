// SPDX-License-Identifier: MIT
// What a benchmark program tells of its library. It has one class for each way of using it, made
// from the number of workers, with those of these members that the library offers:
//
//   name                       how the table calls this way
//   submit<fn>(arg)            starts fn(arg); any thread may, unless one_submitter is there
//   wait(total)                waits until so many submits have run since the start
//   async<fn>(i), take(handle) starts fn(i); yields its value
//   call<fn>(i)                runs fn(i) and yields its value
//   for_range(n, body)         runs body(begin, end) over 0 ... n-1 in parts
//   for_each(n, body)          runs body(i) for each
//   map(fn, in, out)           runs the C function fn on each of the doubles
//   map_inlined(in, out)       runs square_item on each of the doubles, whose code it knows
//   map_new(f, range)          yields a new vector of what f makes of each element
//   sum(values)                yields the sum of the doubles
//   fib(n)                     by one spawn in each call
//   chain(n), finish(chain)    a promise with a chain of n continuations; sets it and yields the last value
//   join(n), finish(join)      one result that waits for n promises; sets them and waits
//   stream(n, sink)            maps 0 ... n-1 to i*i+1 and gives the values to sink in order
//   within(workers, body)      static: makes the library and runs body(library) where it must run
//   helps                      the calling thread takes part
//   process_wide               its threads outlive it
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>

#include "loops.hpp"
#include "stream.hpp"
#include "tasks.hpp"

namespace bench {

struct AnyRange {
  void operator()(size_t, size_t) const {}
};
struct AnyItem {
  void operator()(size_t) const {}
};
struct AnySink {
  void operator()(uint64_t) const {}
};

template <class L>
concept Submits = requires(L& l) { l.template submit<increment>(nullptr); };
template <class L>
concept HasHandles = requires(L& l) { l.template async<identity>(0); };
template <class L>
concept Calls = requires(L& l) { l.template call<identity>(0); };
template <class L>
concept LoopsOverRanges = requires(L& l, AnyRange body) { l.for_range(1, body); };
template <class L>
concept LoopsOverItems = requires(L& l, AnyItem body) { l.for_each(1, body); };
template <class L>
concept MapsRanges = requires(L& l, double (*f)(double), std::vector<double>& v) {
  l.map_new(f, v);
};
template <class L>
concept Sums = requires(L& l, const std::vector<double>& v) {
  l.sum(v);
};
template <class L>
concept Forks = requires(L& l) {
  l.fib(1);
};
template <class L>
concept Follows = requires(L& l) {
  l.chain(1);
  l.join(1);
};
template <class L>
concept Streams = requires(L& l, AnySink sink) { l.stream(1, sink); };
template <class L>
concept Helps = requires { L::helps; };
template <class L>
concept OneSubmitter = requires { L::one_submitter; };
template <class L>
concept ProcessWide = requires { L::process_wide; };

// Makes the library and returns measure(library).
template <class L, class Measure>
Sample within(size_t workers, Measure measure) {
  if constexpr (requires { L::within(workers, measure); }) {
    return L::within(workers, measure);
  } else {
    L library(workers);
    return measure(library);
  }
}

// Counts the tasks that have run, for a library that can't wait for all of them.
class Done {
 public:
  void add() {
    if (count_.fetch_add(1) + 1 == awaited_.load()) count_.notify_one();
  }
  void wait(size_t total) {
    awaited_ = static_cast<uint32_t>(total);
    for (uint32_t seen = 0; (seen = count_.load()) < total;) count_.wait(seen);
  }

 private:
  alignas(64) std::atomic<uint32_t> count_{0};
  std::atomic<uint32_t> awaited_{0};
};

// For a library without results: starts fn(i) by push, which takes a copyable callable.
template <uint64_t (*fn)(uint64_t), class Push>
std::future<uint64_t> promise_through(Push push, uint64_t i) {
  auto promise = std::make_shared<std::promise<uint64_t>>();
  auto future = promise->get_future();
  push([promise, i] { promise->set_value(fn(i)); });
  return future;
}

}  // namespace bench
