// SPDX-License-Identifier: MIT
// Stage 7: what a call was given is as it was when the call is refused.
#ifndef TPOOL_DETAIL_GIVE_BACK_HPP
#define TPOOL_DETAIL_GIVE_BACK_HPP

#include "prologue.hpp"

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// What is held of something given as A&& until its job is accepted: an rvalue stays where it is. Of
// anything else it is the copy, because making one may throw.
template <class A>
using Waiting =
    std::conditional_t<std::is_lvalue_reference_v<A> || std::is_const_v<A>, std::decay_t<A>, A&&>;

// Moves back what was moved out of a Given&&. What can't be assigned, as a lambda, is made again in
// its place, unless that may throw.
template <class Given, class T>
void give_back(Given& to, T& kept) noexcept {
  if constexpr (std::is_same_v<Given, T> && !std::is_const_v<T>) {
    if constexpr (std::is_move_assignable_v<T>) {
      silenced([&to, &kept] { to = std::move(kept); });
    } else if constexpr (std::is_nothrow_move_constructible_v<T> && !std::is_empty_v<T>) {
      to.~T();
      ::new (static_cast<void*>(std::addressof(to))) T(std::move(kept));
    }
  }
}

// Gives an rvalue back; an lvalue was copied or borrowed.
template <class A, class T>
void give_back_if_moved(std::remove_reference_t<A>& to, T& kept) noexcept {
  if constexpr (!std::is_lvalue_reference_v<A>) give_back(to, kept);
}

// Makes a job of f and of what keep(range) is. start(job) submits it and takes it, or throws.
template <class Job, class F, class Range, class KeepRange, class Start>
auto start_job(F&& f, Range&& range, KeepRange keep, Start start) {
  Waiting<F> waiting(std::forward<F>(f));
  auto job =
      std::make_unique<Job>(std::forward<Waiting<F>>(waiting), keep(std::forward<Range>(range)));
  try {
    return start(job);
  } catch (...) {
    job->template give_back<F, Range>(f, range);
    throw;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
