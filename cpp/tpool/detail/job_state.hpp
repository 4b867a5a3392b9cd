// SPDX-License-Identifier: MIT
// Stage 7: the states of futures that jobs settle: of a C result, and of a continuation.
#ifndef TPOOL_DETAIL_JOB_STATE_HPP
#define TPOOL_DETAIL_JOB_STATE_HPP

#include "prologue.hpp"

#include <tpool/result.h>
#include <tpool/submit.h>

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "../error.hpp"
#include "call.hpp"
#include "cell.hpp"
#include "dependencies.hpp"
#include "state.hpp"
#include "values.hpp"

namespace tp::v1::detail {

// Returns the exception that a ready job ended in; null when it succeeded.
inline std::exception_ptr failure_of(tp_result_t* job) {
  const int status = tp_result_get(job, 0, nullptr);
  return status == TP_OK ? std::exception_ptr() : exception_of(status, tp_result_error(job));
}

// The value of a successful job. A single one stays in the library's memory; the first thread that
// asks for a vector makes it from the slots.
template <class T, class Values>
class JobValue {
  static constexpr bool is_vector = !std::is_void_v<T> && !std::is_same_v<Values, OneValue<T>>;

 public:
  Stored<T>& get(tp_result_t* job) {
    if constexpr (is_vector) {
      std::call_once(made_, [this, job] { value_.emplace(Values::template read<false>(job, 0)); });
      return *value_;
    } else if constexpr (std::is_void_v<T>) {
      return value_;
    } else {
      return open_cell<T>(slots_of(job, 0));
    }
  }

 private:
  std::once_flag made_;
  std::conditional_t<is_vector, std::optional<Stored<T>>, std::monostate> value_;
};

// The state of a C result. Settled when its job is ready.
template <class T, class Values>
class JobState final : public StateOf<T> {
 public:
  // Throws Error (TP_EINVAL) for no job, std::bad_alloc.
  static Ref<StateOf<T>> make(OwnedResult job, tp_pool_t* pool) {
    Ref<JobState> state(new JobState(std::move(job), pool));
    check(state->settle_after(state->job_.get()));
    return state;
  }

  void collect(Dependencies& to, bool) override {
    if (!this->settled()) to.add(job_.get(), *this);
  }
  std::exception_ptr failure() override { return failure_of(job_.get()); }
  Stored<T>& value() override { return value_.get(job_.get()); }

 private:
  JobState(OwnedResult job, tp_pool_t* pool) : StateOf<T>(pool), job_(std::move(job)) {}

  const OwnedResult job_;
  JobValue<T, Values> value_;
};

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

// Submits a job that calls F, a decayed callable, with the T of its source, when that is settled.
template <class F, class T, bool moved>
class ThenState final : public StateOf<ThenValue<F, T, moved>>, private Listener {
  using R = ThenValue<F, T, moved>;

 public:
  template <class Function>
  static Ref<StateOf<R>> make(Ref<StateOf<T>> source, Function&& f) {
    const Ref<StateOf<T>> watched = source;
    Ref<ThenState> state(new ThenState(std::move(source), std::forward<Function>(f)));
    state->ref();  // until notify()
    if (!watched->listen(*state)) NotifyQueue::run(*state);
    return state;
  }

  void collect(Dependencies& to, bool) override {
    if (this->settled()) return;
    Ref<StateOf<T>> source;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (job_) return to.add(job_.get(), *this);
      source = source_;
    }
    if (!source || source->settled()) return to.add_in_flight(*this);
    to.visit(*source);
  }

  std::exception_ptr failure() override { return error_ ? error_ : failure_of(job_.get()); }
  Stored<R>& value() override { return value_.get(job_.get()); }

 private:
  template <class Function>
  ThenState(Ref<StateOf<T>> source, Function&& f)
      : StateOf<R>(source->pool(), source->process()),
        source_(std::move(source)),
        f_(std::forward<Function>(f)) {}

  // Called when the source is settled.
  void notify(NotifyQueue& queue) noexcept override {
    const Ref<ThenState> self(this);
    error_ = source_->failure();
    if (!error_) {
      const int status = submit();
      if (status == TP_OK) return this->announce();
      error_ = exception_of(status, nullptr);
    }
    drop_inputs();
    this->settle(queue);
  }

  int submit() noexcept {
    tp_task_t task = make_task(run, this);
    task.ctx_drop = drop;
    describe_value<Cell<R>>(task);
    const tp_job_options_t options = unbounded_options();
    tp_result_t* job = nullptr;
    this->ref();  // until drop()
    const int status = tp_pool_apply_async(this->pool(), &task, nullptr, &options, &job);
    if (status != TP_OK) {
      this->unref();
      return status;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job_.reset(job);
    }
    // Without memory for a done callback this thread waits itself, so that no other waits for ever.
    if (this->settle_after(job) != TP_OK) {
      tp_result_wait(job, TP_FOREVER);
      this->settle();
    }
    return TP_OK;
  }

  static int run(void* ctx, const void*, void* value) {
    auto& self = *static_cast<ThenState*>(ctx);
    return fill_guarded<R, Cell<R>>(value, [&self]() -> decltype(auto) { return self.call(); });
  }

  decltype(auto) call() {
    if constexpr (std::is_void_v<T>) {
      return std::invoke(std::move(*f_));
    } else {
      return std::invoke(std::move(*f_), static_cast<ThenArg<F, T, moved>>(source_->value()));
    }
  }

  // Called when the job is over, whether or not it has run.
  static void drop(void* ctx) {
    const Ref<ThenState> self(static_cast<ThenState*>(ctx));
    self->drop_inputs();
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

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
