// SPDX-License-Identifier: MIT
// The statuses and the version: pinned numbers, and a text for every int.
#include "support/test.hpp"

TEST_CASE("The numbers of the statuses, flags and constants are pinned") {
  CHECK(TP_OK == 0);
  CHECK(TP_END == 1);
  CHECK(TP_EINVAL == -1);
  CHECK(TP_ENOMEM == -2);
  CHECK(TP_EAGAIN == -3);
  CHECK(TP_ETIMEDOUT == -4);
  CHECK(TP_ENOTREADY == -5);
  CHECK(TP_ECLOSED == -6);
  CHECK(TP_ERUNNING == -7);
  CHECK(TP_EDEADLK == -8);
  CHECK(TP_ETASK == -9);
  CHECK(TP_ECANCELED == -10);
  CHECK(TP_ETERMINATED == -11);
  CHECK(TP_EINIT == -12);
  CHECK(TP_ELOST == -13);
  CHECK(TP_EFORKED == -14);
  CHECK(TP_EOVERFLOW == -15);
  CHECK(TP_ENOTSUP == -16);
  CHECK(TP_POOL_CALLER_HELPS == 1u);
  CHECK(TP_JOB_FAIL_FAST == 1u);
  CHECK(TP_JOB_TRY == 2u);
  CHECK(TP_UNBOUNDED == SIZE_MAX);
  CHECK(std::isinf(TP_FOREVER));
}

TEST_CASE("Every status has a text of its own, every other int the one for unknown ones") {
  std::set<std::string> texts;
  for (int status = TP_ENOTSUP; status <= TP_END; ++status) {
    const char* text = tp_strerror(status);
    REQUIRE(text != nullptr);
    CHECK(tp_strerror(status) == text);
    texts.insert(text);
  }
  CHECK(texts.size() == 18);
  for (const int status : {INT_MIN, -1000, TP_ENOTSUP - 1, TP_END + 1, 2, 1000, INT_MAX})
    CHECK(tp_strerror(status) == std::string("Unknown status"));
  CHECK(tp_strerror(TP_ECLOSED) == std::string("Pool not running"));
  CHECK(tp_strerror(TP_ERUNNING) == std::string("Pool is still running"));
}

TEST_CASE("The library says the version that its header says") {
  const std::string version = std::to_string(TP_VERSION_MAJOR) + "." +
                              std::to_string(TP_VERSION_MINOR) + "." +
                              std::to_string(TP_VERSION_PATCH);
  CHECK(tp_version() == version);
  CHECK(version == "1.2.0");
}
