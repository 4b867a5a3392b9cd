// SPDX-License-Identifier: MIT
// Stage 7: the parts of a future: a shared C result, a value that is made of others, a continuation.
#ifndef TPOOL_DETAIL_FUTURE_HPP
#define TPOOL_DETAIL_FUTURE_HPP

#include "prologue.hpp"

#include <tpool/future.h>
#include <tpool/result.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "cell.hpp"
#include "values.hpp"

namespace tp::v1::detail {

// One of the owners of a C result. A copy is one more.
class SharedResult {
 public:
  SharedResult() = default;
  explicit SharedResult(OwnedResult owned) noexcept : result_(std::move(owned)) {}
  SharedResult(const SharedResult& other) : result_(other.get() ? share(other.get()) : nullptr) {}
  SharedResult(SharedResult&&) noexcept = default;
  SharedResult& operator=(SharedResult other) noexcept {
    result_ = std::move(other.result_);
    return *this;
  }

  tp_result_t* get() const noexcept { return result_.get(); }

 private:
  OwnedResult result_;
};

// A value that is no slot of a result. The first thread that asks for it makes it.
template <class T>
class Lazy {
 public:
  using Type = T;

  virtual ~Lazy() = default;

  // REQUIRES: the result that the future waits for has succeeded.
  T& value(tp_result_t* result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!value_) value_.emplace(make(result));
    return *value_;
  }

  // The future is cancelled: gives up what the value would be made of.
  void give_up() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!value_) drop();
  }

 private:
  virtual T make(tp_result_t* result) = 0;
  virtual void drop() {}

  std::mutex mutex_;
  std::optional<T> value_;
};

// Makes a Derived that is shared as its base. std::make_shared would bring a variable that is one for the process
// (STB_GNU_UNIQUE, in libstdc++), and keep a plugin that uses it in memory.
template <class Derived, class... Args>
std::shared_ptr<Lazy<typename Derived::Type>> shared_lazy(Args&&... args) {
  return std::shared_ptr<Lazy<typename Derived::Type>>(new Derived(std::forward<Args>(args)...));
}

// The vector of a map.
template <class T, class Values>
class LazyValues final : public Lazy<T> {
  T make(tp_result_t* result) override { return Values::template read<false>(result, 0); }
};

// Returns how a future of an AsyncResult<T, Values> makes its value; null when that is in a slot.
template <class T, class Values>
std::shared_ptr<Lazy<Stored<T>>> lazy_of() {
  if constexpr (std::is_void_v<T> || std::is_same_v<Values, OneValue<T>>) {
    return nullptr;
  } else {
    return shared_lazy<LazyValues<Stored<T>, Values>>();
  }
}

// Waits for the result, and throws when it has failed. Lends the value.
template <class T>
decltype(auto) value_in(tp_result_t* result, Lazy<Stored<T>>* lazy, double timeout) {
  void* const slots = slots_of(result, timeout);
  if constexpr (!std::is_void_v<T>) {
    return lazy != nullptr ? lazy->value(result) : open_cell<T>(slots);
  } else {
    static_cast<void>(slots);
    static_cast<void>(lazy);
  }
}

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
