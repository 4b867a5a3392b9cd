// SPDX-License-Identifier: MIT
// A chunk that a job asks for: its items run one after another on one worker, whichever rank has them.
#include <thread>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

// Without chunks a segment of a stream has 128 slots.
constexpr std::size_t kItems = 240, kChunk = 3;

// Item 0 waits for the gate, if there is one.
std::atomic<Gate*> gate{nullptr};
std::atomic<std::size_t> ran{0};
int note_worker(void*, const void* item, void* value) {
  if (Gate* const closed = *static_cast<const int*>(item) == 0 ? gate.load() : nullptr)
    closed->wait();
  *static_cast<std::thread::id*>(value) = std::this_thread::get_id();
  ++ran;
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

// Runs until all items have run but those of the chunk whose first item waits.
void await_the_others(Gate& closed) {
  closed.await(1);
  await("the items of other chunks", [] { return ran == kItems - kChunk; });
  gate = nullptr;
  closed.open();
}

// The first item of a chunk waits until each chunk has begun.
constexpr std::size_t kAtOnce = 20;
std::atomic<Arrivals*> begun{nullptr};
int meet(void*, const void* item, void*) {
  if (static_cast<std::size_t>(*static_cast<const int*>(item)) % kChunk != 0) return 0;
  begun.load()->arrive();
  begun.load()->wait(kAtOnce);
  return 0;
}
const tp_task_t kMeet = TP_TASK(meet, nullptr, int, char);

}  // namespace

TEST_CASE("A chunk of a map runs on one worker of one rank") {
  Gate closed;
  QueueEngine engine(GENERATE(1, 2, 3));
  Ranks ranks(engine, some_ranks(engine.ranks()));
  const std::vector<int> items = range(kItems);
  std::vector<std::thread::id> workers(kItems);
  Job chunks;
  chunks.chunksize = kChunk;
  for (int round = 0; round < 2; ++round) {  // later, ranks know how long an item takes
    REQUIRE(tp_pool_map(ranks.pool(), &kNoteWorker, items.data(), workers.data(), kItems,
                        &chunks) == TP_OK);
    check_chunks(workers);
  }
  gate = &closed;
  ran = 0;
  const Result result = map_async(ranks.pool(), kNoteWorker, items.data(), kItems, &chunks);
  await_the_others(closed);
  const auto* const values = result.values<std::thread::id>();
  check_chunks({values, values + kItems});
}

TEST_CASE("A chunk of a stream runs on one worker of one rank") {
  Gate closed;
  QueueEngine engine(GENERATE(1, 2, 3));
  Ranks ranks(engine, some_ranks(engine.ranks()));
  Numbers numbers(kItems);
  Job chunks;
  chunks.chunksize = kChunk;
  chunks.buffersize = kItems;
  gate = &closed;
  ran = 0;
  const Result stream = imap(ranks.pool(), kNoteWorker, numbers, &chunks);
  await_the_others(closed);
  std::vector<std::thread::id> workers(kItems);
  for (auto& worker : workers) REQUIRE(tp_result_next(stream, kLong, &worker) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  check_chunks(workers);
}

TEST_CASE("A rank begins as many chunks at once as it has workers") {
  Arrivals arrivals;
  begun = &arrivals;
  QueueEngine engine(GENERATE(1, 2));
  Ranks::Options options = some_ranks(engine.ranks());
  options.workers = kAtOnce;
  options.leads = true;
  Ranks ranks(engine, options);
  const std::vector<int> items = range(kAtOnce * kChunk);
  std::vector<char> values(items.size());
  Job chunks;
  chunks.chunksize = kChunk;
  REQUIRE(tp_pool_map(ranks.pool(), &kMeet, items.data(), values.data(), items.size(), &chunks) ==
          TP_OK);
}
