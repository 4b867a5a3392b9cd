// SPDX-License-Identifier: MIT
// A chunk that a job asks for: its items run one after another on one worker, whichever rank has them.
#include <chrono>
#include <thread>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

constexpr std::size_t kItems = 80, kChunk = 4;

// Takes so long that another worker would begin the next item meanwhile.
int note_worker(void*, const void*, void* value) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  *static_cast<std::thread::id*>(value) = std::this_thread::get_id();
  return 0;
}
const tp_task_t kNoteWorker = TP_TASK(note_worker, nullptr, int, std::thread::id);

Ranks::Options some_ranks(int ranks) {
  Ranks::Options options;
  options.ranks = ranks;
  options.workers = 4;
  return options;
}

void check_chunks(const std::vector<std::thread::id>& workers) {
  REQUIRE(workers.size() == kItems);
  for (std::size_t i = 0; i < kItems; ++i) CHECK(workers[i] == workers[i / kChunk * kChunk]);
}

// The first item of a chunk waits until each chunk has begun.
std::atomic<std::size_t> begun{0};
int meet(void*, const void* item, void*) {
  if (static_cast<std::size_t>(*static_cast<const int*>(item)) % kChunk != 0) return 0;
  const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (++begun; begun < kItems / kChunk; std::this_thread::yield())
    if (std::chrono::steady_clock::now() > latest) return 1;
  return 0;
}
const tp_task_t kMeet = TP_TASK(meet, nullptr, int, char);

}  // namespace

TEST_CASE("A chunk of a map runs on one worker of one rank") {
  QueueEngine engine(GENERATE(1, 2, 3));
  Ranks ranks(engine, some_ranks(engine.ranks()));
  const std::vector<int> items = range(kItems);
  std::vector<std::thread::id> workers(kItems);
  Job chunks;
  chunks.chunksize = kChunk;
  for (int round = 0; round < 3; ++round) {  // later, ranks know how long an item takes
    REQUIRE(tp_pool_map(ranks.pool(), &kNoteWorker, items.data(), workers.data(), kItems,
                        &chunks) == TP_OK);
    check_chunks(workers);
  }
}

TEST_CASE("A chunk of a stream runs on one worker of one rank") {
  QueueEngine engine(GENERATE(1, 2, 3));
  Ranks ranks(engine, some_ranks(engine.ranks()));
  Numbers numbers(kItems);
  Job chunks;
  chunks.chunksize = kChunk;
  const Result stream = imap(ranks.pool(), kNoteWorker, numbers, &chunks);
  std::vector<std::thread::id> workers(kItems);
  for (auto& worker : workers) REQUIRE(tp_result_next(stream, kLong, &worker) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  check_chunks(workers);
}

TEST_CASE("A rank begins as many chunks at once as it has workers") {
  QueueEngine engine(GENERATE(1, 2));
  Ranks::Options options = some_ranks(engine.ranks());
  options.workers = kItems / kChunk;
  options.leads = true;
  Ranks ranks(engine, options);
  const std::vector<int> items = range(kItems);
  std::vector<char> values(kItems);
  Job chunks;
  chunks.chunksize = kChunk;
  begun = 0;
  REQUIRE(tp_pool_map(ranks.pool(), &kMeet, items.data(), values.data(), kItems, &chunks) == TP_OK);
}
