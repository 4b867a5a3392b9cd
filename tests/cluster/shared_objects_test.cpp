// SPDX-License-Identifier: MIT
// Objects that rank 0 shares, over queues: each rank gets one once, and what is broken harms one rank alone.
#include <tpool/cluster.h>

#include <cstring>
#include <map>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Kind;
using Bytes = tp::cluster::Bytes;

namespace {

struct Table {
  int values[300];
};

int look_up(void* ctx, const void* item, void* value) {
  *static_cast<int*>(value) =
      static_cast<const Table*>(ctx)->values[*static_cast<const int*>(item)];
  return 0;
}

int negated(int x) { return -x; }

int look_up_and_call(void* ctx, const void* item, void* value) {
  const auto& bound = *static_cast<const tp_cluster_bound_t*>(ctx);
  const auto fn = reinterpret_cast<int (*)(int)>(bound.fn);
  *static_cast<int*>(value) =
      fn(static_cast<const Table*>(bound.object)->values[*static_cast<const int*>(item)]);
  return 0;
}

Table table() {
  Table table{};
  for (int i = 0; i < 300; ++i) table.values[i] = 7 * i;
  return table;
}

void* share(Ranks& ranks) {
  const Table object = table();
  void* shared = nullptr;
  std::string why;
  REQUIRE(ranks.shared().add(&object, sizeof object, nullptr, &shared, why) == TP_OK);
  return shared;
}

void* bind(Ranks& ranks, void* shared) {
  void* bound = nullptr;
  REQUIRE(ranks.shared().bind(shared, reinterpret_cast<void (*)()>(negated), &bound) == TP_OK);
  return bound;
}

// Items that have failed with this status. The others have looked it up, with that factor.
std::size_t check_items(const Ranks& ranks, tp_task_fn fn, void* ctx, int status, int factor) {
  tp_task_t task = TP_TASK(nullptr, nullptr, int, int);
  task.fn = fn;
  task.ctx = ctx;
  const std::vector<int> items = range(300);
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result result = map_async(ranks.pool(), task, items.data(), items.size(), &keep);
  const int* const values = result.values<int>();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int ended = tp_result_item_status(result, i);
    if (ended == TP_OK)
      CHECK(values[i] == factor * items[i]);
    else
      CHECK(ended == status);
    failed += ended != TP_OK;
  }
  return failed;
}

std::size_t check_table(const Ranks& ranks, void* shared, int status) {
  return check_items(ranks, look_up, shared, status, 7);
}
std::size_t check_negated(const Ranks& ranks, void* bound, int status) {
  return check_items(ranks, look_up_and_call, bound, status, -7);
}

// How many messages of each kind rank 0 has sent to each of two other ranks.
struct Sent {
  std::mutex mutex;
  std::map<std::pair<int, Kind>, int> counts;
  void watch(QueueEngine& engine) {
    engine.plant([this](int from, int to, Bytes& bytes) {
      std::lock_guard<std::mutex> lock(mutex);
      if (from == 0) ++counts[{to, tp::cluster::kind_of(bytes)}];
      return true;
    });
  }
  int of(int to, Kind kind) {
    std::lock_guard<std::mutex> lock(mutex);
    return counts[{to, kind}];
  }
  int of_all(Kind kind) { return of(1, kind) + of(2, kind); }
  void await_ends() {
    await("the ends",
          [this] { return of_all(Kind::share) + of_all(Kind::bind) == of_all(Kind::unshare); });
  }
};

}  // namespace

TEST_CASE(
    "Each rank gets a shared object once, before items that need it, and is told of its end") {
  Sent sent;
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  sent.watch(engine);
  void* const first = share(ranks);
  void* const second = share(ranks);
  for (int round = 0; round < 5; ++round) CHECK(check_table(ranks, first, TP_OK) == 0);
  for (int rank = 1; rank < 3; ++rank) {
    CHECK(sent.of(rank, Kind::share) == (sent.of(rank, Kind::run) != 0));
    CHECK(sent.of(rank, Kind::unshare) == 0);
  }
  CHECK(ranks.shared().has(first));
  CHECK(ranks.shared().remove(first));
  CHECK_FALSE(ranks.shared().has(first));
  CHECK_FALSE(ranks.shared().remove(first));
  CHECK(ranks.shared().remove(second));  // which no rank has
  sent.await_ends();
  CHECK(check_table(ranks, share(ranks), TP_OK) == 0);
}

TEST_CASE("A shared object stays until the jobs that use it are over") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  Ranks ranks(engine, options);
  tp_task_t task = TP_TASK(look_up, nullptr, int, int);
  for (int round = 0; round < 20; ++round) {
    task.ctx = share(ranks);
    const std::vector<int> items = range(300);
    const Result result = map_async(ranks.pool(), task, items.data(), items.size());
    CHECK(ranks.shared().remove(task.ctx));
    const int* const values = result.values<int>();
    for (int i = 0; i < 300; ++i) CHECK(values[i] == 7 * i);
  }
}

TEST_CASE("A broken message about a shared object ends its rank, and no other") {
  const int what = GENERATE(range(0, 7));
  QueueEngine engine(3);
  Ranks::Options options;
  options.lost_after = 0.5;
  Ranks ranks(engine, options);
  std::atomic<bool> has_object{false};
  engine.plant([&](int from, int to, Bytes& bytes) {
    if (from != 0 || to != 1) return true;
    const Kind kind = tp::cluster::kind_of(bytes);
    if (kind == Kind::share) has_object = true;
    if (kind != (what == 5 ? Kind::unshare : Kind::share)) return true;
    const auto put = [&](std::size_t at, std::uint64_t value) {
      std::memcpy(bytes.data() + at, &value, sizeof value);
    };
    if (what == 0) bytes.resize(bytes.size() - 1);
    if (what == 1) bytes.resize(20);
    if (what == 2) put(4 + 8, UINT64_MAX);  // its size
    if (what == 3) put(4 + 8, 5);
    if (what == 4) put(4, 77);  // its number
    if (what == 5) put(4, 78);
    if (what == 6) put(4 + 8 + 8 + sizeof(tp::cluster::Name), UINT64_MAX);  // of the codec's path
    return true;
  });
  void* const shared = share(ranks);
  for (int round = 0; round < 50 && !has_object; ++round) check_table(ranks, shared, TP_ELOST);
  REQUIRE(has_object);
  CHECK(ranks.shared().remove(shared));
  check_table(ranks, share(ranks), TP_ELOST);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.status(2) == TP_END);
}

TEST_CASE("A function that is bound to an object comes after it, and keeps it") {
  Sent sent;
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  sent.watch(engine);
  void* const shared = share(ranks);
  void* const bound = bind(ranks, shared);
  for (int round = 0; round < 3; ++round) CHECK(check_negated(ranks, bound, TP_OK) == 0);
  for (int rank = 1; rank < 3; ++rank) {
    CHECK(sent.of(rank, Kind::share) == (sent.of(rank, Kind::run) != 0));
    CHECK(sent.of(rank, Kind::bind) == (sent.of(rank, Kind::run) != 0));
  }
  CHECK(ranks.shared().remove(shared));
  CHECK_FALSE(ranks.shared().has(shared));
  CHECK(check_negated(ranks, bound, TP_OK) == 0);
  CHECK(sent.of_all(Kind::unshare) == 0);
  CHECK(ranks.shared().remove(bound));
  sent.await_ends();
}

TEST_CASE("A broken message about a bound function ends its rank, and no other") {
  const int what = GENERATE(range(0, 5));
  QueueEngine engine(3);
  Ranks::Options options;
  options.lost_after = 0.5;
  Ranks ranks(engine, options);
  std::atomic<bool> has_function{false};
  engine.plant([&](int from, int to, Bytes& bytes) {
    if (from != 0 || to != 1 || tp::cluster::kind_of(bytes) != Kind::bind) return true;
    has_function = true;
    const auto put = [&](std::size_t at, std::uint64_t value) {
      std::memcpy(bytes.data() + at, &value, sizeof value);
    };
    if (what == 0) bytes.resize(bytes.size() - 1);
    if (what == 1) bytes.append("", 1);
    if (what == 2) put(4, 1);       // the number of the object
    if (what == 3) put(4 + 8, 78);  // of an unknown object
    if (what == 4) bytes.resize(4);
    return true;
  });
  void* const bound = bind(ranks, share(ranks));
  for (int round = 0; round < 50 && !has_function; ++round) check_negated(ranks, bound, TP_ELOST);
  REQUIRE(has_function);
  check_negated(ranks, bound, TP_ELOST);
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.status(2) == TP_END);
}

TEST_CASE("A bound function that a rank has not loaded fails the items that need it") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  Ranks ranks(engine, options);
  const bool is_data = GENERATE(false, true);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from != 0 || tp::cluster::kind_of(bytes) != Kind::bind) return true;
    if (!is_data) bytes[4 + 8 + 8] = static_cast<char>(bytes[4 + 8 + 8] + 1);  // of the build id
    const std::uint64_t far = UINT64_MAX / 2;  // its offset in the object
    if (is_data) std::memcpy(bytes.data() + 4 + 8 + 8 + 16, &far, sizeof far);
    return true;
  });
  void* const shared = share(ranks);
  CHECK(check_negated(ranks, bind(ranks, shared), TP_ETASK) == 300);
  engine.plant(nullptr);
  CHECK(check_negated(ranks, bind(ranks, shared), TP_OK) == 0);
}

TEST_CASE("A codec that a rank has not loaded fails the items that need the object") {
  static constexpr tp_codec_t kCodec = {sizeof(tp_codec_t),
                                        [](const void* object, void* to, std::size_t room) {
                                          if (to && room >= sizeof(Table))
                                            std::memcpy(to, object, sizeof(Table));
                                          return sizeof(Table);
                                        },
                                        [](void* object, const void* from, std::size_t bytes) {
                                          if (bytes != sizeof(Table)) return 1;
                                          std::memcpy(object, from, bytes);
                                          return 0;
                                        },
                                        nullptr};
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([&](int from, int, Bytes& bytes) {
    if (from == 0 && tp::cluster::kind_of(bytes) == Kind::share)
      bytes[4 + 8 + 8] = static_cast<char>(bytes[4 + 8 + 8] + 1);  // of the build id
    return true;
  });
  const Table object = table();
  void* shared = nullptr;
  std::string why;
  REQUIRE(ranks.shared().add(&object, sizeof object, &kCodec, &shared, why) == TP_OK);
  CHECK(check_table(ranks, shared, TP_ETASK) == 300);
  engine.plant(nullptr);
  REQUIRE(ranks.shared().add(&object, sizeof object, &kCodec, &shared, why) == TP_OK);
  CHECK(check_table(ranks, shared, TP_OK) == 0);
}
