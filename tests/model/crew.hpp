// SPDX-License-Identifier: MIT
// Models of what the workers of a pool share: two workers, which are threads of the model.
#pragma once

#include "model/check.hpp"
#include "model/suite.hpp"
#include "model/thread.hpp"
#include "worker/crew.h"

namespace model {

struct Crew final : tp::core::Crew {
  Crew() : tp::core::Crew(options()) {}
  void made_room(bool) noexcept override {}

 private:
  static tp::core::CrewOptions options() {
    tp::core::CrewOptions options;
    options.workers = 2;
    options.hosted = true;
    return options;
  }
};

/// Model: act(index) is what each thread does with the crew.
template <class Model, rl::thread_id_t kThreads>
struct CrewSuite : Suite<Model, kThreads> {
  void before() {
    prepare_to_settle();
    RL_ASSERT(crew.start() == TP_OK);
  }

  void run(unsigned index) {
    const ThreadParker parker;
    static_cast<Model*>(this)->act(index);
    end_thread();
  }

  Crew crew;
};

}  // namespace model
