// SPDX-License-Identifier: MIT
// Stage 7: the states of several futures as one: when all, or any, are settled.
#ifndef TPOOL_DETAIL_GROUP_STATE_HPP
#define TPOOL_DETAIL_GROUP_STATE_HPP

#include "prologue.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "leaves.hpp"
#include "state.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Listens to its members. Derived has member_settled(index, due).
template <class T, class Derived>
class GroupState : public StateOf<T> {
 protected:
  explicit GroupState(std::vector<Ref<State>> members)
      : StateOf<T>(pool_of(members), process_of(members)),
        members_(std::move(members)),
        ears_(members_.size()) {}

  // Once, when the object is made.
  void listen_to_members() noexcept {
    Due due;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      ears_[i].group = static_cast<Derived*>(this);
      this->ref();  // until this ear has heard
      if (!members_[i]->listen(ears_[i])) due.add(ears_[i]);
    }
    due.run();
  }

  const std::vector<Ref<State>>& members() const { return members_; }

 private:
  struct Ear final : Listener {
    Derived* group = nullptr;

    void arrived(Due& due) noexcept override {
      const Ref<Derived> kept(group);
      const auto index = static_cast<std::size_t>(this - kept->ears_.data());
      kept->member_settled(index, due);
    }
  };

  static tp_pool_t* pool_of(const std::vector<Ref<State>>& members) {
    return members.empty() ? nullptr : members.front()->pool();
  }

  // Another one, if it is that of any of them.
  static pid_t process_of(const std::vector<Ref<State>>& members) {
    const pid_t here = getpid();
    for (const Ref<State>& member : members) {
      if (member->process() != here) return member->process();
    }
    return here;
  }

  const std::vector<Ref<State>> members_;
  std::vector<Ear> ears_;
};

// Settled with the last member. Maker makes the value of the members', once, for the first who
// asks.
template <class T, class Maker>
class AllState final : public GroupState<T, AllState<T, Maker>> {
  using Group = GroupState<T, AllState>;
  friend Group;

 public:
  static Ref<StateOf<T>> make(std::vector<Ref<State>> members, Maker maker) {
    Ref<AllState> state(new AllState(std::move(members), std::move(maker)));
    state->listen_to_members();
    Due due;
    state->member_settled(0, due);  // what was counted for the making
    due.run();
    return state;
  }

  // A worker helps them in their order.
  void collect(Leaves& leaves, bool all) override {
    if (this->settled()) return;
    const auto& members = this->members();
    std::size_t first = first_.load();
    while (first < members.size() && members[first]->settled()) ++first;
    first_.store(first);
    if (first == members.size()) return leaves.add_in_flight(*this);
    for (std::size_t i = all ? members.size() : first + 1; i > first; --i) {
      leaves.visit(*members[i - 1].get());
    }
  }

  std::exception_ptr failure() override {
    for (const Ref<State>& member : this->members()) {
      if (std::exception_ptr failure = member->failure()) return failure;
    }
    return nullptr;
  }

  Stored<T>& value() override {
    if (this->is_foreign()) throw Error(TP_EFORKED);  // a thread of the parent may be at it for ever
    std::call_once(made_, [this] { value_.emplace(maker_()); });
    return *value_;
  }

 private:
  AllState(std::vector<Ref<State>> members, Maker maker)
      : Group(std::move(members)), maker_(std::move(maker)), left_(this->members().size() + 1) {}

  void member_settled(std::size_t, Due& due) noexcept {
    if (left_.fetch_sub(1) == 1) this->settle(due);
  }

  Maker maker_;
  std::atomic<std::size_t> left_;
  std::atomic<std::size_t> first_{0};  // those before it are settled
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

  void collect(Leaves& leaves, bool) override {
    if (this->settled()) return;
    const auto& members = this->members();
    const auto settled = [](const Ref<State>& member) { return member->settled(); };
    if (std::any_of(members.begin(), members.end(), settled)) return leaves.add_in_flight(*this);
    for (std::size_t i = members.size(); i > 0; --i) leaves.visit(*members[i - 1].get());
  }

  std::exception_ptr failure() override { return nullptr; }
  std::size_t& value() override { return value_; }

 private:
  using Group::Group;

  void member_settled(std::size_t index, Due& due) noexcept {
    if (claimed_.exchange(true)) return;
    value_ = index;
    this->settle(due);
  }

  std::atomic<bool> claimed_{false};
  std::size_t value_ = 0;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
