// SPDX-License-Identifier: MIT
// One future for several results: for all of them, or for the first.
#ifndef TPOOL_WHEN_HPP
#define TPOOL_WHEN_HPP

#include "detail/prologue.hpp"

#include <tpool/future.h>

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "detail/future.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
#include "future.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// A member of when_all(R...). Its value is moved if R is an rvalue or the value can't be copied.
template <class R>
struct Member {
  using T = typename FutureOf<R>::value_type;
  static constexpr bool moved = !std::is_lvalue_reference_v<R> || !is_copyable<Stored<T>>;

  Future<T> future;

  // REQUIRES: ready.
  decltype(auto) value() const {
    if constexpr (std::is_void_v<T>) {
      return std::monostate();
    } else {
      using As = std::conditional_t<moved, T&&, const T&>;
      auto&& lent = future.get();
      return static_cast<As>(lent);
    }
  }
};

// What make(members) returns.
template <class Members, class Make>
class LazyAll final : public Lazy<decltype(std::declval<Make&>()(std::declval<Members&>()))> {
  using Value = decltype(std::declval<Make&>()(std::declval<Members&>()));

 public:
  LazyAll(Members members, Make make) : members_(std::move(members)), make_(std::move(make)) {}

 private:
  Value make(tp_result_t*) override {
    if (!members_) throw Canceled();
    return make_(*members_);
  }
  void drop() override { members_.reset(); }

  std::optional<Members> members_;
  Make make_;
};

// Returns a future of what make(members) returns, called once the results are ready.
template <class Members, class Make>
auto future_of_all(const std::vector<tp_result_t*>& results, tp_pool_t* pool, Members members,
                   Make make) {
  using Made = LazyAll<Members, Make>;
  using Value = decltype(make(members));
  tp_result_t* all = nullptr;
  check(tp_when_all(results.data(), results.size(), &all));
  OwnedResult owned(all);
  return Future<Value>(std::move(owned), pool,
                       shared_lazy<Made>(std::move(members), std::move(make)));
}

// The same of the index of the first one that is ready.
inline Future<std::size_t> future_of_any(const std::vector<tp_result_t*>& results,
                                         tp_pool_t* pool) {
  tp_result_t* any = nullptr;
  check(tp_when_any(results.data(), results.size(), &any));
  return Future<std::size_t>(OwnedResult(any), pool);
}

// How a range lends its results: as rvalues, if it is an rvalue and owns them.
template <class Range>
using ResultIn =
    std::conditional_t<std::is_lvalue_reference_v<Range> || !is_owner<Range>, ReferenceOf<Range>,
                       std::remove_reference_t<ReferenceOf<Range>>&&>;

}  // namespace detail

// Returns a future of the std::tuple of what the AsyncResults or Futures yield, in their order; an
// empty std::monostate for void. It is ready when all of them are, whatever their outcomes; get()
// throws the exception of the first result, in their order, that failed.
//
// Shares lvalue results and copies their values, takes rvalue results over and moves their values, when a thread first
// asks for the tuple. Continuations run on the first result's pool. Throws Error (TP_EINVAL) for an empty result,
// PoolNotRunning when that pool is closed, std::bad_alloc. Since 1.1.
template <class... Results, std::enable_if_t<(... && detail::is_awaitable<Results>), int> = 0>
auto when_all(Results&&... results) {
  using Members = std::tuple<detail::Member<Results>...>;
  Members members{
      detail::Member<Results>{detail::FutureOf<Results>(std::forward<Results>(results))}...};
  std::vector<tp_result_t*> handles;
  tp_pool_t* pool = nullptr;
  std::apply(
      [&](const auto&... member) {
        handles = {member.future.capi()...};
        tp_pool_t* const pools[] = {member.future.pool()..., nullptr};
        pool = pools[0];
      },
      members);
  return detail::future_of_all(handles, pool, std::move(members), [](const Members& all) {
    return std::apply(
        [](const auto&... member) {
          return std::tuple<std::decay_t<decltype(member.value())>...>(member.value()...);
        },
        all);
  });
}

// The same for a range of results: returns a future of the std::vector of their values. Reads an
// lvalue range once, before it returns; takes over the results of an rvalue range.
template <class Range, std::enable_if_t<!detail::is_awaitable<Range>, int> = 0>
auto when_all(Range&& range) {
  using Members = std::vector<detail::Member<detail::ResultIn<Range>>>;
  Members members;
  std::vector<tp_result_t*> handles;
  for (auto&& result : range) {
    members.push_back({Future(static_cast<detail::ResultIn<Range>&&>(result))});
    handles.push_back(members.back().future.capi());
  }
  tp_pool_t* const pool = members.empty() ? nullptr : members.front().future.pool();
  return detail::future_of_all(handles, pool, std::move(members), [](const Members& all) {
    std::vector<std::decay_t<decltype(all.front().value())>> values;
    values.reserve(all.size());
    for (const auto& member : all) values.push_back(member.value());
    return values;
  });
}

// Returns a future of the index, from 0, of the AsyncResult or Future that is ready first, whatever its outcome. Shares
// the results until then. Each call registers with every result until that is ready, so use as_completed in a loop.
// Throws Error (TP_EINVAL) for an empty result or for none, PoolNotRunning, std::bad_alloc. Since 1.1.
template <class... Results,
          std::enable_if_t<(... && detail::is_awaitable<const Results&>), int> = 0>
Future<std::size_t> when_any(const Results&... results) {
  static_assert(sizeof...(Results) > 0, "one of none is never ready: pass one result or more");
  tp_pool_t* const pools[] = {results.pool()...};
  return detail::future_of_any({results.capi()...}, pools[0]);
}

// The same for a range of results, which it reads once, before it returns.
template <class Range, std::enable_if_t<!detail::is_awaitable<Range>, int> = 0>
Future<std::size_t> when_any(Range&& range) {
  using Element = std::decay_t<detail::ReferenceOf<Range>>;
  std::vector<detail::FutureOf<const Element&>> futures;
  std::vector<tp_result_t*> handles;
  for (const auto& result : range) {
    futures.push_back(Future(result));  // a view may lend temporary results
    handles.push_back(futures.back().capi());
  }
  return detail::future_of_any(handles, futures.empty() ? nullptr : futures.front().pool());
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
