// SPDX-License-Identifier: MIT
// Models of what the workers of a pool share: two workers, which are threads of the model.
#pragma once

#include "model/check.hpp"
#include "model/suite.hpp"
#include "model/thread.hpp"
#include "worker/pool.h"

namespace model {

/// Model: act(index) is what each thread does with the pool.
template <class Model, rl::thread_id_t kThreads>
struct PoolSuite : Suite<Model, kThreads> {
  void before() {
    prepare_heavy_fence();
    RL_ASSERT(pool.workers().start() == TP_OK);
  }

  void run(unsigned index) {
    const ThreadParker parker;
    static_cast<Model*>(this)->act(index);
    end_thread();
  }

  static tp_pool_options_t hosted() {
    tp_pool_options_t options = {};
    options.workers = 2;
    options.flags = TP_POOL_NO_THREADS;
    return options;
  }

  tp::core::Pool pool{hosted()};
};

}  // namespace model
