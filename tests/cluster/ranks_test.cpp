// SPDX-License-Identifier: MIT
// Ranks over queues in one process: every job is over, whatever lies between the ranks.
#include <cstring>
#include <random>
#include <set>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Kind;
using Bytes = tp::cluster::Bytes;

namespace {

int square(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  *static_cast<int*>(value) = x * x;
  return x % 100 == 99 ? x : 0;
}
const tp_task_t kSquare = TP_TASK(square, nullptr, int, int);

// Held in each rank until the gate opens. A task that crosses may point to no gate but one of the program's.
std::atomic<Gate*> gate{nullptr};
int held(void*, const void*, void* value) {
  gate.load()->wait();
  *static_cast<int*>(value) = 1;
  return 0;
}
const tp_task_t kHeld = TP_TASK(held, nullptr, int, int);
int until_stopped(void*, const void*, void*) {
  await_stop();
  return 0;
}
const tp_task_t kUntilStopped = TP_TASK(until_stopped, nullptr, int, int);

// Bytes of the functions, constants and codecs of a task of the program: five names, each with an empty path.
constexpr std::size_t kPlaces = 5 * (sizeof(tp::cluster::Name) + 8);

// All squares but for the failures.
void check_squares(tp_pool_t* pool, int n) {
  const std::vector<int> items = range(static_cast<std::size_t>(n));
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(pool, kSquare, items.data(), items.size(), &keep);
  const int* const values = result.values<int>();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool fails = i % 100 == 99;
    CHECK(tp_result_item_status(result, i) == (fails ? TP_ETASK : TP_OK));
    if (!fails) CHECK(values[i] == items[i] * items[i]);
  }
}

// The statuses of a job's items, and the first message of a lost one.
struct Lost {
  explicit Lost(const Result& result, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const int status = tp_result_item_status(result, i);
      statuses.insert(status);
      if (status == TP_ELOST && why.empty())
        why = tp_error_message(tp_result_item_error(result, i));
    }
  }
  std::multiset<int> statuses;
  std::string why;
};

}  // namespace

TEST_CASE("Ranks in one process share a map, a stream and single items") {
  QueueEngine engine(GENERATE(1, 2, 3, 5));
  Ranks::Options options;
  options.ranks = engine.ranks();
  options.leads = GENERATE(false, true);
  Ranks ranks(engine, options);
  check_squares(ranks.pool(), 1000);
  Numbers numbers(90);
  std::vector<int> squares = range(90);
  for (int& x : squares) x *= x;
  CHECK(values_of(imap(ranks.pool(), kSquare, numbers)) == squares);
  CHECK(*apply_item(ranks.pool(), kSquare, 7).values<int>() == 49);
  ranks.end();
  CHECK(ranks.status(0) == TP_OK);
  for (int rank = 1; rank < options.ranks; ++rank) CHECK(ranks.status(rank) == TP_END);
  CHECK(engine.finalized == options.ranks);
}

TEST_CASE("A rank whose answers never come is lost after its time, and its items alone") {
  QueueEngine engine(3);
  Ranks::Options options;
  options.lost_after = 0.4;
  options.leads = true;  // a quick rank 0 may leave nothing to others
  Ranks ranks(engine, options);
  engine.plant([](int from, int, Bytes&) { return from != 1; });
  const std::vector<int> items = range(60);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kSquare, items.data(), items.size(), &keep);
  CHECK(result.wait() == TP_OK);
  const Lost lost(result, items.size());
  CHECK(lost.statuses.count(TP_ELOST) >= 1);
  CHECK(lost.statuses.count(TP_OK) + lost.statuses.count(TP_ELOST) == items.size());
  CHECK(lost.why == "rank 1 was lost: it gave no sign of life");
  check_squares(ranks.pool(), 500);
  std::size_t workers = 0;
  REQUIRE(tp_pool_workers(ranks.pool(), &workers) == TP_OK);
  CHECK(workers == 1);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);  // rank 0 has told it
  CHECK(ranks.why(1) == "rank 0 has given this rank up");
  CHECK(ranks.status(2) == TP_END);
  CHECK(engine.finalized == 0);  // a rank that is gone would never come to it
}

TEST_CASE("A rank that falls silent within a message is lost after its time, and its items alone") {
  QueueEngine engine(3);
  Ranks::Options options;
  options.lost_after = 0.4;
  options.leads = true;
  Ranks ranks(engine, options);
  std::atomic<bool> is_silent{false};
  engine.plant([&](int from, int, Bytes& bytes) -> int {
    if (from != 1) return QueueEngine::kArrives;
    if (is_silent) return QueueEngine::kNeverArrives;
    if (kind_of(bytes) != Kind::done) return QueueEngine::kArrives;
    is_silent = true;
    return QueueEngine::kSticks;
  });
  const std::vector<int> items = range(60);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kSquare, items.data(), items.size(), &keep);
  await("a message that sticks", [&] { return is_silent.load(); });
  CHECK(result.wait() == TP_OK);
  const Lost lost(result, items.size());
  CHECK(lost.statuses.count(TP_ELOST) >= 1);
  CHECK(lost.statuses.count(TP_OK) + lost.statuses.count(TP_ELOST) == items.size());
  CHECK(lost.why == "rank 1 was lost: it gave no sign of life");
  check_squares(ranks.pool(), 500);
  CHECK(tp_pool_close(ranks.pool()) == TP_OK);
  CHECK(tp_pool_join(ranks.pool(), kLong) == TP_OK);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.status(2) == TP_END);
  CHECK(engine.finalized == 0);
}

TEST_CASE("A message that there is no memory for loses its sender, also when that is rank 0") {
  const int sender = GENERATE(0, 1);
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.4;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) -> int {
    const bool has_items = kind_of(bytes) == (sender == 0 ? Kind::run : Kind::done);
    return from == sender && has_items ? QueueEngine::kIsTooLong : QueueEngine::kArrives;
  });
  const Result result = apply_item(ranks.pool(), kSquare, 3);
  CHECK(result.get() == TP_ELOST);
  engine.plant(nullptr);
  check_squares(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == (sender == 0 ? "MPI can't reach rank 0" : "rank 0 has given this rank up"));
}

TEST_CASE("When all other ranks are lost, a rank 0 that leads runs the items") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.3;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([](int from, int, Bytes&) { return from != 1; });
  const std::vector<int> items = range(20);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kSquare, items.data(), items.size(), &keep);
  CHECK(result.wait() == TP_OK);
  check_squares(ranks.pool(), 200);
}

TEST_CASE("A rank that hears nothing more of rank 0 returns, and its tasks see the stop flag") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.3;
  options.leads = true;
  Ranks ranks(engine, options);
  const std::vector<int> items = range(1);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kUntilStopped, items.data(), 1, &keep);
  await("the item to go out", [&] { return stats_of(ranks.pool()).running == 1; });
  engine.plant(
      [](int from, int, Bytes& bytes) { return from != 0 || kind_of(bytes) == Kind::run; });
  CHECK(result.wait() == TP_OK);
  CHECK(tp_result_item_status(result, 0) == TP_ELOST);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == "rank 0 gave no sign of life");
}

TEST_CASE("A broken answer loses its sender, with a reason, and hurts nothing") {
  const int what = GENERATE(range(0, 8));
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  std::atomic<bool> has_broken{false};
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from != 1 || kind_of(bytes) != Kind::done || has_broken.exchange(true)) return true;
    const auto put = [&](std::size_t at, std::uint64_t value) {
      std::memcpy(bytes.data() + at, &value, sizeof value);
    };
    constexpr std::size_t kBatch = 4, kEnds = 20, kCount = 28, kStatus = 36;
    if (what == 0) bytes.resize(bytes.size() - 1);
    if (what == 1) bytes.append("", 1);
    if (what == 2) put(kBatch, 4711);
    if (what == 3) put(kEnds, UINT64_MAX);
    if (what == 4) put(kCount, UINT64_MAX / 2);
    if (what == 5) put(kCount, 0);
    if (what == 6) put(kStatus, 99);
    if (what == 7) bytes = Bytes("xxx", 3);
    return true;
  });
  const std::vector<int> items = support::range(60);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kSquare, items.data(), items.size(), &keep);
  CHECK(result.wait() == TP_OK);
  const Lost lost(result, items.size());
  REQUIRE(has_broken);
  CHECK(lost.statuses.count(TP_ELOST) >= 1);
  CHECK(lost.why.rfind("rank 1 was lost: it sent a ", 0) == 0);
  check_squares(ranks.pool(), 300);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
}

TEST_CASE("Broken requests end a rank instead of running anything") {
  const int what = GENERATE(range(0, 9));
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.5;
  options.leads = true;
  Ranks ranks(engine, options);
  std::atomic<bool> has_broken{false};
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from != 0 || kind_of(bytes) != Kind::run || has_broken.exchange(true)) return true;
    const std::size_t count_at = 4 + 8 + kPlaces + 8 + 8 + 4 + 8;
    const auto put = [&](std::size_t at, std::uint64_t value) {
      std::memcpy(bytes.data() + at, &value, sizeof value);
    };
    if (what == 0) bytes.resize(bytes.size() - 1);
    if (what == 1) put(count_at, UINT64_MAX / 3);
    if (what == 2) put(count_at, 0);
    if (what == 8) bytes[count_at + 8 + 8 + 1] = 0x7f;         // of the level
    if (what == 3) put(count_at - 8 - 4 - 8, UINT64_MAX - 1);  // the value's size
    if (what == 4) bytes.resize(9);
    if (what == 5) bytes.append("\1", 1);
    constexpr std::size_t kPath = 4 + 8 + sizeof(tp::cluster::Name);  // its length
    if (what == 7) {
      // more than a path may have
      const Bytes rest(bytes.data() + kPath + 8, bytes.size() - kPath - 8);
      bytes.resize(kPath + 8);
      bytes.append(std::string(5000, '/').data(), 5000);
      bytes.append(rest.data(), rest.size());
    }
    if (what == 6 || what == 7) put(kPath, what == 6 ? UINT64_MAX : 5000);
    return true;
  });
  const std::vector<int> items = support::range(40);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kSquare, items.data(), items.size(), &keep);
  CHECK(result.wait() == TP_OK);
  REQUIRE(has_broken);
  check_squares(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == "rank 0 sent a broken message");
}

TEST_CASE(
    "A function that a rank has not loaded fails the items, and the message says which rank lacks "
    "it") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 0 && kind_of(bytes) == Kind::run)
      bytes[13] = static_cast<char>(bytes[13] + 1);  // of the build id
    return true;
  });
  const Result result = apply_item(ranks.pool(), kSquare, 3);
  CHECK(result.get() == TP_ETASK);
  const std::string message = tp_error_message(tp_result_error(result));
  CHECK(message.find("no object with the build id") != std::string::npos);
  CHECK(message.find("is loaded in rank 1") != std::string::npos);
  engine.plant(nullptr);
  check_squares(ranks.pool(), 10);
}

TEST_CASE("A rank without memory for the values fails the items, and serves on") {
  if (kThreadSanitizer || kAddressSanitizer) return;  // they end a program that asks for so much
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    const std::uint64_t size = std::uint64_t{1} << 60;
    if (from == 0 && kind_of(bytes) == Kind::run)
      std::memcpy(bytes.data() + 4 + 8 + kPlaces + 8, &size, sizeof size);
    return true;
  });
  const Result result = apply_item(ranks.pool(), kSquare, 3);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_error_message(tp_result_error(result)) ==
        std::string("the rank has no memory for the items"));
  engine.plant(nullptr);
  check_squares(ranks.pool(), 10);
}

TEST_CASE("Forged messages of a rank change nothing") {
  QueueEngine engine(3);
  Ranks ranks(engine, {});
  for (int kind = 0; kind < 12; ++kind) {
    tp::cluster::Writer writer(static_cast<Kind>(kind));
    writer.put(std::uint64_t{1});
    engine.forge(1, 2, writer.bytes());  // ranks tell each other nothing
  }
  check_squares(ranks.pool(), 300);
}

TEST_CASE("Cancel and terminate reach items in all ranks") {
  QueueEngine engine(3);
  Ranks::Options options;
  options.workers = 2;
  Ranks ranks(engine, options);
  const std::vector<int> items = range(50);
  const Result first = map_async(ranks.pool(), kUntilStopped, items.data(), items.size());
  await("items everywhere", [&] { return stats_of(ranks.pool()).running >= 6; });
  REQUIRE(tp_result_cancel(first) == TP_OK);
  CHECK(first.get() == TP_ECANCELED);
  const Result second = map_async(ranks.pool(), kUntilStopped, items.data(), items.size());
  await("items everywhere", [&] { return stats_of(ranks.pool()).running >= 6; });
  REQUIRE(tp_pool_terminate(ranks.pool()) == TP_OK);
  CHECK(second.get() == TP_ETERMINATED);
  CHECK(tp_pool_join(ranks.pool(), kLong) == TP_OK);
}

TEST_CASE("join waits for the ranks, and only as long as it may") {
  Gate closed;
  gate = &closed;
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  Ranks ranks(engine, options);
  const std::vector<int> items = range(2);
  const Result result = map_async(ranks.pool(), kHeld, items.data(), items.size());
  REQUIRE(tp_pool_close(ranks.pool()) == TP_OK);
  CHECK(tp_pool_join(ranks.pool(), kShort) == TP_ETIMEDOUT);
  closed.open();
  CHECK(tp_pool_join(ranks.pool(), kLong) == TP_OK);
  CHECK(result.get() == TP_OK);
  ranks.end();
  CHECK(engine.stopped == 2);
}

TEST_CASE("A rank that differs, or is wrong, refuses the pool to all, and is named") {
  QueueEngine engine(3);
  const int what = GENERATE(range(0, 3));
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from != 2 || kind_of(bytes) != Kind::hello) return true;
    if (what == 0) bytes[4] = static_cast<char>(bytes[4] + 1);    // the program's build id
    if (what == 1) bytes[28] = static_cast<char>(bytes[28] + 1);  // the kind of machine
    if (what == 2) bytes.resize(10);
    return true;
  });
  Ranks ranks(engine, {});
  CHECK(ranks.pool() == nullptr);
  ranks.end();
  const char* const why[] = {"rank 2 runs another program file",
                             "rank 2 runs on another kind of machine", "rank 2 sent no hello"};
  for (int rank = 0; rank < 3; ++rank) {
    CHECK(ranks.status(rank) == TP_EINVAL);
    CHECK(ranks.why(rank).rfind(why[what], 0) == 0);
  }
}

TEST_CASE("Messages that come late change no value") {
  QueueEngine engine(4);
  Ranks::Options options;
  options.ranks = 4;
  options.workers = 2;
  Ranks ranks(engine, options);
  engine.plant([random = std::minstd_rand()](int, int, Bytes&) mutable {
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    return true;
  });
  check_squares(ranks.pool(), 2000);
  Numbers numbers(99);
  CHECK(values_of(imap(ranks.pool(), kSquare, numbers)).size() == 99);
}
