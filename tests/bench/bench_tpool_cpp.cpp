// SPDX-License-Identifier: MIT
// libtpool through its C++ layer; a case has the name of the one through the C ABI.
#include <tpool/tpool.hpp>

#include <functional>
#include <ranges>

#include "harness.hpp"

namespace {

class Pool {
 public:
  explicit Pool(size_t workers, bool helps = false) : pool_(options(workers, helps)) {}

 protected:
  tp::ThreadPool pool_;

 private:
  static tp::pool_options options(size_t workers, bool helps) {
    tp::pool_options options;
    options.workers = workers;
    options.caller_helps = helps;
    return options;
  }
};

struct Async : Pool {
  static constexpr auto name = "apply_async";
  using Pool::Pool;
  using Result = tp::AsyncResult<uint64_t>;

  template <void (*fn)(void*)>
  void submit(void* arg) {
    pool_.apply_async(tp::forget, [arg] { fn(arg); });
  }
  void wait(size_t) { pool_.wait_idle(); }

  template <uint64_t (*fn)(uint64_t)>
  Result async(uint64_t i) {
    return pool_.apply_async([i] { return fn(i); });
  }
  uint64_t take(Result& result) { return Result(std::move(result)).get(); }
};

struct Apply : Pool {
  static constexpr auto name = "apply";
  using Pool::Pool;

  template <uint64_t (*fn)(uint64_t)>
  uint64_t call(uint64_t i) {
    return pool_.apply([i] { return fn(i); });
  }
};

struct Reduce : Pool {
  static constexpr auto name = "reduce";
  using Pool::Pool;

  double sum(const std::vector<double>& in) { return pool_.reduce(in, 0.0, std::plus<>()); }
};

struct Map : Pool {
  static constexpr auto name = "map";
  using Pool::Pool;

  template <class Body>
  void for_each(size_t n, const Body& body) {
    pool_.map([&body](size_t i) { body(i); }, std::views::iota(size_t{0}, n));
  }
  void map(bench::ItemFn fn, const std::vector<double>& in, std::vector<double>& out) {
    auto body = [fn](const double& item) {
      double value = 0;
      fn(nullptr, &item, &value);
      return value;
    };
    out = pool_.map(body, in);
  }
  template <class F, class Range>
  std::vector<double> map_new(F f, const Range& range) {
    return pool_.map(f, range);
  }
};

// A call of fib that spawns one of the two calls that it makes, as a task of its own.
struct ForkAsync : Pool {
  static constexpr auto name = "apply_async, get";
  using Pool::Pool;

  uint64_t fib(uint64_t n) {
    return pool_.apply([this, n] { return fork(n); });
  }

 private:
  uint64_t fork(uint64_t n) {
    if (n < 2) return n;
    auto spawned = pool_.apply_async([this, n] { return fork(n - 1); });
    const uint64_t other = fork(n - 2);
    return other + spawned.get();
  }
};

// The same by invoke.
struct Invoke : Pool {
  static constexpr auto name = "invoke";
  using Pool::Pool;

  uint64_t fib(uint64_t n) { return pool_.apply(fork, n); }

 private:
  static uint64_t fork(uint64_t n) {
    if (n < 2) return n;
    const auto [a, b] = tp::invoke([n] { return fork(n - 1); }, [n] { return fork(n - 2); });
    return a + b;
  }
};

// The numbers 0 ... n-1, made as they are pulled.
class Count {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = uint64_t;
    using difference_type = std::ptrdiff_t;
    using pointer = const uint64_t*;
    using reference = uint64_t;

    explicit iterator(uint64_t i) : i_(i) {}
    uint64_t operator*() const { return i_; }
    iterator& operator++() {
      ++i_;
      return *this;
    }
    void operator++(int) { ++i_; }
    bool operator==(const iterator& other) const { return i_ == other.i_; }
    bool operator!=(const iterator& other) const { return i_ != other.i_; }

   private:
    uint64_t i_;
  };

  explicit Count(uint64_t n) : n_(n) {}
  iterator begin() const { return iterator(0); }
  iterator end() const { return iterator(n_); }

 private:
  uint64_t n_;
};

template <size_t chunksize, size_t buffersize>
struct Imap : Pool {
  static constexpr auto name = bench::name_of_imap(chunksize, buffersize);
  using Pool::Pool;

  template <class Sink>
  void stream(size_t n, Sink& sink) {
    tp::options<> how;
    how.chunksize = chunksize;
    how.buffersize = buffersize;
    auto square = [](uint64_t i) { return bench::square_plus_one(i); };
    for (uint64_t value : pool_.imap(square, Count(n), how)) sink(value);
  }
};

struct AsyncHelps : Async {
  static constexpr auto name = "apply_async, helps";
  static constexpr bool helps = true;
  explicit AsyncHelps(size_t workers) : Async(workers, true) {}
};
struct ApplyHelps : Apply {
  static constexpr auto name = "apply, helps";
  static constexpr bool helps = true;
  explicit ApplyHelps(size_t workers) : Apply(workers, true) {}
};
struct ReduceHelps : Reduce {
  static constexpr auto name = "reduce, helps";
  static constexpr bool helps = true;
  explicit ReduceHelps(size_t workers) : Reduce(workers, true) {}
};
struct MapHelps : Map {
  static constexpr auto name = "map, helps";
  static constexpr bool helps = true;
  explicit MapHelps(size_t workers) : Map(workers, true) {}
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run<Async, AsyncHelps, Apply, ApplyHelps, Reduce, ReduceHelps, Map, MapHelps,
                    ForkAsync, Invoke, Imap<0, 0>, Imap<0, bench::stream_window>,
                    Imap<1, bench::stream_window>>(argc, argv);
}
