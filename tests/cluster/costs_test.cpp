// SPDX-License-Identifier: MIT
// What items cost: what is known of their function, and of those that are packed.
#include "cluster/costs.h"

#include "cluster/next.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Cost;
using tp::cluster::Costs;
using tp::cluster::SharedObjects;

namespace {

constexpr double kPlainBytes = 2 * sizeof(int);

void check_cost(const Cost& cost, double ns, double bytes) {
  CHECK(cost.ns == ns);
  CHECK(cost.bytes == bytes);
}

}  // namespace

TEST_CASE("Of a function that has not run nothing is known but the bytes of its items") {
  const SharedObjects shared(nullptr, 1);
  const Costs costs(shared);
  const bool is_sent = GENERATE(false, true);
  check_cost(costs.of(kNext, is_sent), 0, kPlainBytes);
  tp_task_t empty{};
  empty.fn = next;
  check_cost(costs.of(empty, is_sent), 0, 1);
}

TEST_CASE("A larger cost counts at once, a smaller one by and by") {
  const SharedObjects shared(nullptr, 1);
  Costs costs(shared);
  costs.learn(kNext, false, {100, 0});
  check_cost(costs.of(kNext, true), 100, kPlainBytes);
  costs.learn(kNext, true, {1000, 50});
  check_cost(costs.of(kNext, true), 1000,
             kPlainBytes);  // of a message only packed items fill much
  costs.learn(kNext, false, {200, 0});
  check_cost(costs.of(kNext, false), 800, kPlainBytes);
}

TEST_CASE("Of packed items nothing is known until some were sent") {
  const SharedObjects shared(nullptr, 1);
  Costs costs(shared);
  tp_task_t packed = kNext;
  (GENERATE(false, true) ? packed.item_codec : packed.value_codec) = &kIntCodec;
  costs.learn(packed, false, {500, 0});
  check_cost(costs.of(packed, false), 500, kPlainBytes);
  check_cost(costs.of(packed, true), 0, kPlainBytes);
  costs.learn(packed, true, {500, 70});
  check_cost(costs.of(packed, true), 500, 70);
  check_cost(costs.of(packed, false), 500, kPlainBytes);
}

TEST_CASE("Packed items count at least with the bytes that they have unpacked") {
  const SharedObjects shared(nullptr, 1);
  Costs costs(shared);
  tp_task_t packed = kNext;
  packed.item_codec = &kIntCodec;
  costs.learn(packed, true, {500, 2});
  check_cost(costs.of(packed, true), 500, kPlainBytes);
}

TEST_CASE("Each function that is bound has its own cost, whichever object it is bound to") {
  SharedObjects shared(nullptr, 1);
  Costs costs(shared);
  const auto bound_task = [&](void (*fn)()) {
    const int object = 7;
    void *copy = nullptr, *bound = nullptr;
    std::string why;
    REQUIRE(shared.add(&object, sizeof object, nullptr, &copy, why) == TP_OK);
    REQUIRE(shared.bind(copy, fn, &bound) == TP_OK);
    tp_task_t task = kNext;
    task.ctx = bound;
    return task;
  };
  const auto one = [] {};
  const auto other = [] { FAIL(); };
  costs.learn(bound_task(one), false, {300, 0});
  CHECK(costs.of(bound_task(one), false).ns == 300);
  CHECK(costs.of(bound_task(other), false).ns == 0);
  CHECK(costs.of(kNext, false).ns == 0);
}

TEST_CASE("A program that shares an object for each call fills no memory with costs") {
  const SharedObjects shared(nullptr, 1);
  Costs costs(shared);
  std::vector<char> objects(4097);
  tp_task_t task = kNext;
  for (char& object : objects) {
    task.ctx = &object;
    costs.learn(task, false, {100, 0});
  }
  CHECK(costs.of(task, false).ns == 100);
  task.ctx = &objects[0];
  CHECK(costs.of(task, false).ns == 0);
}
