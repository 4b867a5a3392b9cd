// SPDX-License-Identifier: MIT
// A system without descriptors.
#include "fault/fault_wrap/failing.hpp"
#include "support/test.hpp"

using namespace support;

static std::size_t open_files() {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd"))
    count += !file.path().empty();
  return count;
}

TEST_CASE("a descriptor that is refused is asked for again and nothing is left open") {
  Odd odd;
  Listening job;
  const std::size_t before = open_files();
  for (long k = 0;; ++k) {
    Pool pool(pool_options(1, TP_POOL_MANUAL_CALLBACKS));
    int fd = 0;
    failing::files.arm(k, false);
    const int refused = tp_pool_fd(pool, &fd);
    if (!failing::files.disarm()) break;
    CAPTURE(k);
    REQUIRE(refused == TP_EAGAIN);
    REQUIRE(fd == -1);
    REQUIRE(open_files() == before);
    REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
    REQUIRE(fd >= 0);
    Result result;
    const int item = 1;
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, result.out()) == TP_OK);
    REQUIRE(tp_pool_run_callbacks(pool, kLong, nullptr) == TP_OK);
    REQUIRE(result.get() == TP_OK);
    CHECK(job.successes == k + 1);
  }
  CHECK(job.successes == 2);  // one for each kind of call that makes a descriptor
  CHECK(open_files() == before);
}
