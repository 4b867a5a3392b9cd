// SPDX-License-Identifier: MIT
// Stage 7: the outcome of apply and map jobs.
#ifndef TPOOL_RESULT_HPP
#define TPOOL_RESULT_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "detail/values.hpp"
#include "error.hpp"
#include "timeout.hpp"

namespace tp {
inline namespace v1 {

struct Progress {
  std::size_t done;   // items
  std::size_t total;  // of how many; that of a stream grows until its source ends
};

// What all results share. Owns one C result; many threads may use one object at once. Moved from or
// released, it is empty: every call throws Error (TP_EINVAL). Waiting throws Error (TP_EDEADLK)
// when the job could only end after the wait. In a forked child all throw Error (TP_EFORKED).
class Result {
 public:
  Result(Result&&) noexcept = default;
  Result& operator=(Result&&) noexcept = default;
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  // Returns true once the job has ended and its callback has returned.
  bool ready() const { return detail::check(tp_result_ready(capi())) == 1; }

  // Returns true when nothing in the job failed. Throws Error (TP_ENOTREADY) before it is ready.
  bool successful() const { return detail::check(tp_result_successful(capi())) == 1; }

  // Waits until the job is ready, whatever the outcome, which it doesn't throw.
  void wait() const { detail::check(tp_result_wait(capi(), TP_FOREVER)); }

  // Waits at most so long. Returns whether the job is ready.
  bool wait(Timeout timeout) const {
    return detail::check_in_time(tp_result_wait(capi(), timeout.count()));
  }

  // Ends the unstarted items of the job, which get() and next() then throw as Canceled, and asks
  // the running ones to stop. Does nothing to a job that has ended.
  void cancel() const { detail::check(tp_result_cancel(capi())); }

  // Tells how many items are done, and of how many.
  Progress progress() const {
    Progress progress{};
    detail::check(tp_result_progress(capi(), &progress.done, &progress.total));
    return progress;
  }

  // Lends the pool that was given the job; NULL when nobody said. Never throws.
  tp_pool_t* pool() const noexcept { return reinterpret_cast<tp_pool_t*>(pool_ & ~kBorrows); }

  // Lends the C result. Never throws.
  tp_result_t* capi() const noexcept { return result_.get(); }

  // Gives the C result away, to be released by the caller. Never throws.
  tp_result_t* release() noexcept { return result_.release(); }

 protected:
  Result(tp_result_t* owned, tp_pool_t* pool) noexcept
      : pool_(reinterpret_cast<std::uintptr_t>(pool)), result_(owned) {}

  // Does the job use a range of the caller's? For streams.
  bool borrows() const noexcept { return (pool_ & kBorrows) != 0; }
  void set_borrows() noexcept { pool_ |= kBorrows; }

 private:
  static constexpr std::uintptr_t kBorrows = 1;  // pools are aligned

  struct Release {
    void operator()(tp_result_t* result) const { tp_result_release(result); }
  };

  std::uintptr_t pool_;
  std::unique_ptr<tp_result_t, Release> result_;
};

// The result of an apply_async or map_async whose get() yields a T. Its end gives up the handle and
// nothing else: the job runs on.
template <class T, class Values = detail::OneValue<T>>
class AsyncResult : public Result {
 public:
  // Takes over a C result that such an object has released, of a job of the pool.
  explicit AsyncResult(tp_result_t* owned, tp_pool_t* pool = nullptr) noexcept
      : Result(owned, pool) {}

  // Waits, then lends the value, or throws: the task's own exception (of a map the one with the
  // lowest index), Canceled, Terminated, or Error (TP_ELOST, TP_EINIT). Repeatable.
  //
  // A single value is lent as T& as long as the result lives; as T&& when it can't be copied, so
  // that `auto value = r.get();` moves it out. The values of a map come as a new vector each time,
  // moved when they can't be copied. On an rvalue, std::move(r).get(), everything is moved out.
  decltype(auto) get() const& { return Values::lend(capi(), TP_FOREVER); }
  T get() && { return Values::take(capi(), TP_FOREVER); }

  // The same, but throws TimeoutError when the job is not ready in time; ask again later.
  decltype(auto) get(Timeout timeout) const& { return Values::lend(capi(), timeout.count()); }
  T get(Timeout timeout) && { return Values::take(capi(), timeout.count()); }

  // Starts f(value) on the pool when the job has succeeded, and returns a Future of what f returns.
  // Where this job fails, f is not run and the future throws the same; it throws PoolNotRunning
  // when the pool had been closed by then, Terminated, or what f throws.
  //
  // f is kept as a decay copy and called as an rvalue, once: with a const T&, or, if it doesn't
  // take that, with the value moved out; a void job's without argument. On an rvalue,
  // std::move(r).then(f) or pool.apply_async(g).then(f), the value is always moved out. The result
  // may go meanwhile. The pool has to be there when then() is called, as for any job; throws Error
  // (TP_EINVAL) when it is not known, std::bad_alloc.
  template <class F>
  auto then(F&& f) const&;
  template <class F>
  auto then(F&& f) &&;
};

// The result of a map_async of a callable that returns T: get() yields a std::vector<T>; void for
// void.
template <class T>
using MapResult =
    AsyncResult<std::conditional_t<std::is_void_v<T>, void, std::vector<T>>, detail::ManyValues<T>>;

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
