// SPDX-License-Identifier: MIT
// A model whose threads run sources of src.
#pragma once

#include <climits>

#include "base/asymmetric_fence.h"
#include "base/thread_exit.h"
#include "model/std.hpp"

namespace model {

inline std::int64_t time_ns = 0;

/// How often the kernel grants barriers in all threads, before it refuses for good.
inline unsigned barriers_granted = 0;

/// With the kernel's barriers, or without, or until it refuses.
inline void prepare_heavy_fence() {
  barriers_granted = rl::rand(2) ? UINT_MAX : rl::rand(3);
  if (rl::rand(3)) tp::core::prepare_heavy_fence();
}

/// What each thread has to run at its end.
inline tp::core::ThreadExit* exits[8];

inline void end_thread() {
  tp::core::ThreadExit* hook = std::exchange(exits[rl::thread_index()], nullptr);
  while (hook) {
    tp::core::ThreadExit* const next = hook->next;
    hook->run(*hook);
    hook = next;
  }
}

/// Model: run(index) is what each thread does.
template <class Model, rl::thread_id_t kThreads>
class Suite : public rl::test_suite<Model, kThreads> {
 public:
  Suite() {
    time_ns = 0;
    allocated = 0;
    for (auto& hook : exits) hook = nullptr;
    ThreadLocals::clear();
    cells.begin();
  }
  ~Suite() { cells.end(); }

  void thread(unsigned index) {
    ThreadLocals::clear();
    static_cast<Model*>(this)->run(index);
    end_thread();
  }
};

}  // namespace model
