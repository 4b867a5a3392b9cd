// SPDX-License-Identifier: MIT
// Platforms with a fault: a model that does not fail on them would prove nothing.
#ifndef TPOOL_TESTS_MODEL_MUTANTS_HPP
#define TPOOL_TESTS_MODEL_MUTANTS_HPP

#include "model/platform.hpp"

namespace model {

/// No operation publishes anything.
struct RelaxedOrders {
  static rl::memory_order load(std::memory_order) { return rl::mo_relaxed; }
  static rl::memory_order store(std::memory_order) { return rl::mo_relaxed; }
  static rl::memory_order rmw(std::memory_order) { return rl::mo_relaxed; }
};
using Relaxed = Ordered<RelaxedOrders>;

/// Operations publish, but have no order that all threads agree on.
struct PairedOrders {
  static rl::memory_order load(std::memory_order) { return rl::mo_acquire; }
  static rl::memory_order store(std::memory_order) { return rl::mo_release; }
  static rl::memory_order rmw(std::memory_order) { return rl::mo_acq_rel; }
};
using Paired = Ordered<PairedOrders>;

/// The exchange is a load and a store, between which others may come.
struct Torn : Relacy {
  template <class T>
  struct Atomic : Relacy::Atomic<T> {
    using Relacy::Atomic<T>::Atomic;
    bool compare_exchange_weak(T& expected, T value) {
      const T current = this->load();
      const bool same = current == expected;
      expected = current;
      if (same) this->store(value);
      return same;
    }
  };
};

/// The mutex keeps nobody out.
struct Unlocked : Relacy {
  struct Lock {
    explicit Lock(Mutex&) {}
  };
};

}  // namespace model

#endif
