// SPDX-License-Identifier: MIT
// The calls that start jobs.
#ifndef TPOOL_SUBMIT_HPP
#define TPOOL_SUBMIT_HPP

#include "detail/prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/items.hpp"
#include "detail/loops.hpp"
#include "detail/range_job.hpp"
#include "detail/reduce_job.hpp"
#include "error.hpp"
#include "feed.hpp"
#include "imap.hpp"
#include "options.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// Where jobs go.
struct Target {
  tp_pool_t* pool;
  tp_group_t* group;  // NULL: that of their options
};

}  // namespace detail

// The calls of ThreadPool and of Group, the Owner, that start jobs.
//
// They throw PoolNotRunning after close or terminate, Error (TP_EINIT) after an initializer failed, and, with
// try_submit, Error (TP_EAGAIN) when max_pending jobs are accepted and not ended.
template <class Owner>
class JobCalls {
 public:
  // Runs f(args...) on a worker, waits, and returns a decay copy of what f returns. Uses f and args where they are.
  // Throws what f throws, Terminated, Error (TP_ELOST) when f ended its thread.
  template <class F, class... Args>
  detail::ValueOf<F, Args...> apply(F&& f, Args&&... args) const {
    const auto call = [&]() -> decltype(auto) {
      return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    };
    const detail::Target to = tpool_target();
    return detail::apply_now<detail::ValueOf<F, Args...>>(to.pool, call, to.group);
  }
  // Any other call doesn't compile.
  template <class... Args>
  void apply(Args&&...) const {
    static_assert(detail::is_none<Args...>,
                  "the callable comes first, then the arguments that it takes");
  }

  // Starts f(args...) on a worker and returns the job's result, which may be ignored. Keeps decay copies of f and args
  // and passes them on as rvalues, once; std::ref passes a reference. Moves from rvalues only after the job was
  // accepted: a refused call leaves them as they were, and get() throws what moving them throws (since 1.2).
  template <class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(F&& f, Args&&... args) const {
    return apply_async(options<>(), std::forward<F>(f), std::forward<Args>(args)...);
  }

  // The same with options: callback (of the value), error_callback, try_submit, priority, deadline, name.
  template <class C, class E, class F, class... Args>
  AsyncResult<detail::ClosureValue<F, Args...>> apply_async(options<C, E> how, F&& f,
                                                            Args&&... args) const {
    using T = detail::ClosureValue<F, Args...>;
    // the job may end its group while this call starts it
    tp_pool_t* const pool = tpool_target().pool;
    tp_result_t* result = nullptr;
    tpool_submit<T>(how, &result, std::forward<F>(f), std::forward<Args>(args)...);
    return AsyncResult<T>(result, pool);
  }

  // Starts f(args...) without a result: drops what it returns, and calls pool_options::unobserved with what it throws.
  // Needs no memory when f and args are trivially copyable and have 8 bytes.
  template <class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, F&& f, Args&&... args) const {
    const detail::Target to = tpool_target();
    const tp_job_options_t how = tpool_options(options<>());
    detail::forget(to.pool, to.group != nullptr ? &how : nullptr, std::forward<F>(f),
                   std::forward<Args>(args)...);
  }

  // The same with the options of apply_async. Since 1.2.
  template <class C, class E, class F, class... Args>
  detail::ClosureDone<F, Args...> apply_async(forget_t, options<C, E> how, F&& f,
                                              Args&&... args) const {
    // nobody gets the value but a callback
    using T = std::conditional_t<std::is_same_v<C, std::nullptr_t>, void,
                                 detail::ClosureValue<F, Args...>>;
    tpool_submit<T>(how, nullptr, std::forward<F>(f), std::forward<Args>(args)...);
  }
  // Any other call doesn't compile.
  template <class... Args>
  void apply_async(Args&&...) const {
    static_assert(detail::is_none<Args...>,
                  "behind tp::forget and options comes the callable, then the arguments that it "
                  "takes: copies of these, as rvalues, so that a T& needs std::ref");
  }

  // Runs f(element) for each element of the range, waits for all, and returns a std::vector of the values in the order
  // of the range; nothing for void. Workers call the same f at the same time. Elements of a random-access range are
  // used there, those that a view makes when they are needed; the calling thread first walks through any other range. A
  // worker runs many elements in one call, in which f is inlined (tp_task_t.batch).
  //
  // Tries every element, also after a failure, unless fail_fast is set. Throws what f threw for the first element that
  // failed, Error (TP_ELOST) when f ended its thread, Terminated, TimeoutError at the deadline, and what the range
  // throws. Options: chunksize, fail_fast, try_submit and, as everywhere, priority, deadline and name.
  template <class F, class Range>
  auto map(F&& f, Range&& range, const options<>& how = {}) const {
    if constexpr (detail::fits<detail::MapFit<F&, Range>>()) {
      const detail::Target to = tpool_target();  // before the range is read
      detail::RangeJob<F&, detail::LentItems<Range>> job(f, std::forward<Range>(range));
      return detail::map_now(to.pool, job, tpool_options(how));
    }
  }

  // The same without waiting: get() of the result returns the vector or throws. The job owns what it is given: a decay
  // copy of f, and a copy of an lvalue range (of an array or a std::initializer_list its elements, of a view the view;
  // since 1.2). std::ref(range) borrows the range, whose elements must then stay until the result is ready. A refused
  // call, also of starmap_async and imap, moves f and any range but a one-pass one back.
  template <class F, class Range>
  auto map_async(F&& f, Range&& range) const {
    return map_async(std::forward<F>(f), std::forward<Range>(range), options<>());
  }

  // The same with the options of map, callback (of a const std::vector<T>&) and error_callback.
  template <class F, class Range, class C = detail::MapCallback<std::decay_t<F>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto map_async(F&& f, Range&& range, options<C, E> how) const {
    return detail::start_map<detail::ManyValues>(tpool_target().pool, std::forward<F>(f),
                                                 std::forward<Range>(range), how,
                                                 tpool_options(how));
  }

  // As above, with <tpool/keep_errors.hpp>, but an item that throws doesn't fail the job: the vector holds an Outcome
  // for each element. An item that ends its thread fails a map with Error (TP_ELOST), and has an Outcome in a
  // map_async. Error (TP_EINVAL) with fail_fast. Since 1.1.
  template <class F, class Range>
  auto map(keep_errors_t, F&& f, Range&& range, const options<>& how = {}) const;
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(keep_errors_t, F&& f, Range&& range, options<C, E> how = {}) const;

  // As map, but runs f(std::get<i>(row)...) for each row: a std::tuple, std::pair or std::array.
  template <class F, class Range>
  auto starmap(F&& f, Range&& rows, const options<>& how = {}) const {
    return map(detail::Star<F&>{f}, std::forward<Range>(rows), how);
  }

  // As map_async, for a callable of many arguments.
  template <class F, class Range>
  auto starmap_async(F&& f, Range&& rows) const {
    return starmap_async(std::forward<F>(f), std::forward<Range>(rows), options<>());
  }
  template <class F, class Range,
            class C = detail::MapCallback<detail::Star<std::decay_t<F>>, Range>,
            class E = std::function<void(std::exception_ptr)>>
  auto starmap_async(F&& f, Range&& rows, options<C, E> how) const {
    using Star = detail::Star<std::decay_t<F>>;
    Star star{std::forward<F>(f)};
    try {
      return map_async(std::move(star), std::forward<Range>(rows), std::move(how));
    } catch (...) {
      detail::roll_back_to<F>(f, star.f);
      throw;
    }
  }

  // Runs f(element) for each element of the range and waits for all. All else is as in map; what f returns is dropped.
  // Since 1.2, as all loops below.
  template <class Range, class F>
  void for_each(Range&& range, F&& f, const options<>& how = {}) const {
    map(detail::Ignoring<std::remove_reference_t<F>>{f}, std::forward<Range>(range), how);
  }

  // The same with f(i) for each index 0 … n-1. Error (TP_EOVERFLOW) when n is not a std::ptrdiff_t.
  template <class F>
  void for_index(std::size_t n, F&& f, const options<>& how = {}) const {
    using Body = detail::Ignoring<std::remove_reference_t<F>>;
    using Index = detail::PassedAs<F, std::size_t, true>;
    constexpr bool takes = std::is_invocable_v<F&, Index>;
    static_assert(takes,
                  "the callable doesn't take an index: give it one parameter, a std::size_t");
    if constexpr (takes) {
      Body body{f};
      detail::RangeJob<Body&, detail::CountedItems> job(body, n);
      detail::map_now(tpool_target().pool, job, tpool_options(how));
    }
  }

  // Runs f(begin, end) for chunks of the indices 0 … n-1, one call for each, and waits for all. Throws what f threw for
  // the first chunk that failed, and as map. Options as for map.
  template <class F>
  void for_range(std::size_t n, F&& f, const options<>& how = {}) const {
    constexpr bool takes = std::is_invocable_v<F&, std::size_t&, std::size_t&>;
    static_assert(takes,
                  "the callable doesn't take the two indices where a chunk begins and ends: give "
                  "it two parameters, each a std::size_t");
    if constexpr (takes) {
      auto call = [&f](std::size_t begin, std::size_t end) { std::invoke(f, begin, end); };
      const tp_job_options_t to = tpool_options(how);
      detail::check_last(
          tp_pool_for(tpool_target().pool, detail::run_chunk<decltype(call)>, &call, n, &to));
    }
  }

  // Returns op(… op(op(init, x0), x1) …, xn) of the elements, in their order, but grouped as the work was shared: op
  // must be associative. It need not be commutative, and init, which counts once, on the left, need not be neutral.
  // With a chunksize the grouping, and so the bits of a sum of floating-point numbers, is the same in each run and on
  // any number of workers.
  //
  // op takes a T and an element, or two T, and what it returns is assigned to a T. A T can be made from an element, and
  // moved. A chunk ends where op throws; the others run, unless fail_fast is set. Throws what the first chunk threw
  // that failed, and as map. Ranges and options as for map.
  template <class Range, class T, class Op>
  T reduce(Range&& range, T init, Op&& op, const options<>& how = {}) const {
    return transform_reduce(std::forward<Range>(range), std::move(init), op, detail::Same(), how);
  }

  // The same with f(element) in place of each element.
  template <class Range, class T, class Op, class F>
  T transform_reduce(Range&& range, T init, Op&& op, F&& f, const options<>& how = {}) const {
    using Fit = detail::MapFit<F&, Range>;
    if constexpr (detail::fits<Fit>()) {
      using Value = std::invoke_result_t<F&, typename Fit::Argument>;
      constexpr bool reduces = std::is_invocable_v<Op&, T, Value> && std::is_invocable_v<Op&, T, T>;
      static_assert(reduces,
                    "the operation doesn't take a T and an element, or two T: pass init, whose "
                    "type is T, and then an operation whose two parameters take both");
      if constexpr (reduces) {
        using Job = detail::ReduceJob<T, std::remove_reference_t<Op>, std::remove_reference_t<F>,
                                      detail::LentItems<Range>>;
        const detail::Target to = tpool_target();  // before the range is read
        Job job(std::forward<Range>(range), std::move(init), op, f);
        return job.run(to.pool, tpool_options(how));
      }
    }
  }

  // As map, but the values go to where the caller wants them: out is a random-access range or iterator whose elements
  // f(element) is assigned to. After a failure some may be assigned. Or out is tp::uninitialized(pointer) to memory for
  // n values of type T: a T is made of each f(element) there, and after a failure there is none. Error (TP_EINVAL) when
  // out is a shorter range.
  template <class Out, class F, class Range>
  void map_into(Out&& out, F&& f, Range&& range, const options<>& how = {}) const {
    if constexpr (detail::fits<detail::MapFit<F&, Range>>()) {
      detail::map_to(tpool_target().pool, out, f, std::forward<Range>(range), tpool_options(how));
    }
  }

  // Starts a lazy map and returns the stream of its values, in the order of the range (imap.hpp). Workers pull the
  // elements, one at a time, while at most buffersize are pulled and not yet yielded. next() throws what the range
  // throws, after the values before it. The range may be endless or allow only one pass; the elements of a one-pass
  // range are copied, or moved.
  //
  // Destroying the stream cancels what has not started and waits for what runs. So an lvalue range or std::ref(range)
  // is borrowed until then, by a BorrowingIterator. For an rvalue range the stream is an ImapIterator, which can be
  // detached to run on without a reader. Options: chunksize, buffersize, fail_fast, try_submit.
  //
  // The range may be a stream, also one of another pool: pool.imap(g, pool.imap(f, xs)) runs g on each value of f as
  // soon as it is there. Each stream has its own window. Where f failed, next() throws that exception in place of g's
  // value, and goes on behind it. Since 1.2.
  template <class F, class Range>
  [[nodiscard]] auto imap(F&& f, Range&& range, const options<>& how = {}) const {
    return detail::start_stream(tp_pool_imap, tpool_target().pool, std::forward<F>(f),
                                std::forward<Range>(range), tpool_options(how));
  }

  // The same, with the values in the order in which they are made.
  template <class F, class Range>
  [[nodiscard]] auto imap_unordered(F&& f, Range&& range, const options<>& how = {}) const {
    return detail::start_stream(tp_pool_imap_unordered, tpool_target().pool, std::forward<F>(f),
                                std::forward<Range>(range), tpool_options(how));
  }

  // Starts a stream of f(item) whose items, of type Item, are pushed: auto s = pool.feed<Item>(f); s.push(x);
  // s.push_end(); and s is read as that of imap. Options as for imap. After close() pushing goes on, and join() waits
  // for push_end(). Since 1.2.
  template <class Item, class F>
  [[nodiscard]] auto feed(F&& f, const options<>& how = {}) const {
    return detail::start_feed<Item>(tp_pool_imap, tpool_target().pool, std::forward<F>(f),
                                    tpool_options(how));
  }

  // The same, with the values in the order in which they are made.
  template <class Item, class F>
  [[nodiscard]] auto feed_unordered(F&& f, const options<>& how = {}) const {
    return detail::start_feed<Item>(tp_pool_imap_unordered, tpool_target().pool, std::forward<F>(f),
                                    tpool_options(how));
  }

 protected:
  JobCalls() = default;
  JobCalls(const JobCalls&) = default;
  JobCalls& operator=(const JobCalls&) = default;
  ~JobCalls() = default;

 private:
  // A program's class may derive from the Owner, so these have names that it does not use.

  // Where the jobs go. Throws Error (TP_EINVAL) for a group that was moved from.
  detail::Target tpool_target() const { return static_cast<const Owner*>(this)->tpool_target(); }

  // Returns the C options, without callbacks.
  template <class C, class E>
  tp_job_options_t tpool_options(const options<C, E>& how) const {
    tp_job_options_t to = detail::job_options(how);
    if (tp_group_t* const group = tpool_target().group) to.group = group;
    return to;
  }

  // Starts a job that yields a T. result: NULL for none.
  template <class T, class C, class E, class F, class... Args>
  void tpool_submit(options<C, E>& how, tp_result_t** result, F&& f, Args&&... args) const {
    detail::Parts<F, Args...> parts(std::forward<F>(f), std::forward<Args>(args)...);
    tp_job_options_t to = tpool_options(how);
    auto callbacks = detail::attach_callbacks<detail::OneValue<T>>(how, to);
    detail::submit_parts<T>(tpool_target().pool, parts, &to, result);
    static_cast<void>(callbacks.release());
  }
};

// pool.map_into(tp::uninitialized(pointer), f, range): makes the values in memory without objects. Since 1.2.
template <class T>
detail::Uninitialized<T> uninitialized(T* first) {
  return {first};
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
