// SPDX-License-Identifier: MIT
// A call that is refused leaves what it was given as it was.
#include <tpool/as_completed.hpp>
#include <tpool/keep_errors.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// Notices when something is moved out of it, and may throw then, as far as its type says.
struct Watched {
  Watched() = default;
  Watched(Watched&& other) noexcept(false) : was_moved(std::exchange(other.was_moved, true)) {}
  bool was_moved = false;
  Life life{};
};

// Throws when it is moved once more than it may.
struct Brittle {
  explicit Brittle(int moves) : left(moves) {}
  Brittle(Brittle&& other) noexcept(false) : left(other.left - 1) {
    if (left < 0) throw Oops(7);
  }
  int left;
  Life life{};
};

// Can't be copied.
struct CopyThrows {
  CopyThrows() = default;
  CopyThrows(const CopyThrows&) { throw Oops(1); }
};

// How a pool refuses work: it is closed, full, asked for what is no deadline, or broken.
enum class Way { closed, full, deadline, broken };

// A pool that refuses all work; repeats the test case for each way.
class RefusingPool {
 public:
  RefusingPool()
      : way_(GENERATE(Way::closed, Way::full, Way::deadline, Way::broken)), pool(options_of(way_)) {
    if (way_ == Way::closed) pool.close();
    if (way_ == Way::full) busy_.emplace(pool);
    if (way_ == Way::broken) CHECK(status_of([this] { pool.apply([] {}); }) == TP_EINIT);
    how.try_submit = way_ == Way::full;
    if (way_ == Way::deadline) how.deadline = tp::Timeout(-1);
  }

 private:
  static tp::pool_options options_of(Way way) {
    tp::pool_options options = with_workers(1);
    if (way == Way::full) options.max_pending = 1;
    if (way == Way::broken) options.initializer = [] { throw std::runtime_error("broken"); };
    return options;
  }

  const Way way_;

 public:
  TestPool pool;
  tp::options<> how{};

  // Does the call throw what this pool throws?
  template <class Call>
  bool refuses(Call&& call) const {
    const int status[] = {TP_ECLOSED, TP_EAGAIN, TP_EINVAL, TP_EINIT};
    return status_of(call) == status[static_cast<int>(way_)];
  }

 private:
  std::optional<AllBusy> busy_;
};

// A callable that owns something, and says whether it still does.
auto owning() {
  return [object = MoveOnly(5)](const auto&...) { return object.value(); };
}

std::list<MoveOnly> three_objects() {
  std::list<MoveOnly> objects;
  for (int i = 0; i < 3; ++i) objects.emplace_back(i);
  return objects;
}

}  // namespace

TEST_CASE("a refused try_submit leaves its arguments where they were", "[cpp]") {
  NoneLeft check;
  RefusingPool refusing;
  Watched watched;
  auto owner = std::make_unique<int>(3);
  std::string text(100, 'x');
  const char* const characters = text.data();
  auto f = owning();
  CHECK(refusing.refuses([&] {
    refusing.pool.apply_async(refusing.how, std::move(f), std::move(watched), std::move(owner),
                              std::move(text), MoveThrows(1));
  }));
  CHECK_FALSE(watched.was_moved);
  CHECK(owner);
  CHECK(text.data() == characters);
  CHECK(f() == 5);
}

TEST_CASE("a refused call to forget leaves its arguments where they were", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  pool.close();
  Watched watched;
  auto f = owning();
  CHECK(status_of([&] { pool.apply_async(tp::forget, std::move(f), std::move(watched)); }) ==
        TP_ECLOSED);
  CHECK_FALSE(watched.was_moved);
  CHECK(f() == 5);
}

TEST_CASE("a blocking map that is refused leaves its range where it was", "[cpp]") {
  NoneLeft check;
  RefusingPool refusing;
  Watched items[2];
  std::vector<int> numbers{1, 2};
  const int* const first = numbers.data();
  CHECK(refusing.refuses([&] { refusing.pool.map(owning(), std::move(items), refusing.how); }));
  CHECK(refusing.refuses([&] { refusing.pool.map(owning(), std::move(numbers), refusing.how); }));
  CHECK_FALSE(items[0].was_moved);
  CHECK(numbers.data() == first);
}

TEST_CASE("a refused map_async, starmap_async or imap gives back callable and range", "[cpp]") {
  NoneLeft check;
  RefusingPool refusing;
  auto f = owning();
  std::list<MoveOnly> objects = three_objects();
  const MoveOnly* const first = &objects.front();
  std::vector<std::tuple<int, int>> rows(3);
  std::vector<int> numbers(3);
  tp::ThreadPool& pool = refusing.pool;
  const tp::options<>& how = refusing.how;
  CHECK(refusing.refuses([&] { pool.map_async(std::move(f), std::move(objects), how); }));
  CHECK(refusing.refuses([&] { pool.starmap_async(std::move(f), std::move(rows), how); }));
  CHECK(refusing.refuses(
      [&] { pool.map_async(tp::keep_errors, std::move(f), std::move(numbers), how); }));
  CHECK(refusing.refuses(
      [&] { static_cast<void>(pool.imap(std::move(f), std::move(objects), how)); }));
  CHECK(refusing.refuses(
      [&] { static_cast<void>(pool.imap_unordered(std::move(f), std::move(numbers), how)); }));
  CHECK(f() == 5);
  CHECK(objects.size() == 3);
  CHECK(&objects.front() == first);
  CHECK(rows.size() == 3);
  CHECK(numbers.size() == 3);
}

TEST_CASE("a refused map_async or imap takes nothing of what it copies or borrows", "[cpp]") {
  NoneLeft check;
  RefusingPool refusing;
  tp::ThreadPool& pool = refusing.pool;
  const tp::options<>& how = refusing.how;
  std::list<Copyable> objects(3, Copyable(1));
  const Copyable* const first = &objects.front();
  Copyable array[] = {Copyable(2), Copyable(3)};
  auto f = owning();
  CHECK(refusing.refuses([&] { pool.map_async(std::move(f), objects, how); }));
  CHECK(refusing.refuses([&] { pool.map_async(std::move(f), std::ref(objects), how); }));
  CHECK(refusing.refuses([&] { pool.map_async(std::move(f), array, how); }));
  CHECK(refusing.refuses([&] { pool.map_async(std::move(f), std::move(array), how); }));
  CHECK(refusing.refuses([&] { static_cast<void>(pool.imap(std::move(f), objects, how)); }));
  CHECK(refusing.refuses(
      [&] { static_cast<void>(pool.imap(std::move(f), std::ref(objects), how)); }));
  CHECK(
      refusing.refuses([&] { static_cast<void>(pool.imap(std::move(f), std::move(array), how)); }));
  CHECK(f() == 5);
  CHECK(objects.size() == 3);
  CHECK(&objects.front() == first);
  CHECK(objects.front().value() == 1);
  CHECK(array[0].value() == 2);
  CHECK(array[1].value() == 3);
}

TEST_CASE("a refused map_async gives back what it moved out of an array", "[cpp]") {
  NoneLeft check;
  RefusingPool refusing;
  MoveOnly objects[] = {MoveOnly(1), MoveOnly(2)};
  CHECK(refusing.refuses(
      [&] { refusing.pool.map_async(owning(), std::move(objects), refusing.how); }));
  CHECK(objects[0].value() == 1);
  CHECK(objects[1].value() == 2);
}

TEST_CASE("a copy that throws leaves the callable of a map_async where it was", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  const std::vector<CopyThrows> range(1);
  auto f = owning();
  CHECK_THROWS_AS(pool.map_async(std::move(f), range), Oops);
  CHECK(f() == 5);
}

TEST_CASE("as_completed leaves a range where it was when one result is empty", "[cpp]") {
  TestPool pool(1);
  std::vector<tp::AsyncResult<int>> results;
  results.push_back(pool.apply_async([] { return 1; }));
  results.emplace_back(nullptr);
  CHECK(status_of([&] { tp::as_completed(std::move(results)); }) == TP_EINVAL);
  CHECK(results.size() == 2);
  CHECK(results.front().get() == 1);
}

TEST_CASE("what moving an argument throws, the result throws", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto take = [](const Brittle& brittle) { return brittle.left; };
  CHECK(pool.apply_async(take, Brittle(1)).get() == 0);
  CHECK_THROWS_AS(pool.apply_async(take, Brittle(0)).get(), Oops);
}
