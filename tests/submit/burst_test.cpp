// SPDX-License-Identifier: MIT
// What a burst of queued jobs leaves behind while the thread that submitted it stays, and is quiet.
#include "base/slab.h"
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kJobs = 200'000;
constexpr std::size_t kMiB = 1024 * 1024;

std::size_t resident() {
  std::size_t all = 0, in_memory = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  REQUIRE(file);
  CHECK(std::fscanf(file, "%zu %zu", &all, &in_memory) == 2);
  std::fclose(file);
  return in_memory * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

enum class Kind { forgotten, with_handle, with_deadline, streams };

void submit(tp_pool_t* pool, Kind kind, const tp_task_t& task) {
  Job options;
  if (kind == Kind::with_deadline) options.deadline = 1000;
  for (int i = 0; i < kJobs; ++i) {
    tp_result_t* result = nullptr;
    const bool keeps = kind != Kind::forgotten;
    if (tp_pool_apply_async(pool, &task, &i, &options, keeps ? &result : nullptr) != TP_OK)
      support::give_up("a submit");
    tp_result_release(result);
  }
}

// Streams whose values nobody takes before all are there.
void submit_streams(tp_pool_t* pool, const tp_task_t& task) {
  const Chunked options(0, TP_UNBOUNDED);
  for (int i = 0; i < 4; ++i) {
    Numbers source(kJobs / 4);
    tp_result_t* stream = nullptr;
    if (tp_pool_imap(pool, &task, Numbers::pull, &source, &options, &stream) != TP_OK)
      support::give_up("a stream");
    tp_result_wait(stream, kLong);
    tp_result_release(stream);
  }
}

}  // namespace

TEST_CASE("A burst leaves no memory behind although its submitter is quiet") {
  const Kind kind =
      GENERATE(Kind::forgotten, Kind::with_handle, Kind::with_deadline, Kind::streams);
  const bool waits = GENERATE(true, false);  // until the pool is idle
  Odd odd;
  Pool pool(2);
  const std::size_t slabs = tp::core::slab_footprint(), memory = resident();
  support::Gate over;
  std::thread submitter([&] {
    if (kind == Kind::streams) {
      submit_streams(pool, odd);
    } else {
      tp_pool_pause(pool);
      submit(pool, kind, odd);
      tp_pool_resume(pool);
    }
    over.wait();
  });
  over.await(1);
  if (waits) {
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(tp::core::slab_footprint() <= slabs + 2 * kMiB);
  } else {
    await("all jobs", [&] { return stats_of(pool).completed == stats_of(pool).submitted; });
    // the last blocks may be on their way
    await("memory to go back", [&] { return tp::core::slab_footprint() <= slabs + 8 * kMiB; });
  }
  if (!kSanitized) CHECK(resident() <= memory + 24 * kMiB);
  over.open();
  submitter.join();
  pool.finish();
}
