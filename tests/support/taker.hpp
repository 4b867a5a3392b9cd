// SPDX-License-Identifier: MIT
// A pool whose items are taken by threads of the test.
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/taking.hpp"

namespace support {

// Declare it behind what the items use. It destroys its pool.
class TakenPool : public TakingEngine {
 public:
  struct Settings : TakingEngine::Settings {
    std::size_t workers = 2;  // of the pool, which hand out
    std::uint32_t flags = 0;
    std::size_t max_pending = 0;
  };

  TakenPool() : TakenPool(Settings{}) {}
  explicit TakenPool(const Settings& settings) : TakingEngine(settings) {
    on_drop = [this] { ++drops; };
    tp_pool_options_t options = pool_options(settings.workers, settings.flags);
    options.max_pending = settings.max_pending;
    REQUIRE(create(&options, &pool_) == TP_OK);
  }
  ~TakenPool() {
    if (std::uncaught_exceptions() > 0) Gate::open_all();
    tp_pool_destroy(pool_);
    CHECK(drops == 1);
  }

  operator tp_pool_t*() const { return pool_; }
  // Its last user destroys it in another way.
  tp_pool_t* give_away() { return std::exchange(pool_, nullptr); }

  std::atomic<int> drops{0};

 private:
  tp_pool_t* pool_ = nullptr;
};

}  // namespace support
