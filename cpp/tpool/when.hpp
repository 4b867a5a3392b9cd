// SPDX-License-Identifier: MIT
// Stage 7: one future for several results: all of them, or the first.
#ifndef TPOOL_WHEN_HPP
#define TPOOL_WHEN_HPP

#include "detail/prologue.hpp"

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/call.hpp"
#include "detail/copyable.hpp"
#include "detail/group_state.hpp"
#include "detail/range.hpp"
#include "detail/state.hpp"
#include "error.hpp"
#include "future.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// The state of an AsyncResult or a Future, shared or taken over.
template <class T, class Values>
Ref<StateOf<T>> state_of(const AsyncResult<T, Values>& result) {
  return Future<T>(result).shared();
}
template <class T, class Values>
Ref<StateOf<T>> state_of(AsyncResult<T, Values>&& result) {
  return Future<T>(std::move(result)).shared();
}
template <class T>
Ref<StateOf<T>> state_of(const Future<T>& future) {
  return future.shared();
}

// What the result R yields.
template <class T>
T yield_of(const StateOf<T>&);
template <class R>
using YieldOf = decltype(yield_of(*state_of(std::declval<R>()).get()));

// The value of one member: moved when its result was given as an rvalue or can't be copied.
template <class T, bool moved>
struct Member {
  Ref<StateOf<T>> state;

  decltype(auto) value() const {
    using V = Stored<T>;
    using Out = std::conditional_t<moved || !is_copyable<V>, V&&, const V&>;
    return static_cast<Out>(state->value());
  }
};
template <class R>
using MemberOf = Member<YieldOf<R>, !std::is_lvalue_reference_v<R>>;

template <class Tuple>
struct TupleMaker {
  Tuple members;

  auto operator()() const {
    return std::apply(
        [](const auto&... member) {
          return std::tuple<std::decay_t<decltype(member.value())>...>(member.value()...);
        },
        members);
  }
};

template <class Member>
struct VectorMaker {
  std::vector<Member> members;

  auto operator()() const {
    std::vector<std::decay_t<decltype(members.front().value())>> values;
    values.reserve(members.size());
    for (const Member& member : members) values.push_back(member.value());
    return values;
  }
};

template <class R, class = void>
struct IsAwaitable : std::false_type {};
template <class R>
struct IsAwaitable<R, std::void_t<YieldOf<R>>> : std::true_type {};

// How the range lends its results: as rvalues, if it is one itself and owns them.
template <class Range>
using ResultIn =
    std::conditional_t<std::is_lvalue_reference_v<Range> || !IsOwner<Range>::value,
                       ReferenceOf<Range>, std::remove_reference_t<ReferenceOf<Range>>&&>;

}  // namespace detail

// Returns a future of the std::tuple of what the AsyncResults or Futures yield, in their order; an
// empty std::monostate for void. It is ready when all of them are, whatever the outcomes; get()
// throws what the first of those that failed would throw.
//
// Results given as lvalues are shared and their values copied, those given as rvalues are taken
// over and their values moved, when somebody asks for the tuple. Its continuations run on the pool
// of the first, which has to be there until all results are ready. Throws Error (TP_EINVAL) when a
// result is empty, std::bad_alloc.
template <class... Results, std::enable_if_t<(... && detail::IsAwaitable<Results>::value), int> = 0>
auto when_all(Results&&... results) {
  using Members = std::tuple<detail::MemberOf<Results>...>;
  using Maker = detail::TupleMaker<Members>;
  using T = decltype(std::declval<Maker>()());
  Maker maker{Members{{detail::state_of(std::forward<Results>(results))}...}};
  std::vector<detail::Ref<detail::State>> states = std::apply(
      [](const auto&... member) {
        return std::vector<detail::Ref<detail::State>>{
            detail::Ref<detail::State>(detail::Ref(member.state))...};
      },
      maker.members);
  return Future<T>(detail::AllState<T, Maker>::make(std::move(states), std::move(maker)));
}

// The same for a range of results: a future of the std::vector of what they yield. An lvalue range
// is read once, now; the results of an rvalue one are taken over.
template <class Range, std::enable_if_t<!detail::IsAwaitable<Range>::value, int> = 0>
auto when_all(Range&& range) {
  using Member = detail::MemberOf<detail::ResultIn<Range>>;
  using Maker = detail::VectorMaker<Member>;
  using T = decltype(std::declval<Maker>()());
  Maker maker;
  std::vector<detail::Ref<detail::State>> states;
  for (auto&& result : range) {
    maker.members.push_back({detail::state_of(static_cast<detail::ResultIn<Range>&&>(result))});
    states.emplace_back(detail::Ref(maker.members.back().state));
  }
  return Future<T>(detail::AllState<T, Maker>::make(std::move(states), std::move(maker)));
}

// Returns a future of the index of the AsyncResult or Future that is ready first, whatever its
// outcome; ask it by that index. The results are shared. Each call leaves a note at every result
// until that is ready: as_completed is the one to use in a loop. Throws Error (TP_EINVAL) when a
// result is empty or there is none, std::bad_alloc.
template <class... Results,
          std::enable_if_t<(... && detail::IsAwaitable<const Results&>::value), int> = 0>
Future<std::size_t> when_any(const Results&... results) {
  static_assert(sizeof...(Results) > 0, "one of none is never ready");
  return Future<std::size_t>(
      detail::AnyState::make({detail::Ref<detail::State>(detail::state_of(results))...}));
}

// The same for a range of results, which is read once, now.
template <class Range, std::enable_if_t<!detail::IsAwaitable<Range>::value, int> = 0>
Future<std::size_t> when_any(Range&& range) {
  std::vector<detail::Ref<detail::State>> states;
  for (const auto& result : range) states.emplace_back(detail::state_of(result));
  if (states.empty()) throw Error(TP_EINVAL);
  return Future<std::size_t>(detail::AnyState::make(std::move(states)));
}

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
