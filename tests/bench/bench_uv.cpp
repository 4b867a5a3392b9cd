// SPDX-License-Identifier: MIT
// libuv's worker threads, which one loop gives tasks and hears of their end.
#include <uv.h>

#include <string>
#include <utility>

#include "harness.hpp"

namespace {

struct QueueWork {
  static constexpr auto name = "queue_work";
  static constexpr bool one_submitter = true;
  static constexpr bool process_wide = true;

  explicit QueueWork(size_t workers) {
    setenv("UV_THREADPOOL_SIZE", std::to_string(workers).c_str(), 1);
    uv_loop_init(&loop_);
  }
  ~QueueWork() { uv_loop_close(&loop_); }

  template <void (*fn)(void*)>
  void submit(void* arg) {
    queue(
        new uv_work_t{}, arg, [](uv_work_t* work) { fn(work->data); },
        [](uv_work_t* work, int) { delete work; });
  }
  void wait(size_t) { uv_run(&loop_, UV_RUN_DEFAULT); }

  struct Handle {
    uv_work_t work;
    uint64_t value;
    bool done;
  };
  template <uint64_t (*fn)(uint64_t)>
  std::unique_ptr<Handle> async(uint64_t i) {
    auto handle = std::make_unique<Handle>(Handle{{}, i, false});
    queue(
        &handle->work, handle.get(),
        [](uv_work_t* work) {
          auto* own = static_cast<Handle*>(work->data);
          own->value = fn(own->value);
        },
        [](uv_work_t* work, int) { static_cast<Handle*>(work->data)->done = true; });
    return handle;
  }
  uint64_t take(std::unique_ptr<Handle>& handle) {
    while (!handle->done) uv_run(&loop_, UV_RUN_ONCE);
    return std::exchange(handle, nullptr)->value;
  }

 private:
  void queue(uv_work_t* work, void* data, uv_work_cb run, uv_after_work_cb after) {
    work->data = data;
    bench::check(uv_queue_work(&loop_, work, run, after) == 0, "libuv takes the task");
  }

  uv_loop_t loop_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<QueueWork>(argc, argv); }
