// SPDX-License-Identifier: MIT
// Values that can't be copied, though their types may say that they can, or not even be assigned.
#include <tpool/keep_errors.hpp>
#include <tpool/when.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

using tp::detail::is_copyable;

struct Tree : std::vector<Tree> {};
struct Forest : std::vector<std::pair<const std::string, Forest>> {};

using Objects = std::vector<std::unique_ptr<int>>;
using Named = std::map<int, std::unique_ptr<int>>;
using Mixed = std::pair<int, std::tuple<Named>>;
static_assert(std::is_copy_constructible_v<Objects> && !is_copyable<Objects>);
static_assert(!is_copyable<Named> && !is_copyable<Mixed> && !is_copyable<std::vector<Objects>>);
static_assert(is_copyable<std::map<std::string, std::vector<int>>> && is_copyable<int&>);
static_assert(is_copyable<Tree> && is_copyable<Forest> && is_copyable<tp::Future<Objects>>);

template <class T>
T make_of(int n);
template <>
Objects make_of<Objects>(int n) {
  Objects made;
  made.push_back(std::make_unique<int>(n));
  return made;
}
template <>
Named make_of<Named>(int n) {
  Named made;
  made[0] = std::make_unique<int>(n);
  return made;
}
template <>
Mixed make_of<Mixed>(int n) {
  return {n, make_of<Named>(n)};
}

int value_of(const Objects& objects) { return *objects.at(0); }
int value_of(const Named& named) { return *named.at(0); }
int value_of(const Mixed& mixed) { return value_of(std::get<0>(mixed.second)); }

// Says that it can be copied, and nobody can know better.
struct Holder {
  Objects objects;
};

struct Constant {
  const int number;
  std::unique_ptr<int> more{};
};

}  // namespace

TEMPLATE_TEST_CASE("containers of what can't be copied are moved", "[cpp]", Objects, Named, Mixed) {
  TestPool pool(2);
  const auto make = make_of<TestType>;
  CHECK(value_of(pool.apply_async(make, 3).get()) == 3);
  CHECK(value_of(pool.map(make, numbers(3))[2]) == 2);
  CHECK(value_of(pool.map_async(make, numbers(3)).get()[2]) == 2);
  CHECK(value_of(pool.map(tp::keep_errors, make, numbers(3))[2].value()) == 2);
  CHECK(value_of(pool.map_async(tp::keep_errors, make, numbers(3)).get()[2].value()) == 2);
  CHECK(value_of(*pool.imap(make, numbers(3)).next()) == 0);
  for (TestType value : pool.imap(make, numbers(1))) CHECK(value_of(value) == 0);
  const auto both = tp::when_all(pool.apply_async(make, 4), pool.apply_async(make, 5));
  const auto [four, five] = both.get();
  CHECK(value_of(four) + value_of(five) == 9);
}

TEST_CASE("containers of what can't be copied are seen by the callback and by get", "[cpp]") {
  TestPool pool(2);
  int sum = 0;
  const auto look = [&sum](const std::vector<Objects>& all) { sum += value_of(all[2]); };
  const auto result = pool.map_async(make_of<Objects>, numbers(3), tp::make_options(look));
  CHECK(value_of(result.get()[2]) == 2);
  CHECK(sum == 2);
}

TEST_CASE("what nobody copies need not be copyable", "[cpp]") {
  TestPool pool(2);
  const auto make = [](int n) { return Holder{make_of<Objects>(n)}; };
  CHECK(value_of(pool.map_async(make, numbers(3)).get()[2].objects) == 2);
  CHECK(pool.starmap_async(make, std::vector<std::tuple<int>>(2)).get().size() == 2);
}

TEST_CASE("values need no assignment", "[cpp]") {
  TestPool pool(2);
  int sum = 0;
  const auto look = [&sum](const std::vector<Constant>& all) { sum += all[2].number; };
  const auto make = [](int n) { return Constant{n}; };
  const auto result = pool.map_async(make, numbers(3), tp::make_options(look));
  CHECK(result.get()[2].number == 2);
  CHECK(sum == 2);
}
