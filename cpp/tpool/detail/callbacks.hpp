// SPDX-License-Identifier: MIT
// Stage 7: C++ callbacks as the two C callbacks of a job and the user pointer that they share.
#ifndef TPOOL_DETAIL_CALLBACKS_HPP
#define TPOOL_DETAIL_CALLBACKS_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "../options.hpp"
#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

template <class Callback, class = void>
struct IsNullable : std::false_type {};
template <class Callback>
struct IsNullable<Callback, std::void_t<decltype(std::declval<const Callback&>() == nullptr)>>
    : std::true_type {};

// Is there a callback? A std::function or a function pointer may be null.
template <class Callback>
bool is_set(const Callback& callback) {
  if constexpr (IsNullable<Callback>::value) {
    return !(callback == nullptr);
  } else {
    return true;
  }
}

// The user object of a job. The callback that runs, runs once, and deletes it.
template <class Values, class Callback, class ErrorCallback>
class Callbacks {
 public:
  Callbacks(Callback callback, ErrorCallback error_callback)
      : callback_(std::move(callback)), error_callback_(std::move(error_callback)) {}

  static void succeeded(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<Callback, std::nullptr_t>) {
      guarded([&] {
        if (is_set(self->callback_)) Values::tell(self->callback_, result);
      });
    }
  }

  static void failed(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<ErrorCallback, std::nullptr_t>) {
      guarded([&] {
        if (is_set(self->error_callback_)) tell_error(self->error_callback_, result);
      });
    }
  }

 private:
  static void tell_error(ErrorCallback& callback, tp_result_t* result) {
    const tp_error_t* error = tp_result_error(result);
    std::invoke(callback, exception_of(tp_error_status(error), error));
  }

  Callback callback_;
  ErrorCallback error_callback_;
};

// Puts the callbacks into the C options. Returns their owner until the job is accepted; NULL when
// there are none.
template <class Values, class C, class E>
std::unique_ptr<Callbacks<Values, C, E>> attach_callbacks(options<C, E>& from,
                                                          tp_job_options_t& to) {
  using Node = Callbacks<Values, C, E>;
  if (!is_set(from.callback) && !is_set(from.error_callback)) return nullptr;
  auto node =
      std::make_unique<Node>(std::move(from.callback), std::move(from.error_callback));
  to.callback = Node::succeeded;
  to.error_callback = Node::failed;
  to.user = node.get();
  return node;
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
