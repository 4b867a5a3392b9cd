// SPDX-License-Identifier: MIT
// Stage 7: what a job of tp_result_then calls: a callable, with the value of its source.
#ifndef TPOOL_DETAIL_CONTINUATION_HPP
#define TPOOL_DETAIL_CONTINUATION_HPP

#include "prologue.hpp"

#include <tpool/future.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "cell.hpp"
#include "lazy.hpp"
#include "values.hpp"

namespace tp::v1::detail {

// How a continuation F gets a T: as a const lvalue; as an rvalue if F is the last to use the value,
// or doesn't take a const lvalue. Instantiates only what is needed: F may be a generic lambda.
template <class F, class T, bool moved>
using ThenArg = std::conditional_t<
    std::disjunction_v<std::bool_constant<moved>,
                       std::negation<std::is_invocable<F, std::add_lvalue_reference_t<const T>>>>,
    std::add_rvalue_reference_t<T>, std::add_lvalue_reference_t<const T>>;

template <class F, class T, bool moved>
inline constexpr bool continues =
    std::conditional_t<std::is_void_v<T>, std::is_invocable<F>,
                       std::is_invocable<F, ThenArg<F, T, moved>>>::value;

template <class F, class T, bool moved>
using ThenValue =
    std::decay_t<typename std::conditional_t<std::is_void_v<T>, std::invoke_result<F>,
                                             std::invoke_result<F, ThenArg<F, T, moved>>>::type>;

// The ctx of the job, which owns it.
template <class F, class T, bool moved>
class Continuation {
  using R = ThenValue<F, T, moved>;

 public:
  // Returns the C result of the job.
  template <class Function>
  static OwnedResult start(tp_result_t* source, std::shared_ptr<Lazy<Stored<T>>> lazy,
                           Function&& f) {
    std::unique_ptr<Continuation> self(
        new Continuation{std::move(lazy), F(std::forward<Function>(f))});
    tp_task_t task = make_task(run, self.get());
    task.ctx_drop = delete_as<Continuation>;
    describe_value<Cell<R>>(task);
    auto options = sized<tp_job_options_t>();
    options.flags = TP_JOB_ON_SUCCESS;
    tp_result_t* result = nullptr;
    check(tp_result_then(source, &task, &options, &result));
    static_cast<void>(self.release());
    return OwnedResult(result);
  }

  const std::shared_ptr<Lazy<Stored<T>>> lazy;
  F f;

 private:
  static int run(void* ctx, const void* item, void* value) {
    auto& self = *static_cast<Continuation*>(ctx);
    tp_result_t* const source = *static_cast<tp_result_t* const*>(item);
    return fill_guarded<R, Cell<R>>(value, [&self, source]() -> decltype(auto) {
      if constexpr (std::is_void_v<T>) {
        static_cast<void>(source);
        return std::invoke(std::move(self.f));
      } else {
        return std::invoke(std::move(self.f), static_cast<ThenArg<F, T, moved>>(
                                                  value_in<T>(source, self.lazy.get(), 0)));
      }
    });
  }
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
