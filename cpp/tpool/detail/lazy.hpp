// SPDX-License-Identifier: MIT
// Stage 7: the shared parts of futures: a C result, and a value that is made of others.
#ifndef TPOOL_DETAIL_LAZY_HPP
#define TPOOL_DETAIL_LAZY_HPP

#include "prologue.hpp"

#include <tpool/result.h>

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

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
