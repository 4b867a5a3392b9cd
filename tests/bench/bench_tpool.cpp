// SPDX-License-Identifier: MIT
// libtpool through its C ABI.
#include <tpool/tpool.h>

#include "harness.hpp"

namespace {

using bench::Sample;

void ok(int status) { bench::check(status == TP_OK, tp_strerror(status)); }

struct Pool {
  tp_pool_t* handle = nullptr;

  Pool(size_t workers, uint32_t flags) {
    tp_pool_options_t options{};
    options.size = sizeof options;
    options.workers = workers;
    options.flags = flags;
    ok(tp_pool_create(&options, &handle));
  }
  ~Pool() { tp_pool_destroy(handle); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
};

tp_task_t task_of(tp_task_fn fn, void* ctx, size_t item_size, size_t value_size) {
  tp_task_t task{};
  task.size = sizeof task;
  task.fn = fn;
  task.ctx = ctx;
  task.item_size = item_size;
  task.value_size = value_size;
  return task;
}

int increment_ctx(void* ctx, const void*, void*) {
  bench::increment(static_cast<uint32_t*>(ctx));
  return 0;
}

int increment_item(void* ctx, const void* item, void*) {
  ++static_cast<uint32_t*>(ctx)[*static_cast<const uint32_t*>(item)];
  return 0;
}

int increment_range(void* ctx, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) bench::increment(static_cast<uint32_t*>(ctx) + i);
  return 0;
}

int identity(void*, const void* item, void* value) {
  *static_cast<uint64_t*>(value) = *static_cast<const uint64_t*>(item);
  return 0;
}

int square_plus_one(void*, const void* item, void* value) {
  uint64_t i = *static_cast<const uint64_t*>(item);
  *static_cast<uint64_t*>(value) = i * i + 1;
  return 0;
}

Sample fire_and_forget(size_t workers) {
  Pool pool(workers, 0);
  tp_task_t task = task_of(increment_ctx, nullptr, 0, 0);
  auto submit = [&](uint32_t* slot) {
    task.ctx = slot;
    ok(tp_pool_apply_async(pool.handle, &task, nullptr, nullptr, nullptr));
  };
  return bench::fire_and_forget(submit, [&] { ok(tp_pool_wait_idle(pool.handle, TP_FOREVER)); });
}

Sample submit_and_get(size_t workers) {
  Pool pool(workers, 0);
  tp_task_t task = task_of(identity, nullptr, sizeof(uint64_t), sizeof(uint64_t));
  auto async = [&](uint64_t i) {
    tp_result_t* result = nullptr;
    ok(tp_pool_apply_async(pool.handle, &task, &i, nullptr, &result));
    return result;
  };
  auto get = [](tp_result_t* result) {
    void* value = nullptr;
    ok(tp_result_get(result, TP_FOREVER, &value));
    uint64_t i = *static_cast<uint64_t*>(value);
    tp_result_release(result);
    return i;
  };
  return bench::submit_and_get(async, get);
}

Sample round_trip(size_t workers, uint32_t flags, bool idle) {
  Pool pool(workers, flags);
  tp_task_t task = task_of(identity, nullptr, sizeof(uint64_t), sizeof(uint64_t));
  auto call = [&](uint64_t i) {
    uint64_t value = 0;
    ok(tp_pool_apply(pool.handle, &task, &i, &value));
    return value;
  };
  return bench::round_trip(call, idle);
}

Sample big_for(size_t workers, uint32_t flags) {
  struct Arrays {
    const double* in;
    double* out;
  };
  auto body = [](void* ctx, size_t begin, size_t end) {
    auto* arrays = static_cast<Arrays*>(ctx);
    bench::square_range(arrays->in, arrays->out, begin, end);
    return 0;
  };
  Pool pool(workers, flags);
  return bench::big_loop([&](const double* in, double* out, size_t n) {
    Arrays arrays{in, out};
    ok(tp_pool_for(pool.handle, body, &arrays, n, nullptr));
  });
}

Sample big_map(size_t workers, uint32_t flags) {
  Pool pool(workers, flags);
  tp_task_t task = task_of(bench::opaque_item, nullptr, sizeof(double), sizeof(double));
  return bench::big_loop([&](const double* in, double* out, size_t n) {
    ok(tp_pool_map(pool.handle, &task, in, out, n, nullptr));
  });
}

Sample small_for(size_t n, size_t workers, uint32_t flags) {
  Pool pool(workers, flags);
  return bench::small_loop(n, [&](uint32_t* slots, size_t count) {
    ok(tp_pool_for(pool.handle, increment_range, slots, count, nullptr));
  });
}

Sample small_map(size_t n, size_t workers, uint32_t flags) {
  Pool pool(workers, flags);
  tp_task_t task = task_of(increment_item, nullptr, sizeof(uint32_t), 0);
  std::vector<uint32_t> indices(n);
  for (size_t i = 0; i < n; ++i) indices[i] = static_cast<uint32_t>(i);
  return bench::small_loop(n, [&](uint32_t* slots, size_t count) {
    task.ctx = slots;
    ok(tp_pool_map(pool.handle, &task, indices.data(), nullptr, count, nullptr));
  });
}

struct Counter {
  uint64_t next, end;

  static int pull(void* self, void* item) {
    auto* counter = static_cast<Counter*>(self);
    if (counter->next == counter->end) return 0;
    *static_cast<uint64_t*>(item) = counter->next++;
    return 1;
  }
};

Sample stream(size_t workers, size_t chunksize) {
  Pool pool(workers, 0);
  tp_task_t task = task_of(square_plus_one, nullptr, sizeof(uint64_t), sizeof(uint64_t));
  return bench::ordered_stream([&](uint64_t n, size_t window, auto sink) {
    Counter counter{0, n};
    tp_job_options_t options{};
    options.size = sizeof options;
    options.chunksize = chunksize;
    options.buffersize = window;
    tp_result_t* result = nullptr;
    ok(tp_pool_imap(pool.handle, &task, Counter::pull, &counter, &options, &result));
    uint64_t value = 0;
    while (tp_result_next(result, TP_FOREVER, &value) == TP_OK) sink(value);
    tp_result_release(result);
  });
}

std::vector<bench::Case> cases() {
  const uint32_t helps = TP_POOL_CALLER_HELPS;
  std::vector<bench::Case> all = {
      {"W1", "apply_async", fire_and_forget},
      {"W1f", "apply_async", submit_and_get},
      {"W3", "apply", [](size_t w) { return round_trip(w, 0, false); }},
      {"W3-idle", "apply", [](size_t w) { return round_trip(w, 0, true); }},
      {"W3-helps", "apply", [=](size_t w) { return round_trip(w, helps, false); }},
      {"W3-helps-idle", "apply", [=](size_t w) { return round_trip(w, helps, true); }},
      {"W4-range", "for", [](size_t w) { return big_for(w, 0); }},
      {"W4-range", "for, helps", [=](size_t w) { return big_for(w, helps); }},
      {"W4-item", "map", [](size_t w) { return big_map(w, 0); }},
      {"W4-item", "map, helps", [=](size_t w) { return big_map(w, helps); }},
      {"W8", "imap", [](size_t w) { return stream(w, 0); }},
      {"W8", "imap, chunksize 1", [](size_t w) { return stream(w, 1); }},
  };
  for (auto [name, n] : {std::pair{"W5-2", 2}, {"W5-64", 64}, {"W5-1000", 1000}}) {
    size_t count = static_cast<size_t>(n);
    all.push_back({name, "for", [=](size_t w) { return small_for(count, w, 0); }});
    all.push_back({name, "for, helps", [=](size_t w) { return small_for(count, w, helps); }});
    all.push_back({name, "map", [=](size_t w) { return small_map(count, w, 0); }});
    all.push_back({name, "map, helps", [=](size_t w) { return small_map(count, w, helps); }});
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, cases()); }
