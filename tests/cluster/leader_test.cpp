// SPDX-License-Identifier: MIT
// Rank 0 hands out no more than a rank may have, stops what it runs itself, and hands on what a lost rank never got.
#include "cluster/leader.h"

#include <chrono>
#include <cstring>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Kind;
using Bytes = tp::cluster::Bytes;

namespace {

constexpr std::size_t kPacked = 65536;  // bytes of an int, so that it takes many
std::atomic<Gate*> packing{nullptr};

std::size_t pack_wide(const void* object, void* to, std::size_t room) {
  if (Gate* const gate = packing.exchange(nullptr)) gate->wait();
  if (room < kPacked) return kPacked;
  std::memset(to, 0, kPacked);
  std::memcpy(to, object, sizeof(int));
  return kPacked;
}
int unpack_wide(void* object, const void* from, std::size_t) {
  std::memcpy(object, from, sizeof(int));
  return 0;
}
const tp_codec_t kWide = {sizeof(tp_codec_t), pack_wide, unpack_wide, nullptr};

int copy_int(void*, const void* item, void* value) {
  std::memcpy(value, item, sizeof(int));
  return 0;
}
tp_task_t wide_task() {
  tp_task_t task = TP_TASK(copy_int, nullptr, int, int);
  task.item_codec = &kWide;
  return task;
}

std::atomic<Gate*> gate{nullptr};
int until_stopped(void*, const void*, void*) {
  gate.load()->wait();
  await_stop();
  return 0;
}
const tp_task_t kUntilStopped = TP_TASK(until_stopped, nullptr, int, int);

int bound_and_wait(void*, const void*, void*) {
  const int status = tp_pool_set_max_pending(tp_worker_pool(), 1);
  gate.load()->wait();
  return status == TP_OK ? 0 : 1;
}
const tp_task_t kBoundAndWait = TP_TASK(bound_and_wait, nullptr, int, int);

}  // namespace

TEST_CASE("A process that was stopped takes its own pause for no silence of others") {
  using tp::cluster::heard_ns;
  const double lost_after = GENERATE(0.1, 6.0, 60.0, TP_FOREVER);
  const std::uint64_t beat = tp::cluster::beat_ns(lost_after), due = 1'000'000'000'000;
  const std::uint64_t seen = due - 3 * beat, hour = 3'600'000'000'000;
  CHECK(heard_ns(seen, due, due - 1, lost_after) == seen);
  CHECK(heard_ns(seen, due, due + beat, lost_after) == seen);
  CHECK(heard_ns(seen, due, due + hour, lost_after) == seen + hour);
  // a message that had waited was read first: it is not heard in the future
  CHECK(heard_ns(due + hour - 1, due, due + hour, lost_after) == due + hour);
}

TEST_CASE("An item that rank 0 runs itself hears of its job's stop at once") {
  Gate begun;
  gate = &begun;
  begun.open();
  QueueEngine engine(1);
  Ranks::Options options;
  options.ranks = 1;
  Ranks ranks(engine, options);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) {
    const Result result = apply_item(ranks.pool(), kUntilStopped, 0);
    begun.await(i + 1);
    REQUIRE(tp_result_cancel(result) == TP_OK);
    CHECK(result.wait() == TP_OK);
  }
  // one that came with the next sign of life would take up to a second each
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("Single items that rank 0 runs itself don't each wake the thread of its traffic") {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  Gate open;
  gate = &open;
  open.open();
  QueueEngine engine(1);
  Ranks::Options options;
  options.ranks = 1;
  Ranks ranks(engine, options);
  const Result stopped = apply_item(ranks.pool(), kUntilStopped, 0);
  REQUIRE(tp_result_cancel(stopped) == TP_OK);
  CHECK(stopped.wait() == TP_OK);  // so the traffic runs
  const auto seen = steady_clock::now();
  await("the traffic's first rest", [&] { return steady_clock::now() - seen > milliseconds(10); });
  const int looks = engine.looks;
  const auto begin = steady_clock::now();
  const tp_task_t task = TP_TASK(copy_int, nullptr, int, int);
  for (int i = 0; i < 2000; ++i) CHECK(*apply_item(ranks.pool(), task, i).values<int>() == i);
  const auto taken = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  CHECK(engine.looks - looks <= 2 * taken.count() + 10);  // two if it has begun a long rest
}

TEST_CASE("Packed items count in the window with the bytes of their messages") {
  QueueEngine engine(2);
  std::atomic<std::size_t> longest{0};
  Ranks::Options options;
  options.ranks = 2;
  options.leads = GENERATE(false, true);
  options.window = 4 * kPacked;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 0 && kind_of(bytes) == Kind::run) longest = std::max(longest.load(), bytes.size());
    return true;
  });
  const tp_task_t task = wide_task();
  const std::vector<int> items = range(500);
  for (int round = 0; round < 3; ++round) {  // from the second one on the time of an item is known
    const Result result = map_async(ranks.pool(), task, items.data(), items.size());
    const int* const values = result.values<int>();
    CHECK(std::equal(items.begin(), items.end(), values));
  }
  ranks.end();
  CHECK(longest >= kPacked);
  CHECK(longest <= options.window + 1024);
}

TEST_CASE("An item that its rank was not sent before it was lost goes to another one") {
  Gate held;
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  packing = &held;
  const Result result = apply_item(ranks.pool(), wide_task(), 7);
  held.await(1);
  const Bytes wrong = tp::cluster::Writer(Kind::welcome).take();  // no rank but 0 sends that
  engine.forge(1, 0, wrong);
  engine.forge(2, 0, wrong);
  const bool is_again = GENERATE(false, true);  // to rank 0, or to none: the pool has ended
  std::size_t workers = 0;
  await("the loss of both",
        [&] { return tp_pool_workers(ranks.pool(), &workers) == TP_OK && workers == 1; });
  if (!is_again) REQUIRE(tp_pool_terminate(ranks.pool()) == TP_OK);
  held.open();
  if (is_again)
    CHECK(*result.values<int>() == 7);
  else
    CHECK(result.get() == TP_ETERMINATED);
}

TEST_CASE("A bound that a task sets for the pool of its rank holds up nothing that the rank owes") {
  Gate held;
  gate = &held;
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  options.lost_after = 1;
  Ranks ranks(engine, options);
  const int object = 7;
  void* shared = nullptr;
  std::string why;
  REQUIRE(ranks.shared().add(&object, sizeof object, nullptr, &shared, why) == TP_OK);
  tp_task_t uses = TP_TASK(copy_int, shared, int, int);
  CHECK(apply_item(ranks.pool(), uses, 0).wait() == TP_OK);
  const Result result = apply_item(ranks.pool(), kBoundAndWait, 0);
  held.await(1);
  CHECK(ranks.shared().remove(shared));  // the rank has a worker drop its copy
  const auto begin = std::chrono::steady_clock::now();
  await("more than lost_after",
        [&] { return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(1500); });
  held.open();
  CHECK(result.get() == TP_OK);
  ranks.end();
  CHECK(ranks.status(1) == TP_END);
}
