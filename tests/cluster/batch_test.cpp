// SPDX-License-Identifier: MIT
// Which of the taken items are a batch's own, and which of these are left.
#include "cluster/batch.h"

#include "support/test.hpp"

using tp::cluster::Batch;

namespace {

// Three items, the first of which is the second one that was taken.
void take_three(Batch& batch, const int* items, long* values) {
  batch.taken.first = 10;
  batch.taken.count = 5;
  batch.taken.items = reinterpret_cast<const char*>(items);
  batch.taken.item_stride = sizeof *items;
  batch.taken.values = reinterpret_cast<char*>(values);
  batch.taken.value_stride = sizeof *values;
  batch.first = 1;
  batch.held.items = 3;
}

}  // namespace

TEST_CASE("A batch has its own part of the items that were taken") {
  const int items[5] = {};
  long values[5] = {};
  Batch batch;
  take_three(batch, items, values);
  const tp::core::TakenItems own = batch.items();
  CHECK(own.first == 11);
  CHECK(own.count == 3);
  CHECK(own.items == reinterpret_cast<const char*>(items + 1));
  CHECK(own.values == reinterpret_cast<char*>(values + 1));
}

TEST_CASE("Items without bytes, and without values, have none in a batch") {
  Batch batch;
  take_three(batch, nullptr, nullptr);
  CHECK(batch.items().items == nullptr);
  CHECK(batch.items().values == nullptr);
}

TEST_CASE("A batch moves on over items that have ended alike, and then to the next ones") {
  Batch batch;
  CHECK(batch.next() == nullptr);
  batch.received.ends = {{0, 2, TP_OK, 0, false, {}}, {2, 1, TP_ETASK, 4, false, "why"}};
  batch.move_on(1);
  REQUIRE(batch.next());
  CHECK(batch.next()->at == 1);
  CHECK(batch.next()->count == 1);
  CHECK(batch.next()->status == TP_OK);
  batch.move_on(1);
  REQUIRE(batch.next());
  CHECK(batch.next()->at == 2);
  CHECK(batch.next()->message == "why");
  batch.move_on(1);
  CHECK(batch.next() == nullptr);
}

TEST_CASE("All items of a batch end alike, whatever else was known of them") {
  Batch batch;
  take_three(batch, nullptr, nullptr);
  batch.received.ends = {{0, 1, TP_OK, 0, false, {}}, {1, 2, TP_ECANCELED, 0, true, {}}};
  batch.received.values.resize(3);
  batch.end_all(TP_ELOST, false, "rank 1 was lost");
  CHECK(batch.received.values.empty());
  REQUIRE(batch.next());
  CHECK(batch.next()->at == 0);
  CHECK(batch.next()->count == 3);
  CHECK(batch.next()->status == TP_ELOST);
  CHECK_FALSE(batch.next()->unrun);
  CHECK(batch.next()->message == "rank 1 was lost");
  batch.move_on(3);
  CHECK(batch.next() == nullptr);
}
