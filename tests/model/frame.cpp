// SPDX-License-Identifier: MIT
// src/result/frame.cpp, whose words for each thread are kept for each of the model's.
#include "model/std.hpp"  // first

#include "model/thread.hpp"
#include "result/pool_context.h"
#include "result/waiters.h"

// Relacy's threads would share the thread-local one.
#define this_parker unused_parker
#include "result/frame.cpp"
#undef this_parker

namespace tp::core {

Parker& this_parker() noexcept { return model::ThreadParker::mine(); }

/// No code of a model ends its thread.
void call_elsewhere(void (*body)(void*), void* arg) { body(arg); }

}  // namespace tp::core

namespace {

const bool kept = [] {
  using namespace tp::core;
  model::ThreadLocals::add(&this_thread.owner);
  model::ThreadLocals::add(&this_thread.index);
  model::ThreadLocals::add(&this_thread.hands);
  model::ThreadLocals::add(&Frame::current_);
  return true;
}();

}  // namespace
