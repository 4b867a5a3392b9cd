// SPDX-License-Identifier: MIT
// Many pools at once and one after another leave no thread, no descriptor and no memory behind.
#include "stress/race.hpp"

using namespace support;

namespace {

// What the process holds. Sanitizers keep freed memory, so it is not looked at there.
struct Holdings {
  std::size_t files = 0;
  long kib = 0;

  static Holdings now() {
    Holdings found;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      (void)file;
      ++found.files;
    }
    long all = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    if (!kSanitized) found.kib = resident * (sysconf(_SC_PAGESIZE) / 1024);
    return found;
  }
};

// 2000 pools x 4 workers; a sanitizer's threads are too dear.
constexpr std::size_t kPools = kSanitized ? 50 : 2000;

// Whether it is the system that has no room for 4 threads more.
bool system_refuses_threads() {
  Gate gate;
  std::vector<std::thread> threads;
  bool refused = false;
  try {
    while (threads.size() < 4) threads.emplace_back([&] { gate.wait(); });
  } catch (const std::system_error&) {
    refused = true;
  }
  gate.open();
  for (std::thread& thread : threads) thread.join();
  return refused;
}

struct Destroy {
  void operator()(tp_pool_t* pool) const { tp_pool_destroy(pool); }
};
using Pools = std::vector<std::unique_ptr<tp_pool_t, Destroy>>;

Pools make_pools() {
  Pools pools;
  const tp_pool_options_t options = pool_options(4);
  while (pools.size() < kPools) {
    tp_pool_t* pool = nullptr;
    const int status = tp_pool_create(&options, &pool);
    if (status == TP_EAGAIN && system_refuses_threads()) {
      WARN("this system has room for " << pools.size() << " pools only");
      break;
    }
    REQUIRE(status == TP_OK);
    pools.emplace_back(pool);
  }
  return pools;
}

void use_many_pools() {
  std::atomic<std::size_t> ran{0};
  Step task([&] { ++ran; });
  const Pools pools = make_pools();
  for (int round = 0; round < 4; ++round)
    for (const auto& pool : pools)
      REQUIRE(tp_pool_apply_async(pool.get(), &task, nullptr, nullptr, nullptr) == TP_OK);
  for (const auto& pool : pools) REQUIRE(tp_pool_close(pool.get()) == TP_OK);
  for (const auto& pool : pools) REQUIRE(tp_pool_join(pool.get(), kLong) == TP_OK);
  CHECK(ran == 4 * pools.size());
}

// Pools that come and go, each with a descriptor and some jobs.
void use_pools_in_turn(std::size_t count) {
  Odd odd;
  Listening job;
  for (std::size_t i = 0; i < count; ++i) {
    Pool pool(pool_options(2, TP_POOL_MANUAL_CALLBACKS));
    const int item = 1;
    int fd = -1;
    REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
    Result result = apply_item(pool, odd, item, &job);
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, nullptr, nullptr) == TP_OK);
  }
  CHECK(job.successes + job.failures == static_cast<int>(count));
}

// The third time nothing is new. In the second one the heap may still grow, and stays so: what the first one has freed
// lies in other pieces than the second one needs.
template <class Use>
void check_that_nothing_stays(Use use) {
  NoThreadLeft check;
  use();
  use();
  const Holdings before = Holdings::now();
  use();
  const Holdings after = Holdings::now();
  CHECK(after.files == before.files);
  CHECK(after.kib <= before.kib + 1024);
}

}  // namespace

TEST_CASE("2000 pools of 4 workers at once") { check_that_nothing_stays(use_many_pools); }

TEST_CASE("pools created and destroyed in turn") {
  const std::size_t count = kSanitized ? stress::rounds(5) : 5 * stress::rounds();
  check_that_nothing_stays([=] { use_pools_in_turn(count); });
}
