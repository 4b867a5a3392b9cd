// SPDX-License-Identifier: MIT
// src/result/call_scope.cpp, whose words for each thread are kept for each of the model's.
#include "model/std.hpp"  // first

#include "model/thread.hpp"
#include "result/call_scope.cpp"

namespace tp::core {

thread_local constinit ThisThread this_thread;

Parker& this_parker() noexcept { return model::ThreadParker::mine(); }

/// No code of a model ends its thread.
void call_elsewhere(void (*body)(void*), void* arg) { body(arg); }

}  // namespace tp::core

const bool kept = [] {
  using namespace tp::core;
  model::ThreadLocals::add(&this_thread.pool);
  model::ThreadLocals::add(&this_thread.index);
  model::ThreadLocals::add(&this_thread.hands);
  model::ThreadLocals::add(&CallScope::current_);
  return true;
}();
