// SPDX-License-Identifier: MIT
// What a coroutine that returns a future may return.
#include <tpool/coroutine.hpp>

#if defined(__cpp_lib_coroutine)
#include "test_pool.hpp"

using namespace counted;

namespace {

tp::Future<std::pair<int, int>> braces() { co_return {1, 2}; }
tp::Future<std::vector<int>> nothing() { co_return {}; }
tp::Future<std::optional<int>> null() { co_return std::nullopt; }
tp::Future<std::string> converted() { co_return "text"; }
tp::Future<std::unique_ptr<int>> moved() {
  auto made = std::make_unique<int>(3);
  co_return made;
}
tp::Future<Copyable> lvalue(const Copyable& object) { co_return object; }

template <class T, class V>
concept Returns = requires(tp::detail::Promise<T> promise, V value) {
  promise.return_value(value);
};
static_assert(Returns<std::string, const char*> && Returns<long, int>);
static_assert(!Returns<std::vector<int>, int> && !Returns<std::unique_ptr<int>, int*>);

}  // namespace

TEST_CASE("a coroutine returns what its value is made of implicitly", "[cpp]") {
  NoneLeft check;
  CHECK(braces().get() == std::pair(1, 2));
  CHECK(nothing().get().empty());
  CHECK_FALSE(null().get().has_value());
  CHECK(converted().get() == "text");
  CHECK(*moved().get() == 3);
  const Copyable object(4);
  CHECK(lvalue(object).get().value() == 4);
}
#endif
