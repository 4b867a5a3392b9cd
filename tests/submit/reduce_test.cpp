// SPDX-License-Identifier: MIT
// reduce: partials become one in the order of their items, by the same tree if there is a chunk size.
#include "support/test.hpp"

using namespace support;

namespace {

// A reduce to a T by callables.
template <class T>
struct Reduce : tp_reduce_t {
  using Add = std::function<int(std::size_t, std::size_t, T&)>;
  using Combine = std::function<int(T&, const T&)>;

  Reduce(T of, Add f, Combine g)
      : tp_reduce_t{}, none(of), add_to(std::move(f)), join(std::move(g)) {
    size = sizeof(tp_reduce_t);
    fn = [](void* self, std::size_t begin, std::size_t end, void* partial) {
      return static_cast<Reduce*>(self)->add_to(begin, end, *static_cast<T*>(partial));
    };
    combine = [](void* self, void* into, void* from) {
      return static_cast<Reduce*>(self)->join(*static_cast<T*>(into), *static_cast<T*>(from));
    };
    ctx = this;
    identity = &none;
    value_size = sizeof(T);
  }
  Reduce(const Reduce&) = delete;
  Reduce& operator=(const Reduce&) = delete;

  T none;
  Add add_to;
  Combine join;
};

// x -> factor * x + term: to apply one after the other is associative and not commutative.
struct Affine {
  std::uint64_t factor, term;
  void then(const Affine& next) {
    factor *= next.factor;
    term = term * next.factor + next.term;
  }
  static Affine of(std::size_t i) { return {2 * i + 3, i}; }
  bool operator==(const Affine& other) const {
    return factor == other.factor && term == other.term;
  }
};

int compose(std::size_t begin, std::size_t end, Affine& into) {
  for (std::size_t i = begin; i < end; ++i) into.then(Affine::of(i));
  return 0;
}

// All maps one after the other.
struct Composing : Reduce<Affine> {
  Composing()
      : Reduce({1, 0}, compose,
               [](Affine& into, const Affine& from) { return into.then(from), 0; }) {}
  static Affine expected(std::size_t n) {
    Affine all{1, 0};
    compose(0, n, all);
    return all;
  }
};

// The items' count; a chunk is a call of f first.
struct Counting : Reduce<std::size_t> {
  explicit Counting(std::function<int(std::size_t, std::size_t)> f)
      : Reduce(
            0,
            [f = std::move(f)](std::size_t begin, std::size_t end, std::size_t& n) {
              n += end - begin;
              return f(begin, end);
            },
            [](std::size_t& into, const std::size_t& from) { return into += from, 0; }) {}
};

float part(std::size_t begin, std::size_t end) {
  float sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += 1 / static_cast<float>(i + 1);
  return sum;
}

// A sum of floats, whose bits tell how it was grouped.
struct Harmonic : Reduce<float> {
  Harmonic()
      : Reduce(
            0,
            [](std::size_t begin, std::size_t end, float& sum) {
              return sum += part(begin, end), 0;
            },
            [](float& into, const float& from) { return into += from, 0; }) {}

  // Of a block of chunks, a power of two or what is left of it.
  static float tree(std::size_t n, std::size_t chunk, std::size_t first, std::size_t width) {
    if (width == 1) return part(first * chunk, std::min(n, (first + 1) * chunk));
    const std::size_t middle = first + width / 2;
    const float left = tree(n, chunk, first, width / 2);
    return middle * chunk >= n ? left : left + tree(n, chunk, middle, width / 2);
  }
};

// An error that is the last one of this thread.
struct Failure {
  Failure()
      : status(tp_error_status(tp_last_error())),
        code(tp_error_code(tp_last_error())),
        index(tp_error_index(tp_last_error())) {}
  int status, code;
  std::size_t index;
};

}  // namespace

TEST_CASE("A reduce combines in the order of the items, for every chunk size") {
  const std::size_t workers = worker_counts();
  const std::uint32_t helps = GENERATE(0u, TP_POOL_CALLER_HELPS);
  Pool pool(pool_options(workers, helps));
  Composing composing;
  for (const std::size_t n : {1u, 2u, 7u, 1000u}) {
    for (const std::size_t chunksize : {std::size_t{0}, std::size_t{1}, std::size_t{3}, n - 1, n,
                                        n + 1, SIZE_MAX / 2, SIZE_MAX}) {
      CAPTURE(workers, helps, n, chunksize);
      const Chunked job(chunksize);
      Affine value{0, 0};
      REQUIRE(tp_pool_reduce(pool, &composing, n, &job, &value) == TP_OK);
      CHECK(value == Composing::expected(n));
    }
  }
}

TEST_CASE("A large reduce with automatic chunks is complete and in order") {
  Pool pool(worker_counts());
  Composing composing;
  const Affine expected = Composing::expected(300000);
  for (int i = 0; i < 5; ++i) {
    Affine value{0, 0};
    REQUIRE(tp_pool_reduce(pool, &composing, 300000, nullptr, &value) == TP_OK);
    REQUIRE(value == expected);
  }
}

TEST_CASE("A sum of floats with a chunk size has the same bits in each run, whoever helps") {
  constexpr std::size_t kItems = 10007;
  const std::size_t chunk = GENERATE(1u, 7u, 64u, 5003u);
  std::size_t width = 1;
  while (width * chunk < kItems) width *= 2;
  const float expected = Harmonic::tree(kItems, chunk, 0, width);
  const std::uint32_t helps = GENERATE(0u, TP_POOL_CALLER_HELPS);
  Harmonic harmonic;
  const Chunked job(chunk);
  Pool pool(pool_options(worker_counts(), helps));
  for (int i = 0; i < 10; ++i) {
    float sum = 0;
    REQUIRE(tp_pool_reduce(pool, &harmonic, kItems, &job, &sum) == TP_OK);
    REQUIRE(std::memcmp(&sum, &expected, sizeof sum) == 0);
  }
}

TEST_CASE("A reduce of nothing is the identity, and one to nothing needs no memory") {
  Pool pool(worker_counts());
  Composing composing;
  Counting counting([](std::size_t, std::size_t) { return 0; });
  const Chunked job(GENERATE(0u, 3u));
  Affine value{5, 5};
  CHECK(tp_pool_reduce(pool, &composing, 0, &job, &value) == TP_OK);
  CHECK(value == Affine{1, 0});
  composing.none = {7, 7};
  CHECK(tp_pool_reduce(pool, &composing, 0, &job, &composing.none) == TP_OK);
  CHECK(composing.none == Affine{7, 7});
  std::atomic<std::size_t> ran{0};
  tp_reduce_t plain{};
  plain.size = sizeof plain;
  plain.fn = [](void* n, std::size_t begin, std::size_t end, void*) {
    *static_cast<std::atomic<std::size_t>*>(n) += end - begin;
    return 0;
  };
  plain.combine = [](void*, void*, void*) { return 0; };
  plain.ctx = &ran;
  CHECK(tp_pool_reduce(pool, &plain, 1000, &job, nullptr) == TP_OK);
  CHECK(ran == 1000);
}

TEST_CASE("Partials of many bytes are copies of the identity's") {
  struct Large {
    std::uint64_t words[5000];
  };
  const auto add = [](Large& into, const Large& from) {
    for (std::size_t i = 0; i < 5000; ++i) into.words[i] += from.words[i];
    return 0;
  };
  Reduce<Large> reduce(
      {},
      [](std::size_t begin, std::size_t end, Large& into) {
        for (std::size_t i = begin; i < end; ++i) ++into.words[i % 5000];
        return 0;
      },
      add);
  Pool pool(worker_counts());
  const Chunked job(GENERATE(0u, 100u));
  const auto value = std::make_unique<Large>();
  REQUIRE(tp_pool_reduce(pool, &reduce, 10000, &job, value.get()) == TP_OK);
  CHECK(std::count(value->words, value->words + 5000, 2) == 5000);
}

TEST_CASE("A failed chunk fails the reduce with its code and the lowest index") {
  Counting counting([](std::size_t begin, std::size_t) {
    return begin == 30 || begin == 70 ? static_cast<int>(begin) : 0;
  });
  Pool pool(worker_counts());
  const Chunked job(10);
  std::size_t value = 99;
  REQUIRE(tp_pool_reduce(pool, &counting, 100, &job, &value) == TP_ETASK);
  const Failure failure;
  CHECK(failure.status == TP_ETASK);
  CHECK(failure.code == 30);
  CHECK(failure.index == 30);
  CHECK(value == 99);
}

TEST_CASE("A failed combine fails the reduce with the first item of into") {
  Pool pool(worker_counts());
  const Chunked job(10);
  const std::size_t n = GENERATE(60u, 80u, 95u), first = GENERATE(0u, 40u);
  Reduce<Affine> reduce(
      {100, 0}, [](std::size_t begin, std::size_t, Affine& into) { return into.factor = begin, 0; },
      [&](Affine& into, const Affine&) { return into.factor == first ? 5 : 0; });
  Affine value{9, 9};
  REQUIRE(tp_pool_reduce(pool, &reduce, n, &job, &value) == TP_ETASK);
  const Failure failure;
  CHECK(failure.code == 5);
  CHECK(failure.index == first);
  CHECK(value == Affine{9, 9});
}

TEST_CASE("An exception or the end of the thread in fn or combine leaves value as it is") {
  const bool exits = GENERATE(false, true), in_combine = GENERATE(false, true);
  const auto leave = [=] {
    if (exits) pthread_exit(nullptr);
    throw std::runtime_error("no");
  };
  Reduce<int> reduce(
      0,
      [&](std::size_t begin, std::size_t, int&) {
        if (begin == 50 && !in_combine) leave();
        return 0;
      },
      [&](int&, const int&) {
        if (in_combine) leave();
        return 0;
      });
  Pool pool(worker_counts());
  const Chunked job(10);
  int value = 7;
  CHECK(tp_pool_reduce(pool, &reduce, 100, &job, &value) == (exits ? TP_ELOST : TP_ETASK));
  CHECK(Failure().index == (in_combine ? 0 : 50));
  CHECK(value == 7);
}

TEST_CASE("FAIL_FAST, a deadline and terminate cut a reduce, and leave value as it is") {
  std::size_t value = 7;
  std::atomic<int> chunks{0};
  SECTION("FAIL_FAST") {
    Counting counting([&](std::size_t, std::size_t) { return ++chunks; });
    Pool pool(1);
    Chunked job(1);
    job.flags = TP_JOB_FAIL_FAST;
    CHECK(tp_pool_reduce(pool, &counting, 100, &job, &value) == TP_ETASK);
    CHECK(chunks == 1);
  }
  SECTION("a deadline") {
    Counting counting([&](std::size_t, std::size_t) {
      await("the stop", [] { return tp_task_stop_requested() == 1; });
      return 0;
    });
    Pool pool(worker_counts());
    Timed job(kShort);
    CHECK(tp_pool_reduce(pool, &counting, 1000, &job, &value) == TP_ETIMEDOUT);
  }
  SECTION("an item_deadline") {
    Counting counting([&](std::size_t, std::size_t) {
      await("the stop", [] { return tp_task_stop_requested() == 1; });
      return 0;
    });
    Pool pool(worker_counts());
    Job job;
    job.item_deadline = kShort;
    CHECK(tp_pool_reduce(pool, &counting, 1, &job, &value) == TP_ETIMEDOUT);
  }
  SECTION("terminate") {
    Counting counting([&](std::size_t, std::size_t) {
      if (chunks++ == 0) tp_pool_terminate(tp_worker_pool());
      await("the stop", [] { return tp_task_stop_requested() == 1; });
      return 0;
    });
    Pool pool(worker_counts());
    const Chunked job(1);
    CHECK(tp_pool_reduce(pool, &counting, 10000, &job, &value) == TP_ETERMINATED);
  }
  CHECK(value == 7);
}

TEST_CASE("Inside a task a reduce runs on its own worker, and in its own chunks") {
  Composing inner;
  Counting outer([&](std::size_t, std::size_t) {
    Affine value{0, 0};
    const Chunked job(7);
    const int status = tp_pool_reduce(tp_worker_pool(), &inner, 100, &job, &value);
    return status == TP_OK && value == Composing::expected(100) ? 0 : 1;
  });
  Pool pool(worker_counts());
  const Chunked job(GENERATE(0u, 3u));
  std::size_t value = 0;
  CHECK(tp_pool_reduce(pool, &outer, 200, &job, &value) == TP_OK);
  CHECK(value == 200);
}

TEST_CASE("A pool that grows during a reduce takes part in it") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Composing composing;
  composing.add_to = [&](std::size_t begin, std::size_t end, Affine& into) {
    if (begin == 0 && tp_pool_resize(tp_worker_pool(), workers + 3) != TP_OK) return 1;
    std::this_thread::yield();
    return compose(begin, end, into);
  };
  Affine value{0, 0};
  REQUIRE(tp_pool_reduce(pool, &composing, 20000, nullptr, &value) == TP_OK);
  CHECK(value == Composing::expected(20000));
}

TEST_CASE("ctx_drop runs once at the end of a reduce, and not for a refused one") {
  Counting counting([](std::size_t, std::size_t) { return 0; });
  static std::atomic<int> drops;
  drops = 0;
  Job job;
  job.ctx_drop = [](void* self) { drops += static_cast<Counting*>(self)->none == 0; };
  Pool pool(worker_counts());
  std::size_t value = 0;
  CHECK(tp_pool_reduce(pool, &counting, 100, &job, nullptr) == TP_EINVAL);
  CHECK(drops == 0);
  CHECK(tp_pool_reduce(pool, &counting, 100, &job, &value) == TP_OK);
  CHECK(drops == 1);
  CHECK(value == 100);
}

TEST_CASE("A quick reduce runs inline once it is known") {
  Pool pool(pool_options(worker_counts(), TP_POOL_CALLER_HELPS));
  Composing composing;
  for (int i = 0; i < 50; ++i) {
    Affine value{0, 0};
    REQUIRE(tp_pool_reduce(pool, &composing, 10, nullptr, &value) == TP_OK);
    REQUIRE(value == Composing::expected(10));
  }
  pool.finish();
  CHECK(stats_of(pool).items == 500);
}

TEST_CASE("Without room the caller runs a reduce itself") {
  tp_pool_options_t options = pool_options(2);
  options.max_pending = 2;
  Composing composing;
  Pool pool(options);
  Busy busy(pool, 2);
  Job job;
  job.flags = TP_JOB_CALLER_RUNS;
  job.chunksize = GENERATE(0u, 4u);
  Affine value{0, 0};
  CHECK(tp_pool_reduce(pool, &composing, 100, &job, &value) == TP_OK);
  CHECK(value == Composing::expected(100));
}
