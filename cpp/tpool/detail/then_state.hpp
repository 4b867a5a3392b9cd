// SPDX-License-Identifier: MIT
// Stage 7: a continuation: a job that is submitted when what it continues is settled.
#ifndef TPOOL_DETAIL_THEN_STATE_HPP
#define TPOOL_DETAIL_THEN_STATE_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "cell.hpp"
#include "guard.hpp"
#include "job_state.hpp"
#include "leaves.hpp"
#include "state.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// How a continuation F gets a T: an rvalue if it is the last to look, else a const lvalue if F
// takes that.
template <class F, class T, bool moved>
struct ThenArgOf {
  using type = T&&;
};
template <class F, class T>
struct ThenArgOf<F, T, false> {
  using type = std::conditional_t<std::is_invocable_v<F, const T&>, const T&, T&&>;
};
template <class F, class T, bool moved>
using ThenArg = typename ThenArgOf<F, T, moved>::type;

template <class F, class T, bool moved>
inline constexpr bool continues = std::is_invocable_v<F, ThenArg<F, T, moved>>;
template <class F, bool moved>
inline constexpr bool continues<F, void, moved> = std::is_invocable_v<F>;

template <class F, class T, bool moved>
struct ThenValueOf {
  using type = std::decay_t<std::invoke_result_t<F, ThenArg<F, T, moved>>>;
};
template <class F, bool moved>
struct ThenValueOf<F, void, moved> {
  using type = std::decay_t<std::invoke_result_t<F>>;
};
template <class F, class T, bool moved>
using ThenValue = typename ThenValueOf<F, T, moved>::type;

// Of a T by F, a decayed callable.
template <class F, class T, bool moved>
class ThenState final : public StateOf<ThenValue<F, T, moved>>, private Listener {
  using R = ThenValue<F, T, moved>;

 public:
  template <class Function>
  static Ref<StateOf<R>> make(Ref<StateOf<T>> source, Function&& f) {
    Ref<StateOf<T>> kept = source;
    Ref<ThenState> state(new ThenState(std::move(source), std::forward<Function>(f)));
    state->ref();  // until arrived
    if (!kept->listen(*state.get())) {
      Due due;
      due.add(*state.get());
      due.run();
    }
    return state;
  }

  void collect(Leaves& leaves, bool) override {
    if (this->settled()) return;
    Ref<StateOf<T>> source;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (job_) return leaves.add(job_.get(), *this);
      source = source_;
    }
    if (!source || source->settled()) return leaves.add_in_flight(*this);
    leaves.visit(*source.get());
  }

  std::exception_ptr failure() override { return error_ ? error_ : failure_of(job_.get()); }
  Stored<R>& value() override { return value_.get(job_.get()); }

 private:
  template <class Function>
  ThenState(Ref<StateOf<T>> source, Function&& f)
      : StateOf<R>(source->pool(), source->process()),
        source_(std::move(source)),
        f_(std::forward<Function>(f)) {}

  // The source is settled.
  void arrived(Due& due) noexcept override {
    const Ref<ThenState> self(this);
    error_ = source_->failure();
    if (!error_) {
      const int status = submit();
      if (status == TP_OK) return this->announce();
      error_ = exception_of(status, nullptr);
    }
    drop_inputs();
    this->settle(due);
  }

  int submit() noexcept {
    tp_task_t task{};
    task.size = sizeof(task);
    task.fn = run;
    task.ctx = this;
    task.ctx_drop = drop;
    describe_value<Cell<R>>(task);
    this->ref();  // until drop
    this->ref();  // until done
    tp_job_options_t options{};
    options.size = sizeof(options);
    options.flags = TP_JOB_UNBOUNDED;  // the thread that settled the source must not wait for room
    tp_result_t* job = nullptr;
    const int status = tp_pool_apply_async(this->pool(), &task, nullptr, &options, &job);
    if (status != TP_OK) {
      this->unref();
      this->unref();
      return status;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job_.reset(job);
    }
    // What can't be told later is waited for: nobody may wait for ever.
    if (tp_result_add_done_callback(job, done, this) != TP_OK) {
      tp_result_wait(job, TP_FOREVER);
      done(this, job);
    }
    return TP_OK;
  }

  static int run(void* ctx, const void*, void* value) {
    auto& self = *static_cast<ThenState*>(ctx);
    return guarded([&self, value] {
      fill<R, Cell<R>>(value, [&self]() -> decltype(auto) { return self.call(); });
    });
  }

  decltype(auto) call() {
    if constexpr (std::is_void_v<T>) {
      return std::invoke(std::move(*f_));
    } else {
      return std::invoke(std::move(*f_), static_cast<ThenArg<F, T, moved>>(source_->value()));
    }
  }

  // The job is over, whether or not it has run.
  static void drop(void* ctx) {
    const Ref<ThenState> self(static_cast<ThenState*>(ctx));
    self->drop_inputs();
  }

  static void done(void* user, tp_result_t*) {
    const Ref<ThenState> self(static_cast<ThenState*>(user));
    Due due;
    self->settle(due);
    due.run();
  }

  void drop_inputs() noexcept {
    Ref<StateOf<T>> source;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      std::swap(source, source_);
    }
    f_.reset();
  }

  std::mutex mutex_;
  Ref<StateOf<T>> source_;  // until the job is over
  OwnedResult job_;         // from then on, unless there is an error
  std::optional<F> f_;
  std::exception_ptr error_;
  JobValue<R, OneValue<R>> value_;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
