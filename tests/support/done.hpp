// SPDX-License-Identifier: MIT
// Done callbacks that count and then call a function. Declare them before the pool.
#pragma once

#include <tpool/tpool.h>

#include <atomic>
#include <functional>
#include <utility>

#include "support/catch.hpp"

namespace support {

class Done {
 public:
  explicit Done(std::function<void(tp_result_t*)> f = nullptr) : then_(std::move(f)) {}
  Done(const Done&) = delete;
  Done& operator=(const Done&) = delete;

  void listen(tp_result_t* result) {
    REQUIRE(tp_result_add_done_callback(result, run, this) == TP_OK);
  }

  std::atomic<int> calls{0};

 private:
  static void run(void* self, tp_result_t* result) {
    auto& done = *static_cast<Done*>(self);
    ++done.calls;
    if (done.then_) done.then_(result);
  }

  std::function<void(tp_result_t*)> then_;
};

}  // namespace support
