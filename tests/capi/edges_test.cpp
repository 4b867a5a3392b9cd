// SPDX-License-Identifier: MIT
// The largest and the smallest numbers that calls take.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A pool may have 1 to 4096 workers") {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{4095}, std::size_t{4096}}) {
    std::size_t has = 0;
    Pool pool(pool_options(workers, TP_POOL_NO_THREADS));  // so that it costs no thread
    REQUIRE(tp_pool_workers(pool, &has) == TP_OK);
    CHECK(has == workers);
  }
}

TEST_CASE("A stream takes every chunk size and every window") {
  constexpr int kItems = 100;
  Odd odd;
  Pool pool(2);
  for (const auto imap : {tp_pool_imap, tp_pool_imap_unordered}) {
    for (const std::size_t chunksize : {std::size_t{0}, std::size_t{1}, std::size_t{7},
                                        std::size_t{99}, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX}) {
      for (const std::size_t buffersize : {std::size_t{0}, std::size_t{1}, std::size_t{7},
                                           SIZE_MAX / 2, SIZE_MAX - 1, TP_UNBOUNDED}) {
        CAPTURE(chunksize, buffersize);
        Numbers source(kItems);
        Chunked job(chunksize, buffersize);
        Result stream = support::imap(pool, odd, source, &job, imap);
        int sum = 0, value = 0;
        for (int i = 0; i < kItems; ++i, sum += value)
          REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
        REQUIRE(tp_result_next(stream, kLong, &value) == TP_END);
        CHECK(sum == kItems * kItems);
      }
    }
  }
}

TEST_CASE("A for over as many numbers as there are covers them all") {
  struct Sum {
    std::atomic<std::size_t> calls{0}, covered{0};
    static int add(void* self, std::size_t begin, std::size_t end) {
      static_cast<Sum*>(self)->calls++;
      static_cast<Sum*>(self)->covered += end - begin;
      return 0;
    }
  };
  Pool pool(2);
  for (const std::size_t n : {SIZE_MAX - 1, SIZE_MAX}) {
    for (const std::size_t chunks : {std::size_t{1}, std::size_t{2}, std::size_t{1000}}) {
      CAPTURE(n, chunks);
      Sum sum;
      Chunked job(n / chunks + 1);
      if (chunks == 1) job.chunksize = n;
      REQUIRE(tp_pool_for(pool, Sum::add, &sum, n, &job) == TP_OK);
      CHECK(sum.covered == n);
      CHECK(sum.calls == chunks);
    }
  }
}
