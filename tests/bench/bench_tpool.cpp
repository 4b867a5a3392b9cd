// SPDX-License-Identifier: MIT
// libtpool through its C ABI.
#include <tpool/tpool.h>

#include <numeric>
#include <utility>
#include <vector>

#include "harness.hpp"

namespace {

void ok(int status) {
  if (status != TP_OK) bench::check(false, tp_strerror(status));
}

class Pool {
 public:
  explicit Pool(size_t workers, uint32_t flags = 0) {
    tp_pool_options_t options{};
    options.size = sizeof options;
    options.workers = workers;
    options.flags = flags;
    ok(tp_pool_create(&options, &handle));
  }
  ~Pool() { tp_pool_destroy(handle); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 protected:
  tp_pool_t* handle = nullptr;
};

constexpr tp_task_t task_of(tp_task_fn fn, void* ctx, size_t item_size, size_t value_size) {
  tp_task_t task{};
  task.size = sizeof task;
  task.fn = fn;
  task.ctx = ctx;
  task.item_size = item_size;
  task.value_size = value_size;
  return task;
}

template <void (*fn)(void*)>
int run_ctx(void* ctx, const void*, void*) {
  fn(ctx);
  return 0;
}

template <uint64_t (*fn)(uint64_t)>
int run_item(void*, const void* item, void* value) {
  *static_cast<uint64_t*>(value) = fn(*static_cast<const uint64_t*>(item));
  return 0;
}

template <uint64_t (*fn)(uint64_t)>
constexpr tp_task_t item_task = task_of(run_item<fn>, nullptr, sizeof(uint64_t), sizeof(uint64_t));

TP_TASK_BATCH(square, bench::square_item, double, double)

struct Async : Pool {
  static constexpr auto name = "apply_async";
  using Pool::Pool;

  // A program that submits in a loop keeps its task.
  template <void (*fn)(void*)>
  void submit(void* arg) {
    static constinit thread_local tp_task_t task = task_of(run_ctx<fn>, nullptr, 0, 0);
    task.ctx = arg;
    ok(tp_pool_apply_async(handle, &task, nullptr, nullptr, nullptr));
  }
  void wait(size_t) { ok(tp_pool_wait_idle(handle, TP_FOREVER)); }

  template <uint64_t (*fn)(uint64_t)>
  tp_result_t* async(uint64_t i) {
    tp_result_t* result = nullptr;
    ok(tp_pool_apply_async(handle, &item_task<fn>, &i, nullptr, &result));
    return result;
  }
  uint64_t take(tp_result_t* result) {
    void* value = nullptr;
    ok(tp_result_get(result, TP_FOREVER, &value));
    uint64_t i = *static_cast<uint64_t*>(value);
    tp_result_release(result);
    return i;
  }
};

// The same in a group of the pool.
struct Grouped : Pool {
  static constexpr auto name = "apply_async, group";
  explicit Grouped(size_t workers) : Pool(workers) {
    tp_group_options_t options{};
    options.size = sizeof options;
    ok(tp_group_create(handle, &options, &group_));
    in_group_.size = sizeof in_group_;
    in_group_.group = group_;
  }
  ~Grouped() { tp_group_release(group_); }

  template <void (*fn)(void*)>
  void submit(void* arg) {
    const tp_task_t task = task_of(run_ctx<fn>, arg, 0, 0);
    ok(tp_pool_apply_async(handle, &task, nullptr, &in_group_, nullptr));
  }
  void wait(size_t) { ok(tp_group_wait(group_, TP_FOREVER)); }

 private:
  tp_group_t* group_ = nullptr;
  tp_job_options_t in_group_{};
};

// Promises, and what follows from them.
struct Then : Pool {
  static constexpr auto name = "then, when_all";
  using Pool::Pool;

  struct Chain {
    tp_promise_t* promise;
    tp_result_t* last;
  };
  Chain chain(size_t n) {
    Chain chain{};
    make_promise(chain.promise, chain.last);
    for (size_t i = 0; i < n; ++i) {
      tp_result_t* next = nullptr;
      ok(tp_result_then(chain.last, &kNext, nullptr, &next));
      tp_result_release(std::exchange(chain.last, next));
    }
    return chain;
  }
  uint64_t finish(const Chain& chain) {
    const uint64_t zero = 0;
    set(chain.promise, zero);
    void* value = nullptr;
    ok(tp_result_get(chain.last, TP_FOREVER, &value));
    const uint64_t last = *static_cast<uint64_t*>(value);
    tp_result_release(chain.last);
    return last;
  }

  struct Join {
    std::vector<tp_promise_t*> promises;
    tp_result_t* all;
  };
  Join join(size_t n) {
    Join join{std::vector<tp_promise_t*>(n), nullptr};
    std::vector<tp_result_t*> results(n);
    for (size_t i = 0; i < n; ++i) make_promise(join.promises[i], results[i]);
    ok(tp_when_all(results.data(), n, &join.all));
    for (tp_result_t* result : results) tp_result_release(result);
    return join;
  }
  void finish(Join& join) {
    for (size_t i = 0; i < join.promises.size(); ++i) set(join.promises[i], i);
    ok(tp_result_wait(join.all, TP_FOREVER));
    tp_result_release(join.all);
  }

 private:
  static int add_one(void*, const void* source, void* value) {
    void* read = nullptr;
    ok(tp_result_get(*static_cast<tp_result_t* const*>(source), 0, &read));
    *static_cast<uint64_t*>(value) = *static_cast<uint64_t*>(read) + 1;
    return 0;
  }
  static constexpr tp_task_t kNext =
      task_of(add_one, nullptr, sizeof(tp_result_t*), sizeof(uint64_t));

  void make_promise(tp_promise_t*& promise, tp_result_t*& result) {
    ok(tp_promise_create(handle, &item_task<bench::identity>, &promise, &result));
  }
  static void set(tp_promise_t* promise, const uint64_t& value) {
    ok(tp_promise_set(promise, &value));
    tp_promise_release(promise);
  }
};

struct Apply : Pool {
  static constexpr auto name = "apply";
  using Pool::Pool;

  template <uint64_t (*fn)(uint64_t)>
  uint64_t call(uint64_t i) {
    uint64_t value = 0;
    ok(tp_pool_apply(handle, &item_task<fn>, &i, &value));
    return value;
  }
};

struct For : Pool {
  static constexpr auto name = "for";
  using Pool::Pool;

  template <class Body>
  void for_range(size_t n, const Body& body) {
    auto run = [](void* ctx, size_t begin, size_t end) {
      (*static_cast<const Body*>(ctx))(begin, end);
      return 0;
    };
    ok(tp_pool_for(handle, run, const_cast<Body*>(&body), n, nullptr));
  }
};

struct Reduce : Pool {
  static constexpr auto name = "reduce";
  using Pool::Pool;

  double sum(const std::vector<double>& in) {
    const auto add = [](void* ctx, size_t begin, size_t end, void* partial) {
      const double* const values = static_cast<const double*>(ctx);
      double& total = *static_cast<double*>(partial);
      total = std::accumulate(values + begin, values + end, total);
      return 0;
    };
    const auto combine = [](void*, void* into, void* from) {
      *static_cast<double*>(into) += *static_cast<double*>(from);
      return 0;
    };
    const double zero = 0;
    const tp_reduce_t reduce{sizeof reduce, add,        combine, const_cast<double*>(in.data()),
                             &zero,         sizeof zero};
    double total = 0;
    ok(tp_pool_reduce(handle, &reduce, in.size(), nullptr, &total));
    return total;
  }
};

struct Map : Pool {
  static constexpr auto name = "map";
  using Pool::Pool;

  template <class Body>
  void for_each(size_t n, const Body& body) {
    auto run = [](void* ctx, const void* item, void*) {
      (*static_cast<const Body*>(ctx))(*static_cast<const uint32_t*>(item));
      return 0;
    };
    if (indices_.size() != n) {
      indices_.resize(n);
      std::iota(indices_.begin(), indices_.end(), 0u);
    }
    const tp_task_t task = task_of(run, const_cast<Body*>(&body), sizeof(uint32_t), 0);
    ok(tp_pool_map(handle, &task, indices_.data(), nullptr, n, nullptr));
  }
  void map(bench::ItemFn fn, const std::vector<double>& in, std::vector<double>& out) {
    const tp_task_t task = task_of(fn, nullptr, sizeof(double), sizeof(double));
    ok(tp_pool_map(handle, &task, in.data(), out.data(), in.size(), nullptr));
  }
  void map_inlined(const std::vector<double>& in, std::vector<double>& out) {
    const tp_task_t task = TP_TASK_WITH(bench::square_item, square_batch, nullptr, double, double);
    ok(tp_pool_map(handle, &task, in.data(), out.data(), in.size(), nullptr));
  }

 private:
  std::vector<uint32_t> indices_;
};

// A call of fib that spawns one of the two calls that it makes, as a task of its own.
struct ForkAsync : Pool {
  static constexpr auto name = "apply_async, get";
  using Pool::Pool;

  uint64_t fib(uint64_t n) {
    uint64_t value = 0;
    const tp_task_t task = task_of(run, handle, sizeof n, sizeof value);
    ok(tp_pool_apply(handle, &task, &n, &value));
    return value;
  }

 private:
  static int run(void* ctx, const void* item, void* value) {
    *static_cast<uint64_t*>(value) =
        fork(static_cast<tp_pool_t*>(ctx), *static_cast<const uint64_t*>(item));
    return 0;
  }
  static uint64_t fork(tp_pool_t* pool, uint64_t n) {
    if (n < 2) return n;
    const tp_task_t task = task_of(run, pool, sizeof n, sizeof n);
    const uint64_t spawned = n - 1;
    tp_result_t* result = nullptr;
    ok(tp_pool_apply_async(pool, &task, &spawned, nullptr, &result));
    const uint64_t other = fork(pool, n - 2);
    void* value = nullptr;
    ok(tp_result_get(result, TP_FOREVER, &value));
    const uint64_t sum = other + *static_cast<uint64_t*>(value);
    tp_result_release(result);
    return sum;
  }
};

// The same with the two calls as a loop of two items.
struct ForkFor : Pool {
  static constexpr auto name = "for of 2";
  using Pool::Pool;

  uint64_t fib(uint64_t n) {
    Call call{handle, n + 1, {0, 0}};
    ok(tp_pool_for(handle, run, &call, 1, nullptr));
    return call.values[0];
  }

 private:
  struct Call {
    tp_pool_t* pool;
    uint64_t n;
    uint64_t values[2];  // of n-1 and n-2
  };

  static int run(void* ctx, size_t begin, size_t end) {
    auto* call = static_cast<Call*>(ctx);
    for (size_t i = begin; i < end; ++i) call->values[i] = fork(call->pool, call->n - 1 - i);
    return 0;
  }
  static uint64_t fork(tp_pool_t* pool, uint64_t n) {
    if (n < 2) return n;
    Call call{pool, n, {0, 0}};
    ok(tp_pool_for(pool, run, &call, 2, nullptr));
    return call.values[0] + call.values[1];
  }
};

// The same by spawn and sync.
struct Spawn : Pool {
  static constexpr auto name = "spawn, sync";
  using Pool::Pool;

  uint64_t fib(uint64_t n) {
    Call call{n, 0};
    const tp_task_t task = task_of(run, &call, 0, 0);
    ok(tp_pool_apply(handle, &task, nullptr, nullptr));
    return call.value;
  }

 private:
  struct Call {
    uint64_t n, value;
  };

  static int run(void* call, const void*, void*) { return fork(call); }
  static int fork(void* ctx) {
    auto* call = static_cast<Call*>(ctx);
    if (call->n < 2) {
      call->value = call->n;
      return 0;
    }
    Call a{call->n - 1, 0}, b{call->n - 2, 0};
    tp_spawn_t spawned;
    ok(tp_spawn(&spawned, fork, &a));
    fork(&b);
    ok(tp_sync(&spawned));
    call->value = a.value + b.value;
    return 0;
  }
};

template <size_t chunksize, size_t buffersize>
struct Imap : Pool {
  static constexpr auto name = bench::name_of_imap(chunksize, buffersize);
  using Pool::Pool;

  template <class Sink>
  void stream(size_t n, Sink& sink) {
    uint64_t left[] = {0, n};
    auto pull = [](void* ctx, void* item) {
      auto* at = static_cast<uint64_t*>(ctx);
      if (at[0] == at[1]) return 0;
      *static_cast<uint64_t*>(item) = at[0]++;
      return 1;
    };
    tp_job_options_t options{};
    options.size = sizeof options;
    options.chunksize = chunksize;
    options.buffersize = buffersize;
    tp_result_t* result = nullptr;
    ok(tp_pool_imap(handle, &item_task<bench::square_plus_one>, pull, left, &options, &result));
    uint64_t value = 0;
    while (tp_result_next(result, TP_FOREVER, &value) == TP_OK) sink(value);
    tp_result_release(result);
  }
};

struct AsyncHelps : Async {
  static constexpr auto name = "apply_async, helps";
  static constexpr bool helps = true;
  explicit AsyncHelps(size_t workers) : Async(workers, TP_POOL_CALLER_HELPS) {}
};
struct ApplyHelps : Apply {
  static constexpr auto name = "apply, helps";
  static constexpr bool helps = true;
  explicit ApplyHelps(size_t workers) : Apply(workers, TP_POOL_CALLER_HELPS) {}
};
struct ForHelps : For {
  static constexpr auto name = "for, helps";
  static constexpr bool helps = true;
  explicit ForHelps(size_t workers) : For(workers, TP_POOL_CALLER_HELPS) {}
};
struct ReduceHelps : Reduce {
  static constexpr auto name = "reduce, helps";
  static constexpr bool helps = true;
  explicit ReduceHelps(size_t workers) : Reduce(workers, TP_POOL_CALLER_HELPS) {}
};
struct MapHelps : Map {
  static constexpr auto name = "map, helps";
  static constexpr bool helps = true;
  explicit MapHelps(size_t workers) : Map(workers, TP_POOL_CALLER_HELPS) {}
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run<Async, AsyncHelps, Apply, ApplyHelps, For, ForHelps, Reduce, ReduceHelps, Map,
                    MapHelps, Grouped, Then, ForkAsync, ForkFor, Spawn, Imap<0, 0>, Imap<0, bench::stream_window>,
                    Imap<1, bench::stream_window>>(argc, argv);
}
