// SPDX-License-Identifier: MIT
// Answers and other messages that are broken, forged, late or out of order.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "cluster/next.hpp"
#include "cluster/queue_engine.hpp"
#include "cluster/run_fields.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Kind;
using Bytes = tp::cluster::Bytes;

namespace {

// Held in each rank until the gate opens.
std::atomic<Gate*> gate{nullptr};
std::atomic<int> held{0};
int hold(void*, const void* item, void* value) {
  ++held;
  gate.load()->wait();
  return next(nullptr, item, value);
}
const tp_task_t kHeld = TP_TASK(hold, nullptr, int, int);

// Rank 0 leads; a single item goes to rank 1.
Ranks::Options of_three(double lost_after) {
  Ranks::Options options;
  options.lost_after = lost_after;
  options.leads = true;
  return options;
}

void check_next(tp_pool_t* pool, int n) {
  const std::vector<int> items = support::range(static_cast<std::size_t>(n));
  const Result result = map_async(pool, kNext, items.data(), items.size());
  const int* const values = result.values<int>();
  for (std::size_t i = 0; i < items.size(); ++i) CHECK(values[i] == items[i] + 1);
}

std::size_t workers_of(tp_pool_t* pool) {
  std::size_t workers = 0;
  REQUIRE(tp_pool_workers(pool, &workers) == TP_OK);
  return workers;
}

// Rank 1 is lost, and no other.
void await_loss(const Ranks& ranks) {
  std::size_t workers = 2;
  await("the loss",
        [&] { return tp_pool_workers(ranks.pool(), &workers) != TP_OK || workers < 2; });
  CHECK(workers == 1);
}

Bytes message_of(std::uint32_t kind, std::uint64_t first = 0) {
  tp::cluster::Writer writer(static_cast<Kind>(kind));
  writer.put(first);
  return writer.take();
}
Bytes message_of(Kind kind) { return message_of(static_cast<std::uint32_t>(kind)); }

// The last message of the kind that the rank has sent.
struct Watched {
  std::mutex mutex;
  Bytes message;
  void watch(QueueEngine& engine, int rank, Kind kind) {
    engine.plant([this, rank, kind](int from, int, Bytes& bytes) {
      std::lock_guard<std::mutex> lock(mutex);
      if (from == rank && kind_of(bytes) == kind) message = bytes;
      return true;
    });
  }
  Bytes get() {
    std::lock_guard<std::mutex> lock(mutex);
    return message;
  }
};

// Rank 1 runs an item until the gate opens.
struct Held {
  Gate closed;
  Watched run;
  QueueEngine engine{3};
  Ranks ranks{engine, of_three(1)};
  const Result result = begin();

 private:
  Result begin() {
    gate = &closed;
    held = 0;
    run.watch(engine, 0, Kind::run);
    Result item = apply_item(ranks.pool(), kHeld, 3);
    await("the item to run", [] { return held == 1; });
    return item;
  }
};

}  // namespace

TEST_CASE("An answer with a wrong length loses its sender, with a reason") {
  static constexpr void (*kChanges[])(Bytes&) = {
      [](Bytes& done) { put(done, done_at::kValues, UINT64_MAX); },
      [](Bytes& done) { put(done, done_at::kValues, std::uint64_t{5}); },
      [](Bytes& done) { put(done, done_at::kValues, std::uint64_t{3}); },
      [](Bytes& done) { put(done, done_at::kMessage, UINT64_MAX); },
      [](Bytes& done) { put(done, done_at::kMessage, std::uint64_t{9}); },
      [](Bytes& done) { put(done, done_at::kEnds, std::uint64_t{0}); },
      [](Bytes& done) { put(done, done_at::kEnds, std::uint64_t{2}); },
      [](Bytes& done) { put(done, done_at::kStatus, std::int32_t{TP_ETASK}); },  // and a value
  };
  const int at = GENERATE(range(0, int(std::size(kChanges))));
  CAPTURE(at);
  std::atomic<bool> has_broken{false};
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(60));
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 1 && kind_of(bytes) == Kind::done && !has_broken.exchange(true))
      kChanges[at](bytes);
    return true;
  });
  const Result result = apply_item(ranks.pool(), packed_next(), 3);
  CHECK(result.get() == TP_ELOST);
  CHECK(std::string(tp_error_message(tp_result_error(result))) ==
        "rank 1 was lost: it sent a broken answer");
  REQUIRE(has_broken);
  check_next(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
}

TEST_CASE("An answer with a status that is none loses its sender") {
  const auto status = GENERATE(as<std::int32_t>{}, INT32_MIN, TP_ENOTSUP - 1, 1, INT32_MAX);
  std::atomic<bool> has_broken{false};
  tp_task_t task = kNext;
  task.fn = [](void*, const void*, void*) { return 7; };  // so that the answer has no value
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(60));
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 1 && kind_of(bytes) == Kind::done && !has_broken.exchange(true))
      put(bytes, done_at::kStatus, status);
    return true;
  });
  const Result result = apply_item(ranks.pool(), task, 3);
  CHECK(result.get() == TP_ELOST);
  REQUIRE(has_broken);
  check_next(ranks.pool(), 100);
}

TEST_CASE("Items that a rank says it has not run are handed out again") {
  std::atomic<int> changed{0};
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 1 && kind_of(bytes) == Kind::done && changed++ < 5)
      put(bytes, done_at::kUnrun, std::uint32_t{1});
    return true;
  });
  for (int round = 0; round < 1000 && changed < 5; ++round) check_next(ranks.pool(), 100);
  CHECK(changed >= 5);
  check_next(ranks.pool(), 100);
  CHECK(workers_of(ranks.pool()) == 2);
}

TEST_CASE("What rank 0 does not expect loses its sender") {
  const auto kind =
      GENERATE(as<std::uint32_t>{}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 99, UINT32_MAX);
  CAPTURE(kind);
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(60));
  check_next(ranks.pool(), 10);
  engine.forge(1, 0, message_of(kind));
  await_loss(ranks);
  check_next(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == "rank 0 has given this rank up");
}

TEST_CASE("What a rank does not expect ends it, and its reason says why") {
  struct Unexpected {
    Bytes message;
    const char* why;
  };
  const char* const no_sense = "rank 0 sent a message that this rank does not understand";
  const Unexpected all[] = {
      {Bytes(), no_sense},
      {Bytes("x", 1), no_sense},
      {message_of(0u), no_sense},
      {message_of(Kind::hello), no_sense},
      {message_of(Kind::welcome), no_sense},
      {message_of(Kind::done), no_sense},
      {message_of(Kind::left), no_sense},
      {message_of(99u), no_sense},
      {message_of(UINT32_MAX), no_sense},
      {message_of(Kind::run), "rank 0 sent a broken message"},
      {message_of(Kind::share), "rank 0 sent a broken object"},
      {message_of(Kind::bind), "rank 0 sent a broken function of an object"},
      {message_of(Kind::unshare), "rank 0 sent the end of an unknown object"},
      {message_of(Kind::lost), "rank 0 has given this rank up"},
  };
  const int at = GENERATE(range(0, 14));
  CAPTURE(at);
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(1));
  check_next(ranks.pool(), 10);
  engine.forge(0, 1, all[at].message);
  await_loss(ranks);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == all[at].why);
}

TEST_CASE("Stops, and items asked back, of a batch that is not there count for nothing") {
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(60));
  for (const Kind kind : {Kind::stop, Kind::back, Kind::beat}) {
    engine.forge(0, 1, message_of(static_cast<std::uint32_t>(kind), 4711));
    engine.forge(0, 1, Bytes(&kind, sizeof kind));
  }
  check_next(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_END);
}

TEST_CASE("A batch that a rank has already ends it") {
  Held item;
  item.engine.forge(0, 1, item.run.get());
  CHECK(item.result.get() == TP_ELOST);
  item.closed.open();
  item.ranks.end();
  CHECK(held == 1);
  CHECK(item.ranks.why(1) == "rank 0 sent a batch twice");
}

TEST_CASE("The end, sent twice or before work, ends a rank with a reason") {
  const bool is_twice = GENERATE(false, true);
  Held item;
  item.engine.forge(0, 1, message_of(Kind::bye));
  item.engine.forge(0, 1, is_twice ? message_of(Kind::bye) : item.run.get());
  CHECK(item.result.get() == TP_ELOST);
  item.closed.open();
  item.ranks.end();
  CHECK(item.ranks.status(1) == TP_ELOST);
  CHECK(item.ranks.why(1) ==
        (is_twice ? "rank 0 sent the end twice" : "rank 0 sent work after the end"));
}

TEST_CASE("A rank that is told too early that all is over leaves, and is lost to rank 0") {
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(1));
  check_next(ranks.pool(), 10);
  engine.forge(0, 1, message_of(Kind::over));
  await_loss(ranks);
  check_next(ranks.pool(), 10);
  ranks.end();
  CHECK(ranks.status(1) == TP_END);
  CHECK(engine.finalized == 0);
}

TEST_CASE("A welcome that is cut short ends its rank, which is lost to rank 0") {
  const std::size_t left = GENERATE(as<std::size_t>{}, 0, 4, 10, 20);
  QueueEngine engine(3);
  engine.plant([left](int from, int to, Bytes& bytes) {
    if (from == 0 && to == 1 && kind_of(bytes) == Kind::welcome) bytes.resize(left);
    return true;
  });
  Ranks ranks(engine, of_three(1));
  REQUIRE(ranks.pool() != nullptr);
  await_loss(ranks);
  check_next(ranks.pool(), 10);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == "rank 0 has not answered");
}

TEST_CASE("What a lost rank has sent before, and comes late, changes nothing") {
  std::mutex mutex;
  std::vector<Bytes> kept;
  std::atomic<bool> is_held_up{true};
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  options.lost_after = 0.4;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from != 1 || !is_held_up) return true;
    std::lock_guard<std::mutex> lock(mutex);
    kept.push_back(bytes);
    return false;
  });
  const std::vector<int> items = support::range(200);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), kNext, items.data(), items.size(), &keep);
  REQUIRE(result.wait() == TP_OK);
  std::vector<int> statuses;
  for (std::size_t i = 0; i < items.size(); ++i)
    statuses.push_back(tp_result_item_status(result, i));
  CHECK(std::count(statuses.begin(), statuses.end(), TP_ELOST) >= 1);
  is_held_up = false;
  std::vector<Bytes> late;
  {
    std::lock_guard<std::mutex> lock(mutex);
    late = kept;
  }
  const auto is_answer = [](const Bytes& each) { return kind_of(each) == Kind::done; };
  CHECK(std::any_of(late.begin(), late.end(), is_answer));
  for (const Bytes& each : late) engine.forge(1, 0, each);
  check_next(ranks.pool(), 500);
  CHECK(workers_of(ranks.pool()) == 1);
  for (std::size_t i = 0; i < items.size(); ++i)
    CHECK(tp_result_item_status(result, i) == statuses[i]);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.status(2) == TP_END);
}

TEST_CASE("A rank that sends something else in place of a part is lost, and no other") {
  QueueEngine engine(3);
  Ranks ranks(engine, of_three(6));  // a sign of life comes each second
  check_next(ranks.pool(), 10);
  engine.forge(1, 0, parts_ahead(std::uint64_t{1} << 30));
  await_loss(ranks);
  check_next(ranks.pool(), 100);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
}

TEST_CASE("Messages of several ranks may overtake each other") {
  QueueEngine engine(5);
  engine.reorders = true;
  Ranks::Options options;
  options.ranks = 5;
  options.workers = 2;
  Ranks ranks(engine, options);
  check_next(ranks.pool(), 5000);
  for (int i = 0; i < 100; ++i) CHECK(*apply_item(ranks.pool(), kNext, i).values<int>() == i + 1);
  Numbers numbers(300);
  CHECK(values_of(imap(ranks.pool(), kNext, numbers)).size() == 300);
  ranks.end();
  for (int rank = 1; rank < 5; ++rank) CHECK(ranks.status(rank) == TP_END);
}
