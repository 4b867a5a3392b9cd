// SPDX-License-Identifier: MIT
// Stage 7: a C result as the state of a future.
#ifndef TPOOL_DETAIL_JOB_STATE_HPP
#define TPOOL_DETAIL_JOB_STATE_HPP

#include "prologue.hpp"

#include <tpool/result.h>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "../error.hpp"
#include "leaves.hpp"
#include "state.hpp"
#include "values.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

struct ReleaseResult {
  void operator()(tp_result_t* result) const { tp_result_release(result); }
};
using OwnedResult = std::unique_ptr<tp_result_t, ReleaseResult>;

// One more owner. Throws Error (TP_EINVAL) for no result, TP_EFORKED.
inline OwnedResult share(tp_result_t* result) {
  check(tp_result_ready(result));  // says why, where retain says NULL
  return OwnedResult(tp_result_retain(result));
}

// How a ready job ended; null when it succeeded.
inline std::exception_ptr failure_of(tp_result_t* job) {
  const int status = tp_result_get(job, 0, nullptr);
  return status == TP_OK ? std::exception_ptr() : exception_of(status, tp_result_error(job));
}

// Where the value of a successful job is. A single one stays where the library has it; a vector is
// made of the slots by the first who asks.
template <class T, class Values>
class JobValue {
 public:
  Stored<T>& get(tp_result_t* job) {
    std::call_once(made_, [this, job] { value_.emplace(Values::lend(job, 0)); });
    return *value_;
  }

 private:
  std::once_flag made_;
  std::optional<T> value_;
};
template <class T>
class JobValue<T, OneValue<T>> {
 public:
  Stored<T>& get(tp_result_t* job) {
    if constexpr (std::is_void_v<T>) {
      static_cast<void>(job);
      return nothing_;
    } else {
      return open_cell<T>(slots_of(job, 0));
    }
  }

 private:
  std::monostate nothing_;
};

// Settled when the job is ready.
template <class T, class Values>
class JobState final : public StateOf<T> {
 public:
  // Throws Error (TP_EINVAL) for no job, std::bad_alloc.
  static Ref<StateOf<T>> make(OwnedResult job, tp_pool_t* pool) {
    Ref<JobState> state(new JobState(std::move(job), pool));
    state->ref();
    const int status = tp_result_add_done_callback(state->job_.get(), done, state.get());
    if (status != TP_OK) {
      state->unref();
      throw Error(status);
    }
    return state;
  }

  void collect(Leaves& leaves, bool) override {
    if (!this->settled()) leaves.add(job_.get(), *this);
  }
  std::exception_ptr failure() override { return failure_of(job_.get()); }
  Stored<T>& value() override { return value_.get(job_.get()); }

 private:
  JobState(OwnedResult job, tp_pool_t* pool) : StateOf<T>(pool), job_(std::move(job)) {}

  static void done(void* user, tp_result_t*) {
    const Ref<JobState> self(static_cast<JobState*>(user));
    Due due;
    self->settle(due);
    due.run();
  }

  const OwnedResult job_;
  JobValue<T, Values> value_;
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
