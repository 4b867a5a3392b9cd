// SPDX-License-Identifier: MIT
// The results of apply and map jobs.
#ifndef TPOOL_RESULT_HPP
#define TPOOL_RESULT_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "detail/values.hpp"
#include "error.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// Numbers of items.
struct Progress {
  std::size_t done;
  std::size_t total;  // grows while the source of a stream goes on
};

// The base of all results; owns one C result. Many threads may use one object at the same time. Every call throws Error
// (TP_EINVAL) for an object that is empty (see valid()), and Error (TP_EFORKED) in a forked child. A wait throws Error
// (TP_EDEADLK) when the job could end only after the wait.
class Result {
 public:
  Result(Result&&) noexcept = default;
  Result& operator=(Result&&) noexcept = default;

  // Is there a job? False for an object that was default-constructed, moved from or released. Never throws. Since 1.2.
  bool valid() const noexcept { return capi() != nullptr; }

  // Returns true once the job has ended and its callback has returned.
  bool ready() const { return detail::check(tp_result_ready(capi())) == 1; }

  // Returns true when no item of the job failed. Throws Error (TP_ENOTREADY) before it is ready.
  bool successful() const { return detail::check(tp_result_successful(capi())) == 1; }

  // Waits until the job is ready. Doesn't throw its outcome.
  void wait() const { detail::check(tp_result_wait(capi(), TP_FOREVER)); }

  // The same for at most timeout. Returns whether the job is ready.
  bool wait(Timeout timeout) const {
    return detail::check_in_time(tp_result_wait(capi(), timeout.count()));
  }

  // Ends the unstarted items of the job, so that get() and next() throw Canceled, and asks running ones to stop. When
  // none is running, the callback runs on this thread. Has no effect on a job that has ended.
  void cancel() const { detail::check(tp_result_cancel(capi())); }

  // The same, but only if nothing of the job has started. Returns whether it has. Since 1.2.
  bool cancel_pending() const { return detail::check(tp_result_cancel_pending(capi())) == 1; }

  // Returns how many items are done, and how many there are.
  Progress progress() const {
    Progress progress{};
    detail::check(tp_result_progress(capi(), &progress.done, &progress.total));
    return progress;
  }

  // Lends the job's pool; NULL when the constructor was given none. Never throws.
  tp_pool_t* pool() const noexcept { return reinterpret_cast<tp_pool_t*>(pool_ & ~kBorrows); }

  // Lends the C result. Never throws.
  tp_result_t* capi() const noexcept { return result_.get(); }

  // Returns the C result, which the caller must release, and becomes empty. Never throws.
  tp_result_t* release() noexcept { return result_.release(); }

 protected:
  Result() noexcept = default;
  Result(tp_result_t* owned, tp_pool_t* pool) noexcept
      : pool_(reinterpret_cast<std::uintptr_t>(pool)), result_(owned) {}

  // Does the job use a range that the caller owns? For streams.
  bool borrows() const noexcept { return (pool_ & kBorrows) != 0; }
  void set_borrows() noexcept { pool_ |= kBorrows; }

 private:
  static constexpr std::uintptr_t kBorrows = 1;  // pools are aligned, so the bit is free

  std::uintptr_t pool_ = 0;
  detail::OwnedResult result_;
};

// The result of apply_async or map_async; get() yields a T. Destroying it doesn't end the job.
template <class T, class Values = detail::OneValue<T>>
class AsyncResult : public Result {
 public:
  // Makes an empty object. Since 1.2.
  AsyncResult() noexcept = default;

  // Takes over a C result that an AsyncResult<T, Values> released, and its pool. Never throws.
  explicit AsyncResult(tp_result_t* owned, tp_pool_t* pool = nullptr) noexcept
      : Result(owned, pool) {}

  // Waits for the job and lends its value. Throws the exception of the task (in a map, of the
  // failed item with the lowest index), Canceled, Terminated, TimeoutError at the job's deadline,
  // Error (TP_ELOST) when the task ended its thread, Error (TP_EINIT); also TimeoutError when the
  // job is not ready within timeout, and then may be asked again. May be repeated.
  //
  // Lends a single value as a T& that is valid while the result lives; as a T&& when it can't be copied, so that `auto
  // value = r.get();` moves it out. Returns the values of a map in a new vector each time, in the order of the range;
  // moves values that can't be copied into it. On an rvalue, std::move(r).get(), moves all values out.
  decltype(auto) get(Timeout timeout = detail::kForever) const& {
    return Values::template read<false>(capi(), timeout.count());
  }
  T get(Timeout timeout = detail::kForever) && {
    return Values::template read<true>(capi(), timeout.count());
  }

  // Returns a Future of what f(value) returns, and starts f on the pool when the job has succeeded.
  // When the job fails, f doesn't run and the future throws the job's exception. The future also
  // throws what f throws, PoolNotRunning when the pool is closed before f starts, and Terminated.
  //
  // Keeps a decay copy of f and calls it once, as an rvalue: with a const T&, or, if f doesn't take that, with the
  // value moved out; without an argument for void. On an rvalue, std::move(r).then(f) or pool.apply_async(g).then(f),
  // always moves the value out. The result may be destroyed meanwhile; the pool must live when then() is called. Throws
  // Error (TP_EINVAL) when the pool is not known, std::bad_alloc. Since 1.1.
  template <class F>
  auto then(F&& f) const&;
  template <class F>
  auto then(F&& f) &&;
};

// The result of map_async of a callable that returns a T: get() yields a std::vector<T>, or void.
template <class T>
using MapResult =
    AsyncResult<std::conditional_t<std::is_void_v<T>, void, std::vector<T>>, detail::ManyValues<T>>;

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
