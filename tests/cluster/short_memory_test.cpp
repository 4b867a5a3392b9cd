// SPDX-License-Identifier: MIT
// Each allocation on the thread of a rank's traffic, and in a call, fails in turn: no process ends, no call hangs, and
// what can't go on is lost with a reason.
#include "cluster/short_memory.hpp"

#include <new>

#include "cluster/next.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

int add(void* ctx, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(ctx) + *static_cast<const int*>(item);
  return 0;
}

int until_stopped(void*, const void*, void*) {
  await_stop();
  return 0;
}

int share(tp::cluster::SharedObjects& objects, const tp_codec_t* codec, void** shared) try {
  const int object = 7;
  std::string why;
  return objects.add(&object, sizeof object, codec, shared, why);
} catch (const std::bad_alloc&) {
  return TP_ENOMEM;  // as tp_cluster_share does
}

// A job with a shared object, one that is cancelled, and the end of the pool.
void use(Ranks& ranks) {
  const int object = 100;
  void* shared = nullptr;
  std::string why;
  REQUIRE(ranks.shared().add(&object, sizeof object, nullptr, &shared, why) == TP_OK);
  tp_task_t task = TP_TASK(add, nullptr, int, int);
  task.ctx = shared;
  const std::vector<int> items = range(6);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result sums = map_async(ranks.pool(), task, items.data(), items.size(), &keep);
  CHECK(sums.wait() == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int status = tp_result_item_status(sums, i);
    CHECK((status == TP_OK || status == TP_ETASK || status == TP_ELOST));
    if (status == TP_OK) CHECK(sums.values<int>()[i] == items[i] + 100);
  }
  CHECK(ranks.shared().remove(shared));
  const tp_task_t patient = TP_TASK(until_stopped, nullptr, int, int);
  const Result stopped = map_async(ranks.pool(), patient, items.data(), 2);
  REQUIRE(tp_result_cancel(stopped) == TP_OK);
  CHECK(stopped.wait() == TP_OK);
  ranks.end();
}

}  // namespace

TEST_CASE(
    "Each allocation fails on the thread of a rank's traffic: jobs end, and so do the ranks") {
  const int rank = GENERATE(0, 1);
  const long in_a_row = GENERATE(1, 3);
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 0.2;
  options.leads = true;
  bool has_struck = true;
  for (long n = 0; has_struck && n < 500; ++n) {
    QueueEngine engine(2);
    Ranks ranks(engine, options);
    short_memory::begin(rank, n, in_a_row);
    use(ranks);
    has_struck = short_memory::end();
    CHECK(ranks.status(0) == TP_OK);
    const int status = ranks.status(1);  // TP_ENOMEM: it had no memory to begin
    CHECK((status == TP_END || status == TP_ELOST || (status == TP_ENOMEM && rank == 1)));
    CHECK((status == TP_ELOST) == !ranks.why(1).empty());
  }
  CHECK(!has_struck);
}

TEST_CASE("A rank that has no memory for a sign of life gives it as soon as there is some") {
  const int rank = GENERATE(0, 1);
  std::atomic<int> beats{0};
  std::atomic<bool> hears_nothing{true};  // what it can't receive would lose the other one
  QueueEngine engine(2);
  engine.plant([&](int from, int, QueueEngine::Bytes& bytes) {
    if (tp::cluster::kind_of(bytes) != tp::cluster::Kind::beat) return true;
    beats += from == rank;
    return from == rank || !hears_nothing;
  });
  Ranks::Options options;
  options.ranks = 2;
  options.lost_after = 3;
  Ranks ranks(engine, options);
  await("the first sign of life", [&] { return beats > 0; });
  const int before = beats;
  short_memory::begin(rank, 0, 20);  // as many intervals are longer than lost_after
  await("another one", [&] { return beats > before; });
  CHECK(short_memory::end());
  hears_nothing = false;
  ranks.end();
  CHECK(ranks.status(1) == TP_END);
}

TEST_CASE("An object that there is no memory for is not shared, whether a codec packs it or not") {
  const tp_codec_t* const codec = GENERATE(as<const tp_codec_t*>{}, nullptr, &kIntCodec);
  tp::cluster::SharedObjects objects(nullptr, 1);
  bool has_struck = true;
  for (long n = 0; has_struck && n < 500; ++n) {
    void* shared = nullptr;
    short_memory::begin_here(n, 1);
    const int status = share(objects, codec, &shared);
    has_struck = short_memory::end();
    CHECK(status == (has_struck ? TP_ENOMEM : TP_OK));
    CHECK((shared != nullptr) == (status == TP_OK));
  }
  CHECK(!has_struck);
}
