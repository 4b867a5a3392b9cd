// SPDX-License-Identifier: MIT
// src/queue/producer.cpp, whose words for each thread are kept for each of the model's.
#include "queue/producer.cpp"

const bool kept = [] {
  using namespace tp::core;
  model::ThreadLocals::add(&my_producers);
  return true;
}();
