// SPDX-License-Identifier: MIT
// Several consumers of one stream that may be cut at any moment.
#include "stress/ledger.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

namespace {

enum class Cut { kNone, kCancel, kTerminate };

// What all consumers of a stream saw.
struct Seen {
  explicit Seen(int n) : times(static_cast<std::size_t>(n)) {}

  std::vector<std::atomic<int>> times;  // how often each value came
  std::atomic<int> values{0};
  std::atomic<int> cuts{0};  // statuses that say that the rest will not come
  std::atomic<int> wrong{0};
};

void consume(tp_result_t* stream, Seen& seen, int cut_status) {
  int status = TP_OK;
  while (status == TP_OK || status == cut_status) {
    Tracked value;
    status = tp_result_next(stream, kLong, &value);
    seen.cuts += status == cut_status;
    if (status != TP_OK) continue;
    seen.times[static_cast<std::size_t>(value.number / 2)]++;
    seen.values++;
    Tracked::drop(&value);
  }
  seen.wrong += status != TP_END;
  seen.wrong += tp_result_next(stream, 0, nullptr) != TP_END;
}

decltype(&tp_pool_imap) ordered_or_not() {
  return GENERATE(false, true) ? tp_pool_imap : tp_pool_imap_unordered;
}

void stream_round(decltype(&tp_pool_imap) imap, Cut cut, Random& random) {
  const int n = 1 + static_cast<int>(random.below(2000));
  const int enough = static_cast<int>(random.below(static_cast<std::size_t>(n)));
  Ledger ledger;
  Seen seen(n);
  Items items(ledger, n);
  Job job;
  job.chunksize = random.below(4);
  job.buffersize = random.below(50);
  Pool pool(1 + random.below(4));
  const tp_task_t task = ledger.task();
  Result stream;
  ledger.book(&job);
  REQUIRE(imap(pool, &task, Items::pull, &items, &job, stream.out()) == TP_OK);
  in_threads(5, [&](std::size_t k) {
    if (k < 4) return consume(stream, seen, cut == Cut::kTerminate ? TP_ETERMINATED : TP_ECANCELED);
    if (cut != Cut::kNone) await("enough values", [&] { return seen.values >= enough; });
    if (cut == Cut::kCancel) tp_result_cancel(stream);
    if (cut == Cut::kTerminate) tp_pool_terminate(pool);
  });
  stream.release();
  pool.finish();
  REQUIRE(seen.wrong == 0);
  REQUIRE(seen.cuts <= (cut == Cut::kNone ? 0 : 1));
  REQUIRE((seen.values == n || seen.cuts == 1));
  for (const auto& times : seen.times) REQUIRE(times <= 1);
  REQUIRE(ledger.balanced());
}

}  // namespace

TEST_CASE("consumers of a stream that is read, cancelled or terminated") {
  const auto imap = ordered_or_not();
  const Cut cut = GENERATE(Cut::kNone, Cut::kCancel, Cut::kTerminate);
  Random random(4);
  for (std::size_t round = 0; round < rounds(30); ++round) stream_round(imap, cut, random);
}

TEST_CASE("streams released unread or half read run to their end") {
  const auto imap = ordered_or_not();
  Random random(5);
  for (std::size_t round = 0; round < rounds(10); ++round) {
    const int n = static_cast<int>(random.below(500));
    const std::size_t read = random.below(20);
    Ledger ledger;
    Items items(ledger, n);
    Pool pool(1 + random.below(3));
    const tp_task_t task = ledger.task();
    Result stream;
    ledger.book(nullptr);
    REQUIRE(imap(pool, &task, Items::pull, &items, nullptr, stream.out()) == TP_OK);
    for (std::size_t i = 0; i < read; ++i) tp_result_next(stream, kLong, nullptr);
    stream.release();
    pool.finish();
    REQUIRE(ledger.ran == n);
    REQUIRE(ledger.balanced());
  }
}
