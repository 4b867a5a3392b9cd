// SPDX-License-Identifier: MIT
// src/queue/inlet.cpp, whose words for each thread are kept for each of the model's.
#include "queue/inlet.cpp"

namespace {

const bool kept = [] {
  using namespace tp::core;
  model::ThreadLocals::add(&my_inlets);
  model::ThreadLocals::add(&at_exit.run);
  model::ThreadLocals::add(&at_exit.next);
  model::ThreadLocals::add(&at_exit.hooked);
  return true;
}();

}  // namespace
