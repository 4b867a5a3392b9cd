// SPDX-License-Identifier: MIT
// Tests of the ranges of items that did not go well.
#include "queue/faults.h"

#include <tpool/status.h>

#include "support/test.hpp"

using tp::core::Faults;

TEST_CASE("Without faults every item went well") {
  Faults faults;
  faults.seal();
  CHECK(faults.status(0) == TP_OK);
  CHECK(faults.status(SIZE_MAX) == TP_OK);
}

TEST_CASE("Each item has the status of its range, in whatever order they came") {
  Faults faults;
  faults.add(70, 80, TP_ECANCELED);
  faults.add(10, 11, TP_ETASK);
  faults.add(80, 90, TP_ETASK);
  faults.add(SIZE_MAX / 2, SIZE_MAX, TP_ETIMEDOUT);
  faults.add(11, 12, TP_ETASK);
  faults.add(69, 70, TP_ECANCELED);
  faults.seal();
  CHECK(faults.status(9) == TP_OK);
  CHECK(faults.status(10) == TP_ETASK);
  CHECK(faults.status(11) == TP_ETASK);
  CHECK(faults.status(12) == TP_OK);
  CHECK(faults.status(68) == TP_OK);
  CHECK(faults.status(69) == TP_ECANCELED);
  CHECK(faults.status(79) == TP_ECANCELED);
  CHECK(faults.status(80) == TP_ETASK);
  CHECK(faults.status(90) == TP_OK);
  CHECK(faults.status(SIZE_MAX - 1) == TP_ETIMEDOUT);
  CHECK(faults.status(SIZE_MAX) == TP_OK);
}

TEST_CASE("Many faults are all found again") {
  constexpr std::size_t kMany = 10'000;
  Faults faults;
  for (std::size_t i = 0; i < kMany; ++i) {
    const std::size_t place = i * 7919 % kMany;  // each once, in no order
    faults.add(3 * place, 3 * place + 1 + place % 2, TP_ETASK);
  }
  faults.seal();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < kMany; ++i) {
    wrong += faults.status(3 * i) != TP_ETASK;
    wrong += faults.status(3 * i + 1) != (i % 2 ? TP_ETASK : TP_OK);
    wrong += faults.status(3 * i + 2) != TP_OK;
  }
  CHECK(wrong == 0);
}
