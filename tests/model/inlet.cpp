// SPDX-License-Identifier: MIT
// src/queue/inlet.cpp, whose words for each thread are kept for each of the model's.
#include "queue/inlet.cpp"

const bool kept = [] {
  using namespace tp::core;
  model::ThreadLocals::add(&my_inlets);
  return true;
}();
