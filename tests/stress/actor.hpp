// SPDX-License-Identifier: MIT
// One thread of a sequence: its calls, drawn one after another, and the results that it holds.
#pragma once

#include "stress/choices.hpp"
#include "stress/life.hpp"

namespace stress {

// Which call it makes, and with what, depends on its choices alone and not on what other threads
// do: a call whose result is not there is left out.
class Actor {
 public:
  Actor(Life& life, Choices choices) : life_(life), choices_(choices) {}
  ~Actor();
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  // A call of any kind.
  void act();
  // A call that needs no pool: it may be gone.
  void act_on_result();
  bool done() const { return choices_.done(); }

 private:
  struct Held {
    tp_result_t* result = nullptr;
    Errand* errand = nullptr;
  };

  void submit();
  void end_pool();  // or cancels all that it has
  void host();
  void ask_pool();
  void wait();
  void wait_some();
  void next();
  void get();
  void ask();
  void cancel();
  void release();
  void listen();
  void see_completed();
  void retain();
  void share();
  void wait_for_other();
  void follow();
  void promise();
  Held& pick() { return held_[choices_.below(kSlots)]; }
  double draw_time();
  // Those whose jobs end without being read; how many.
  std::size_t gather(tp_result_t** results) const;

  static constexpr std::uint32_t kSlots = 6;
  Life& life_;
  Choices choices_;
  Held held_[kSlots];
};

}  // namespace stress
