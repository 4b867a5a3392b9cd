// SPDX-License-Identifier: MIT
// What the sources of src take from the C++ library and from the kernel, over Relacy. Each file of
// the models is compiled with this one before it, so that in src `std` is the one in here.
#pragma once

#include <cstring>
#include <ctime>

#include "model/cells.hpp"
#include "model/memory.hpp"
#include "model/mistake.hpp"
#include "model/platform.hpp"

namespace model {

/// No constant, so that no compiler makes an atomic before the program runs: cells.create would not be called.
inline bool the_program_runs = true;

/// std::atomic, as far as src uses it.
template <class T>
class StdAtomic {
 public:
  using Order = std::memory_order;

  constexpr StdAtomic() noexcept : StdAtomic(T()) {}
  constexpr StdAtomic(T value) noexcept : value_(value) {
    if (the_program_runs) cells.create(this, word(value));
  }
  StdAtomic(const StdAtomic&) = delete;
  StdAtomic& operator=(const StdAtomic&) = delete;

  T load(Order order = Order::seq_cst, Where where = Where::current()) const {
    const Step step;
    if (is_planted(Mistake::blind, where)) return T();
    return value(cell().load(weaker(order, Order::acquire, where), RL_INFO));
  }
  void store(T value, Order order = Order::seq_cst, Where where = Where::current()) {
    const Step step;
    if (is_planted(Mistake::skipped, where)) return;
    const bool is_halved = is_planted(Mistake::halved, where);
    cell().store(is_halved ? word(value) & UINT32_MAX : word(value),
                 weaker(order, Order::release, where), RL_INFO);
  }
  T exchange(T value, Order order = Order::seq_cst, Where where = Where::current()) {
    if (is_planted(Mistake::torn, where)) return torn(value, where);
    const Step step;
    return this->value(cell().exchange(word(value), both(order, where), RL_INFO));
  }
  T fetch_add(T count, Order order = Order::seq_cst, Where where = Where::current()) {
    if (is_planted(Mistake::torn, where)) return torn(load() + count, where);
    const Step step;
    if (is_planted(Mistake::skipped, where)) count = T();
    return value(cell().fetch_add(word(count), both(order, where), RL_INFO));
  }
  T fetch_sub(T count, Order order = Order::seq_cst, Where where = Where::current()) {
    if (is_planted(Mistake::torn, where)) return torn(load() - count, where);
    const Step step;
    if (is_planted(Mistake::skipped, where)) count = T();
    return value(cell().fetch_sub(word(count), both(order, where), RL_INFO));
  }
  T fetch_or(T bits, Order order = Order::seq_cst, Where where = Where::current()) {
    const Step step;
    if (is_planted(Mistake::skipped, where)) bits = T();
    return value(cell().fetch_or(word(bits), both(order, where), RL_INFO));
  }
  T fetch_and(T bits, Order order = Order::seq_cst, Where where = Where::current()) {
    if (is_planted(Mistake::torn, where)) return torn(load() & bits, where);
    const Step step;
    return value(cell().fetch_and(word(bits), both(order, where), RL_INFO));
  }
  bool compare_exchange_weak(T& expected, T value, Order order = Order::seq_cst,
                             Where where = Where::current()) {
    return compare<true>(expected, value, order, where);
  }
  bool compare_exchange_weak(T& expected, T value, Order order, Order,
                             Where where = Where::current()) {
    return compare<true>(expected, value, order, where);
  }
  bool compare_exchange_strong(T& expected, T value, Order order = Order::seq_cst,
                               Where where = Where::current()) {
    return compare<false>(expected, value, order, where);
  }

 private:
  static constexpr std::uint64_t word(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T value(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  Cells::Cell& cell() const { return cells[this]; }

  static rl::memory_order weaker(Order order, Order pair, const Where& where) {
    if (is_planted(Mistake::relaxed, where)) return rl::mo_relaxed;
    if (is_planted(Mistake::paired, where) && order == Order::seq_cst) order = pair;
    return static_cast<rl::memory_order>(order);  // the enumerations have the same sequence
  }
  static rl::memory_order both(Order order, const Where& where) {
    return weaker(order, Order::acq_rel, where);
  }

  T torn(T value, const Where& where) {
    const T before = load(Order::seq_cst, where);
    store(value, Order::seq_cst, where);
    return before;
  }
  template <bool kMayFail>
  bool compare(T& expected, T value, Order order, const Where& where) {
    if (is_planted(Mistake::torn, where)) {
      const T current = load(Order::seq_cst, where);
      const bool same = current == expected;
      expected = current;
      if (same) store(value, Order::seq_cst, where);
      return same;
    }
    const Step step;
    std::uint64_t current = word(expected);
    const bool done = cell().compare_exchange(rl::bool_t<kMayFail>(), current, word(value),
                                              both(order, where), RL_INFO);
    if (!done) expected = this->value(current);
    return done;
  }

  T value_;  // for its size
};

using Word = StdAtomic<std::uint32_t>;

}  // namespace model

/// No atomic is there before the program runs.
#define constinit

namespace tp::core {

namespace std {

using namespace ::std;

template <class T>
using atomic = model::StdAtomic<T>;

inline void* malloc(size_t bytes) { return model::allocate(bytes); }
inline void free(void* memory) { model::deallocate(memory); }

}  // namespace std

/// Its own, so that its namespace is asked for functions that take one.
struct timespec : ::timespec {};

/// base/futex.cpp.
long syscall(long number, model::Word* word, int operation, long value, const timespec* until,
             ::std::nullptr_t, unsigned bits);
/// base/asymmetric_fence.cpp.
long syscall(long number, int command, int flags, int cpu);
/// base/clock.h. Each look takes so long that nobody spins.
int clock_gettime(int clock, timespec* now);

}  // namespace tp::core
