// SPDX-License-Identifier: MIT
// Requests of rank 0 that are broken, or wrong, in one field each.
#include <cstring>

#include "cluster/next.hpp"
#include "cluster/queue_engine.hpp"
#include "cluster/run_fields.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Kind;
using Bytes = tp::cluster::Bytes;

namespace {

const int kConstant = 3;

tp_task_t plain() {
  tp_task_t task = kNext;
  task.ctx = const_cast<int*>(&kConstant);
  return task;
}

// Two ranks, of which the first one leads.
Ranks::Options of_two() {
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.6;
  options.leads = true;
  return options;
}

// Changes the first message with items that rank 0 sends.
struct Change {
  void (*how)(Bytes& run) = nullptr;
  std::atomic<bool> is_made{false};

  void plant_in(QueueEngine& engine) {
    engine.plant([this](int from, int, Bytes& bytes) {
      if (from == 0 && kind_of(bytes) == Kind::run && !is_made.exchange(true)) how(bytes);
      return true;
    });
  }
};

void check_next(tp_pool_t* pool) {
  for (const tp_task_t& task : {plain(), packed_next()})
    CHECK(*apply_item(pool, task, 5).values<int>() == 6);
}

// The rank ends when it reads the request, and the item is lost.
void check_ends_rank(const tp_task_t& task, void (*how)(Bytes& run), const char* why) {
  Change change{how};
  QueueEngine engine(2);
  Ranks ranks(engine, of_two());
  change.plant_in(engine);
  const Result result = apply_item(ranks.pool(), task, 5);
  CHECK(result.get() == TP_ELOST);
  REQUIRE(change.is_made);
  check_next(ranks.pool());
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == why);
}

// The rank serves on. Returns the item's outcome.
struct Outcome {
  int status;
  std::string why;
};
Outcome outcome_of(const tp_task_t& task, void (*how)(Bytes& run)) {
  Change change{how};
  QueueEngine engine(2);
  Ranks::Options options = of_two();
  options.lost_after = 60;
  Ranks ranks(engine, options);
  change.plant_in(engine);
  const Result result = apply_item(ranks.pool(), task, 5);
  const int status = result.get();
  REQUIRE(change.is_made);
  const tp_error_t* const error = status == TP_OK ? nullptr : tp_result_error(result);
  const Outcome outcome{status, error ? tp_error_message(error) : ""};
  if (status == TP_OK) CHECK(*result.values<int>() == 6);
  check_next(ranks.pool());
  ranks.end();
  CHECK(ranks.status(1) == TP_END);
  return outcome;
}

constexpr char kBroken[] = "rank 0 sent a broken message";

}  // namespace

TEST_CASE("A request with a wrong size, count or number ends its rank") {
  static constexpr void (*kChanges[])(Bytes&) = {
      [](Bytes& run) { put(run, run_at::kItemSize, UINT64_MAX); },
      [](Bytes& run) { put(run, run_at::kItemSize, std::uint64_t{5}); },
      [](Bytes& run) { put(run, run_at::kItemSize, std::uint64_t{3}); },
      [](Bytes& run) { put(run, run_at::kItemSize, std::uint64_t{0}); },
      [](Bytes& run) { put(run, run_at::kCount, std::uint64_t{2}); },
      [](Bytes& run) { put(run, run_at::kSignature, UINT64_MAX); },
      [](Bytes& run) { put(run, run_at::place(run_at::kCtx), Name::of_shared(4711)); },
      [](Bytes& run) { put(run, run_at::place(run_at::kFn), Name{}); },
      [](Bytes& run) { put(run, run_at::kLevel, 77u); },
  };
  const int at = GENERATE(range(0, int(std::size(kChanges))));
  CAPTURE(at);
  check_ends_rank(plain(), kChanges[at], kBroken);
}

TEST_CASE("A request whose packed items have wrong sizes ends its rank") {
  static constexpr void (*kChanges[])(Bytes&) = {
      [](Bytes& run) { put(run, run_at::kPacked, UINT64_MAX - 1); },
      [](Bytes& run) { put(run, run_at::kPacked, std::uint64_t{5}); },
      [](Bytes& run) { put(run, run_at::kPacked, std::uint64_t{3}); },
      [](Bytes& run) { put(run, run_at::kPacked, UINT64_MAX); },  // not packed, but 4 bytes follow
      [](Bytes& run) { put(run, run_at::kCount, std::uint64_t{2}); },
      [](Bytes& run) { put(run, run_at::kCount, UINT64_MAX / 8); },
      [](Bytes& run) { put(run, run_at::kCount, std::uint64_t{1} << 40); },
      [](Bytes& run) { run.resize(run.size() - 1); },
      [](Bytes& run) { run.append("", 1); },
  };
  const int at = GENERATE(range(0, int(std::size(kChanges))));
  CAPTURE(at);
  check_ends_rank(packed_next(), kChanges[at], kBroken);
}

TEST_CASE("A codec, and no items by it, is no way around the size of the items") {
  check_ends_rank(
      plain(),
      [](Bytes& run) {
        Name codec{};
        std::memcpy(&codec, run.data() + run_at::place(run_at::kFn), sizeof codec);
        put(run, run_at::place(run_at::kItemCodec), codec);
      },
      kBroken);
}

TEST_CASE("An offset that leads to no function, or to no constant, fails the items alone") {
  static constexpr void (*kChanges[])(Bytes&) = {
      [](Bytes& run) { put_offset(run, run_at::kFn, 0); },
      [](Bytes& run) { put_offset(run, run_at::kFn, UINT64_MAX); },
      [](Bytes& run) { put_offset(run, run_at::kFn, offset(run, run_at::kItemCodec)); },
      [](Bytes& run) { put_offset(run, run_at::kItemCodec, UINT64_MAX / 2); },
      [](Bytes& run) { put_offset(run, run_at::kValueCodec, UINT64_MAX / 2); },
      [](Bytes& run) { put_offset(run, run_at::kItemCodec, offset(run, run_at::kFn)); },
      [](Bytes& run) { put_offset(run, run_at::kValueCodec, offset(run, run_at::kFn)); },
  };
  const int at = GENERATE(range(0, int(std::size(kChanges))));
  CAPTURE(at);
  const Outcome outcome = outcome_of(packed_next(), kChanges[at]);
  CHECK(outcome.status == TP_ETASK);
  CHECK(outcome.why.find("no function or constant is there in ") == 0);
  CHECK(outcome.why.find("of rank 1") != std::string::npos);
}

TEST_CASE("A ctx that leads to no constant fails the items alone") {
  const Outcome outcome =
      outcome_of(plain(), [](Bytes& run) { put_offset(run, run_at::kCtx, UINT64_MAX / 2); });
  CHECK(outcome.status == TP_ETASK);
  CHECK(outcome.why.find("no function or constant is there in ") == 0);
}

TEST_CASE("A signature that is none fails the items alone") {
  const Outcome outcome =
      outcome_of(plain(), [](Bytes& run) { put(run, run_at::kSignature, std::uint64_t{1}); });
  CHECK(outcome.status == TP_ETASK);
  CHECK(outcome.why.find("the rank can't make a typed call of ") == 0);
}

TEST_CASE("A chunk, or a deadline, of any size does no harm") {
  CHECK(outcome_of(plain(), [](Bytes& run) { put(run, run_at::kChunk, UINT64_MAX); }).status ==
        TP_OK);
  CHECK(outcome_of(plain(), [](Bytes& run) { put(run, run_at::kDeadline, UINT64_MAX); }).status ==
        TP_OK);
  const Outcome early =
      outcome_of(plain(), [](Bytes& run) { put(run, run_at::kDeadline, std::uint64_t{1}); });
  CHECK((early.status == TP_OK || early.status == TP_ETIMEDOUT));
}

// Nothing in the message tells how many there are. The answer does, and is not what rank 0 waits for.
TEST_CASE("A count of items without bytes that is beyond all memory loses the rank") {
  tp_task_t nothing{};
  nothing.size = sizeof nothing;
  nothing.fn = [](void*, const void*, void*) { return 0; };
  Change change{[](Bytes& run) { put(run, run_at::kCount, UINT64_MAX); }};
  QueueEngine engine(2);
  Ranks ranks(engine, of_two());
  change.plant_in(engine);
  const Result result = apply_async(ranks.pool(), nothing);
  CHECK(result.get() == TP_ELOST);
  REQUIRE(change.is_made);
  check_next(ranks.pool());
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
}
