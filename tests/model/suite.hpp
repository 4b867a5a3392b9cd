// SPDX-License-Identifier: MIT
// A model whose threads run sources of src.
#ifndef TPOOL_TESTS_MODEL_SUITE_HPP
#define TPOOL_TESTS_MODEL_SUITE_HPP

#include "base/thread_exit.h"
#include "model/std.hpp"

namespace model {

inline std::int64_t time_ns = 0;

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

#endif
