// SPDX-License-Identifier: MIT
// The pool over the ranks of MPI. Of libtpool-cluster; tpool.hpp leaves it out.
#ifndef TPOOL_CLUSTER_HPP
#define TPOOL_CLUSTER_HPP

#include "detail/prologue.hpp"

#include <tpool/cluster.h>
#include <tpool/submit.h>
#include <tpool/trace.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "codec.hpp"
#include "detail/remote.hpp"
#include "error.hpp"
#include "imap.hpp"
#include "keep_errors.hpp"
#include "options.hpp"
#include "result.hpp"

namespace tp::v1 {

// Settings of a ClusterPool: tp_cluster_options_t, with the pool's own. Since 1.2.
struct cluster_options {
  pool_options pool{};         // of this rank
  const void* comm = nullptr;  // MPI_Comm*: who takes part, in a program that has initialized MPI
  std::string engine{};        // empty = found out
  std::size_t window = 0;      // bytes at one rank; 0 = 64 MiB
  Timeout lost_after{0};       // 0 = 60 s
  bool leads = false;          // rank 0 runs no items, unless it is the only rank
};

namespace this_task {

// Returns the number of this process among the ranks; 0 without a ClusterPool. Never throws.
inline std::size_t rank() noexcept {
  std::size_t rank = 0;
  tp_cluster_rank(&rank, nullptr);
  return rank;
}

}  // namespace this_task

// An object that all ranks of a pool have: rank 0's copy here, and one in each rank that needs it. Movable. The copies
// go with it, as soon as no job uses them. The pool has to outlive it. Since 1.2.
template <class T>
class Shared {
 public:
  Shared(Shared&& other) noexcept
      : pool_(other.pool_), object_(std::exchange(other.object_, nullptr)) {}
  Shared& operator=(Shared&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(object_, other.object_);
    return *this;
  }
  ~Shared() {
    if (object_) tp_cluster_unshare(pool_, object_);
  }

  const T& operator*() const noexcept { return *get(); }
  const T* operator->() const noexcept { return get(); }
  // NULL once it has been moved from.
  const T* get() const noexcept { return static_cast<const T*>(object_); }

 private:
  friend class ClusterPool;
  template <class Object, class F>
  friend detail::With<Object, F> with(const Shared<Object>& shared, F f);

  // The ctx of a task that calls f with the object.
  template <class F>
  std::shared_ptr<tp_cluster_bound_t> bind(F f) const {
    void* bound = nullptr;
    detail::check_last(tp_cluster_bind(pool_, object_, reinterpret_cast<void (*)()>(f), &bound));
    const auto unshare = [pool = pool_](tp_cluster_bound_t* ended) {
      tp_cluster_unshare(pool, ended);
    };
    return {static_cast<tp_cluster_bound_t*>(bound), unshare};
  }

  Shared(tp_pool_t* pool, void* object) noexcept : pool_(pool), object_(object) {}

  tp_pool_t* pool_;
  void* object_;
};

// A callable that runs f(object, arguments...) in each rank, with that rank's copy of the object. f is a function, or a
// class without data. The shared object has to live until the job is accepted. For a function it throws the errors of
// tp_cluster_bind, and the pool has to outlive what it returns. Since 1.2.
template <class T, class F>
detail::With<T, F> with(const Shared<T>& shared, F f) {
  static_assert(
      detail::is_function<F> || std::is_empty_v<F>,
      "tp::with takes a function or a class without data: put what it needs into the items or the "
      "shared object");
  if constexpr (detail::is_function<F>)
    return {shared.bind(f)};
  else
    return {shared.get()};
}

// A ThreadPool over all processes that the launcher has started. All of them make one, in the same
// place: in rank 0 it is a pool. In the others the constructor runs items until that pool has
// ended; then the object is empty, and the program should end.
//
//     tp::ClusterPool pool;
//     if (!pool) return 0;
//     for (int y : pool.map(square, numbers)) …
//
// The calls are those of ThreadPool, with these differences. A callable that runs in a rank is a
// function or has no data: what it needs is in its items, or shared (tp::with); callbacks may capture. Elements,
// arguments and values need a tp::codec (codec.hpp). A map of a range whose elements are not in an
// array copies them. What an item throws arrives as a RemoteError, from every rank.
//
// The constructor throws the errors of tp_cluster_pool_create, in each rank. Since 1.2.
class ClusterPool {
 public:
  ClusterPool() : ClusterPool(cluster_options()) {}
  explicit ClusterPool(cluster_options how) : pool_(make(std::move(how))) {
    std::size_t ranks = 0;
    if (pool_) detail::check(tp_cluster_rank(nullptr, &ranks));
    ranks_ = ranks;
  }

  // True in rank 0. In the others every call throws PoolNotRunning.
  explicit operator bool() const noexcept { return pool_ != nullptr; }

  // Runs f(args...) in some rank, waits, and returns what f returns.
  template <class F, class... Args>
  auto apply(F f, Args&&... args) {
    using Item = std::tuple<std::decay_t<Args>...>;
    using Call = detail::RemoteCall<detail::Spread<F>, Item>;
    const Item item(std::forward<Args>(args)...);
    const tp_task_t task = Call::task(f);
    detail::Slots<typename Call::Value> value(1);
    detail::check_last(tp_pool_apply(running(), &task, &item, value.data()));
    return value.take();
  }

  // Starts f(args...) in some rank and returns the job's result. Options as for ThreadPool.
  template <class F, class... Args>
  auto apply_async(F f, Args&&... args) {
    return apply_async(options<>(), std::move(f), std::forward<Args>(args)...);
  }
  template <class C, class E, class F, class... Args>
  auto apply_async(options<C, E> how, F f, Args&&... args) {
    using Item = std::tuple<std::decay_t<Args>...>;
    using Call = detail::RemoteCall<detail::Spread<F>, Item>;
    using T = typename Call::Value;
    Item item(std::forward<Args>(args)...);
    tp_task_t task = Call::task(f);
    detail::describe_item<Item>(task);
    tp_job_options_t to = detail::job_options(how);
    auto callbacks = detail::attach_callbacks<detail::OneValue<T>>(how, to);
    tp_result_t* result = nullptr;
    detail::check(tp_pool_apply_async(running(), &task, &item, &to, &result));
    static_cast<void>(callbacks.release());
    return AsyncResult<T>(result, capi());
  }

  // Runs f on each element of the range and returns the values in their order.
  template <class F, class Range>
  auto map(F f, Range&& range, const options<>& how = {}) {
    return map_of<F>(f, range, how);
  }
  // The same with f(std::get<i>(row)...) of each row.
  template <class F, class Range>
  auto starmap(F f, Range&& range, const options<>& how = {}) {
    return map_of<detail::Spread<F>>(f, range, how);
  }

  // Starts a map and returns its result. The elements are copied.
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(F f, Range&& range, options<C, E> how = {}) {
    return start_map<F>(f, range, how);
  }
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto starmap_async(F f, Range&& range, options<C, E> how = {}) {
    return start_map<detail::Spread<F>>(f, range, how);
  }

  // As map and map_async, but an item that fails doesn't fail the job: the vector holds an Outcome for each element,
  // also of an item whose rank was lost.
  template <class F, class Range>
  auto map(keep_errors_t keep, F f, Range&& range, const options<>& how = {}) {
    return map_async(keep, std::move(f), range, how).get();
  }
  template <class F, class Range, class C = std::nullptr_t, class E = std::nullptr_t>
  auto map_async(keep_errors_t, F f, Range&& range, options<C, E> how = {}) {
    return start_map<F, detail::Outcomes>(f, range, how, TP_JOB_KEEP_ERRORS);
  }

  // Starts a lazy map and returns the stream of its values. The range is moved or copied, and its
  // elements are pulled one at a time, on a thread of rank 0, while at most buffersize are out. The
  // range may be another stream, which is moved: an item that failed there fails here, too.
  template <class F, class Range>
  [[nodiscard]] auto imap(F f, Range&& range, const options<>& how = {}) {
    return stream(tp_pool_imap, f, std::forward<Range>(range), how);
  }
  template <class F, class Range>
  [[nodiscard]] auto imap_unordered(F f, Range&& range, const options<>& how = {}) {
    return stream(tp_pool_imap_unordered, f, std::forward<Range>(range), how);
  }

  // Copies the object for all ranks, at a multiple of 64 bytes. T needs a tp::codec, which packs it here, and unpacks
  // it once in each rank that needs it. Throws Error (TP_EINVAL) when the codec can't.
  template <class T>
  [[nodiscard]] Shared<T> share(const T& object) {
    static_assert(
        alignof(T) <= 64,
        "a copy of a shared object lies at a multiple of 64 bytes: share a type without a "
        "stricter alignas");
    void* shared = nullptr;
    detail::check_last(
        tp_cluster_share(running(), &object, sizeof(T), detail::codec_for<T>(), &shared));
    return Shared<T>(capi(), shared);
  }

  void close() { detail::check(tp_pool_close(running())); }
  void terminate() { detail::check(tp_pool_terminate(running())); }
  void join() { detail::check(tp_pool_join(running(), TP_FOREVER)); }
  bool join(Timeout timeout) {
    return detail::check_in_time(tp_pool_join(running(), timeout.count()));
  }
  void wait_idle() { detail::check(tp_pool_wait_idle(running(), TP_FOREVER)); }
  bool wait_idle(Timeout timeout) {
    return detail::check_in_time(tp_pool_wait_idle(running(), timeout.count()));
  }
  void pause() { detail::check(tp_pool_pause(running())); }
  void resume() { detail::check(tp_pool_resume(running())); }
  // Returns how many workers all living ranks have.
  std::size_t workers() const {
    std::size_t count = 0;
    detail::check(tp_pool_workers(running(), &count));
    return count;
  }
  // Returns how many ranks there were at the start.
  std::size_t ranks() const noexcept { return ranks_; }
  tp_pool_stats_t stats() const {
    tp_pool_stats_t stats{};
    stats.size = sizeof(stats);
    detail::check(tp_pool_stats(running(), &stats));
    return stats;
  }
  void trace_start(const char* path) { detail::check(tp_pool_trace_start(running(), path)); }
  void trace_stop() { detail::check(tp_pool_trace_stop(running())); }
  // Lends the C pool; NULL in ranks other than 0. Never throws.
  tp_pool_t* capi() const noexcept { return pool_.get(); }

 private:
  static tp_pool_t* make(cluster_options&& how) {
    tp_cluster_options_t to{};
    to.size = sizeof(to);
    to.comm = how.comm;
    to.engine = how.engine.empty() ? nullptr : how.engine.c_str();
    to.window = how.window;
    to.lost_after = how.lost_after.count();
    to.flags = how.leads ? TP_CLUSTER_LEADS : 0;
    return detail::create_pool(std::move(how.pool),
                               [&to](const tp_pool_options_t* pool, tp_pool_t** made) {
                                 to.pool = pool;
                                 return tp_cluster_pool_create(&to, made);
                               });
  }

  tp_pool_t* running() const {
    if (!pool_) throw PoolNotRunning();
    return pool_.get();
  }

  template <class F, class Given, class Range>
  auto map_of(Given& f, Range& range, const options<>& how) {
    const detail::RemoteItems<Range> items(range);
    using Call = detail::RemoteCall<F, typename detail::RemoteItems<Range>::Item>;
    const tp_task_t task = Call::task(f);
    const tp_job_options_t to = detail::job_options(how);
    detail::Slots<typename Call::Value> values(items.size());
    detail::check_last(
        tp_pool_map(running(), &task, items.data(), values.data(), items.size(), &to));
    return values.take_all();
  }

  template <class F, template <class> class ReaderOf = detail::ManyValues, class Given, class Range,
            class C, class E>
  auto start_map(Given& f, Range& range, options<C, E>& how, std::uint32_t flags = 0) {
    using Items = detail::RemoteItems<Range, true>;
    using Call = detail::RemoteCall<F, typename Items::Item>;
    using Reader = ReaderOf<typename Call::Value>;
    auto items = std::make_unique<Items>(range);
    tp_task_t task = Call::task(f);
    tp_job_options_t to = detail::job_options(how);
    to.flags |= flags;
    auto callbacks = detail::attach_callbacks<Reader>(how, to);
    tp_result_t* result = nullptr;
    detail::check(tp_pool_map_async(running(), &task, items->data(), items->size(), &to, &result));
    static_cast<void>(callbacks.release());
    Items::keep_until_ready(std::move(items), result);
    return AsyncResult<typename Reader::Type, Reader>(result, capi());
  }

  template <class Start, class F, class Range>
  auto stream(Start start, F& f, Range&& range, const options<>& how) {
    using Source = detail::RemoteSource<std::decay_t<Range>>;
    using Call = detail::RemoteCall<typename Source::template Called<F>, typename Source::Item>;
    auto source = std::make_unique<Source>(std::forward<Range>(range));
    tp_task_t task = Call::task(f);
    detail::describe_item<typename Source::Item>(task);
    tp_job_options_t to = detail::job_options(how);
    to.source_drop = detail::delete_as<Source>;
    tp_result_t* result = nullptr;
    detail::check(start(running(), &task, Source::pull, source.get(), &to, &result));
    static_cast<void>(source.release());
    return ImapIterator<typename Call::Value>(result, capi());
  }

  detail::Owned<tp_pool_t, tp_pool_destroy> pool_;
  std::size_t ranks_ = 0;
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
