// SPDX-License-Identifier: MIT
// One future for several results: for all of them, or for the first.
#ifndef TPOOL_WHEN_HPP
#define TPOOL_WHEN_HPP

#include "detail/prologue.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/cell.hpp"
#include "detail/dependencies.hpp"
#include "detail/state.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
#include "future.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// A state that listens to its members. Derived has member_settled(index, queue).
template <class T, class Derived>
class GroupState : public StateOf<T> {
 protected:
  explicit GroupState(std::vector<Ref<State>> members)
      : StateOf<T>(pool_of(members), process_of(members)),
        members_(std::move(members)),
        listeners_(members_.size()) {}

  // Called once, when the object is made.
  void listen_to_members() noexcept {
    NotifyQueue queue;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      listeners_[i].group = static_cast<Derived*>(this);
      this->ref();  // until this listener is notified
      if (!members_[i]->listen(listeners_[i])) queue.add(listeners_[i]);
    }
    queue.run();
  }

  const std::vector<Ref<State>> members_;

 private:
  struct MemberListener final : Listener {
    Derived* group = nullptr;

    void notify(NotifyQueue& queue) noexcept override {
      const Ref<Derived> owner(group);
      const auto index = static_cast<std::size_t>(this - owner->listeners_.data());
      owner->member_settled(index, queue);
    }
  };

  static tp_pool_t* pool_of(const std::vector<Ref<State>>& members) {
    return members.empty() ? nullptr : members.front()->pool();
  }

  // Returns another process than this one, if any member is of another.
  static pid_t process_of(const std::vector<Ref<State>>& members) {
    const pid_t here = getpid();
    for (const Ref<State>& member : members) {
      if (member->process() != here) return member->process();
    }
    return here;
  }

  std::vector<MemberListener> listeners_;
};

// Settled with the last member. The first thread that asks for the value makes it, with Maker.
template <class T, class Maker>
class AllState final : public GroupState<T, AllState<T, Maker>> {
  using Group = GroupState<T, AllState>;
  friend Group;

 public:
  static Ref<StateOf<T>> make(std::vector<Ref<State>> members, Maker maker) {
    Ref<AllState> state(new AllState(std::move(members), std::move(maker)));
    state->listen_to_members();
    NotifyQueue queue;
    state->member_settled(0, queue);  // left_ counts one more than the members: this call
    queue.run();
    return state;
  }

  // A worker helps the members in their order.
  void collect(Dependencies& to, bool all) override {
    if (this->settled()) return;
    const auto& members = this->members_;
    std::size_t first = first_.load();
    while (first < members.size() && members[first]->settled()) ++first;
    first_.store(first);
    if (first == members.size()) return to.add_in_flight(*this);
    const std::size_t end = all ? members.size() : first + 1;
    for (std::size_t i = end; i > first; --i) to.visit(*members[i - 1]);
  }

  std::exception_ptr failure() override {
    for (const Ref<State>& member : this->members_) {
      if (std::exception_ptr failure = member->failure()) return failure;
    }
    return nullptr;
  }

  Stored<T>& value() override {
    if (this->is_foreign()) throw Error(TP_EFORKED);  // a thread of the parent may be making it
    std::call_once(made_, [this] { value_.emplace(maker_()); });
    return *value_;
  }

 private:
  AllState(std::vector<Ref<State>> members, Maker maker)
      : Group(std::move(members)), maker_(std::move(maker)), left_(this->members_.size() + 1) {}

  void member_settled(std::size_t, NotifyQueue& queue) noexcept {
    if (left_.fetch_sub(1) == 1) this->settle(queue);
  }

  Maker maker_;
  std::atomic<std::size_t> left_;
  std::atomic<std::size_t> first_{0};  // the members before it are settled
  std::once_flag made_;
  std::optional<Stored<T>> value_;
};

// Settled with the first member, whose index is the value.
class AnyState final : public GroupState<std::size_t, AnyState> {
  using Group = GroupState<std::size_t, AnyState>;
  friend Group;

 public:
  static Ref<StateOf<std::size_t>> make(std::vector<Ref<State>> members) {
    Ref<AnyState> state(new AnyState(std::move(members)));
    state->listen_to_members();
    return state;
  }

  void collect(Dependencies& to, bool) override {
    if (this->settled()) return;
    const auto settled = [](const Ref<State>& member) { return member->settled(); };
    if (std::any_of(members_.begin(), members_.end(), settled)) return to.add_in_flight(*this);
    for (std::size_t i = members_.size(); i > 0; --i) to.visit(*members_[i - 1]);
  }

  std::exception_ptr failure() override { return nullptr; }
  std::size_t& value() override { return value_; }

 private:
  using Group::Group;

  void member_settled(std::size_t index, NotifyQueue& queue) noexcept {
    if (claimed_.exchange(true)) return;
    value_ = index;
    this->settle(queue);
  }

  std::atomic<bool> claimed_{false};
  std::size_t value_ = 0;
};

// Returns the state of an AsyncResult or a Future; shares an lvalue and takes an rvalue over.
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

// The type of what R, an AsyncResult or a Future, yields.
template <class T>
T yield_of(const Ref<StateOf<T>>&);
template <class R>
using YieldOf = decltype(yield_of(state_of(std::declval<R>())));

// A member of when_all(R...). Its value is moved if R is an rvalue or the value can't be copied.
template <class R>
struct Member {
  using Value = Stored<YieldOf<R>>;
  static constexpr bool moved = !std::is_lvalue_reference_v<R> || !is_copyable<Value>;

  Ref<StateOf<YieldOf<R>>> state;

  decltype(auto) value() const {
    return static_cast<std::conditional_t<moved, Value&&, const Value&>>(state->value());
  }
};

// Returns a future of what make() returns, called once all states are settled.
template <class Maker>
auto future_of_all(std::vector<Ref<State>> states, Maker make) {
  using T = decltype(make());
  return Future<T>(AllState<T, Maker>::make(std::move(states), std::move(make)));
}

template <class R>
inline constexpr bool is_awaitable = is_valid<YieldOf, R>;

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
// Shares lvalue results and copies their values, takes rvalue results over and moves their values,
// when a thread first asks for the tuple. Continuations run on the first result's pool, which must
// live until all are ready. Throws Error (TP_EINVAL) for an empty result, std::bad_alloc.
// Since 1.1.
template <class... Results, std::enable_if_t<(... && detail::is_awaitable<Results>), int> = 0>
auto when_all(Results&&... results) {
  const auto make_all = [](auto... member) {
    std::vector<detail::Ref<detail::State>> states{detail::Ref<detail::State>(member.state)...};
    return detail::future_of_all(std::move(states), [member...] {
      return std::tuple<std::decay_t<decltype(member.value())>...>(member.value()...);
    });
  };
  return make_all(detail::Member<Results>{detail::state_of(std::forward<Results>(results))}...);
}

// The same for a range of results: returns a future of the std::vector of their values. Reads an
// lvalue range once, before it returns; takes over the results of an rvalue range.
template <class Range, std::enable_if_t<!detail::is_awaitable<Range>, int> = 0>
auto when_all(Range&& range) {
  using Member = detail::Member<detail::ResultIn<Range>>;
  std::vector<Member> members;
  std::vector<detail::Ref<detail::State>> states;
  for (auto&& result : range) {
    members.push_back({detail::state_of(static_cast<detail::ResultIn<Range>&&>(result))});
    states.emplace_back(members.back().state);
  }
  return detail::future_of_all(std::move(states), [members = std::move(members)] {
    std::vector<std::decay_t<decltype(members.front().value())>> values;
    values.reserve(members.size());
    for (const Member& member : members) values.push_back(member.value());
    return values;
  });
}

// Returns a future of the index, from 0, of the AsyncResult or Future that is ready first, whatever
// its outcome. Shares the results. Each call registers with every result until that is ready, so
// use as_completed in a loop. Throws Error (TP_EINVAL) for an empty result or for none,
// std::bad_alloc. Since 1.1.
template <class... Results,
          std::enable_if_t<(... && detail::is_awaitable<const Results&>), int> = 0>
Future<std::size_t> when_any(const Results&... results) {
  static_assert(sizeof...(Results) > 0, "one of none is never ready");
  return Future<std::size_t>(
      detail::AnyState::make({detail::Ref<detail::State>(detail::state_of(results))...}));
}

// The same for a range of results, which it reads once, before it returns.
template <class Range, std::enable_if_t<!detail::is_awaitable<Range>, int> = 0>
Future<std::size_t> when_any(Range&& range) {
  std::vector<detail::Ref<detail::State>> states;
  for (const auto& result : range) states.emplace_back(detail::state_of(result));
  if (states.empty()) throw Error(TP_EINVAL);
  return Future<std::size_t>(detail::AnyState::make(std::move(states)));
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
