// SPDX-License-Identifier: MIT
// Where and when the drops of shared objects run: never on the thread that calls the engine, and each once.
#include "cluster/unused_copies.h"

#include <pthread.h>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Copy;
using tp::cluster::Identity;
using tp::cluster::Kind;
using tp::cluster::Place;
using tp::cluster::Sort;
using tp::cluster::UnusedCopies;

namespace {

std::atomic<int> made{0}, dropped{0}, dropped_by_callers{0};
std::atomic<bool> ends_threads{false};
thread_local bool is_of_test = false;

// A copy that the test's own thread has made does not end the thread that drops it.
struct Object {
  int value;
  bool is_mine;
};
std::size_t pack(const void* object, void* to, std::size_t room) {
  if (to && room >= sizeof(Object)) std::memcpy(to, object, sizeof(Object));
  return sizeof(Object);
}
int unpack(void* object, const void* from, std::size_t bytes) {
  if (bytes != sizeof(Object)) return 1;
  std::memcpy(object, from, bytes);
  static_cast<Object*>(object)->is_mine = is_of_test;
  ++made;
  return 0;
}
void drop(void* object) {
  ++dropped;
  dropped_by_callers += QueueEngine::rank_of_caller() != -1;
  if (ends_threads && !static_cast<Object*>(object)->is_mine) pthread_exit(nullptr);
}
const tp_codec_t kCodec = {sizeof(tp_codec_t), pack, unpack, drop};

int value_of(void* ctx, const void*, void* value) {
  *static_cast<int*>(value) = static_cast<const Object*>(ctx)->value;
  return 0;
}

void begin() {
  is_of_test = true;
  made = dropped = dropped_by_callers = 0;
  ends_threads = false;
}

// Each rank but 0, which leads, makes its copy.
void* share_and_use(Ranks& ranks) {
  const Object object{7, false};
  void* shared = nullptr;
  std::string why;
  REQUIRE(ranks.shared().add(&object, sizeof object, &kCodec, &shared, why) == TP_OK);
  tp_task_t task = TP_TASK(value_of, nullptr, int, int);
  task.ctx = shared;
  const int before = made;
  for (int round = 0; round < 1000 && made == before; ++round)
    CHECK(*apply_item(ranks.pool(), task, 0).values<int>() == 7);
  return shared;
}

std::shared_ptr<Copy> copy_in(UnusedCopies& unused) {
  const Object object{7, false};
  tp::cluster::Bytes bytes(sizeof object);
  std::memcpy(bytes.data(), &object, sizeof object);
  auto copy = std::make_unique<Copy>(sizeof object, Identity::here().place(&kCodec, Sort::constant),
                                     std::move(bytes), 0);
  REQUIRE(copy->object());
  return unused.watch(std::move(copy));
}

}  // namespace

TEST_CASE("A codec's drop runs on no thread that calls the engine, however its rank ends") {
  enum How { kDestroyed, kUnshared, kLost };
  const int how = GENERATE(kDestroyed, kUnshared, kLost);
  begin();
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  if (how == kLost) options.lost_after = 0.3;
  Ranks ranks(engine, options);
  std::vector<void*> shared;
  for (int i = 0; i < 5; ++i) shared.push_back(share_and_use(ranks));
  CHECK(made > 5);
  if (how == kUnshared)
    for (void* const each : shared) CHECK(ranks.shared().remove(each));
  if (how == kLost) engine.plant([](int, int, QueueEngine::Bytes&) { return false; });
  ranks.end();
  CHECK(dropped == made);
  CHECK(dropped_by_callers == 0);
  CHECK(ranks.status(1) == (how == kLost ? TP_ELOST : TP_END));
}

TEST_CASE("Drops that each end the thread leave none out, and the rank ends") {
  begin();
  ends_threads = true;
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  options.leads = true;
  Ranks ranks(engine, options);
  const bool unshares = GENERATE(false, true);
  for (int i = 0; i < 5; ++i) {
    void* const shared = share_and_use(ranks);
    if (unshares) CHECK(ranks.shared().remove(shared));
  }
  CHECK(made == 10);
  ranks.end();
  CHECK(dropped == 10);
  CHECK(dropped_by_callers == 0);
  CHECK(ranks.status(1) == TP_END);
}

TEST_CASE("Work that is sent to a rank after the end loses rank 0") {
  QueueEngine engine(2);
  Ranks::Options options;
  options.ranks = 2;
  Ranks ranks(engine, options);
  const Kind kind = GENERATE(Kind::run, Kind::share, Kind::bind);
  engine.plant([&, is_sent = false](int from, int to, QueueEngine::Bytes& bytes) mutable -> int {
    if (from != 0 || to != 1) return QueueEngine::kArrives;
    if (std::exchange(is_sent, is_sent || tp::cluster::kind_of(bytes) == Kind::bye))
      bytes = tp::cluster::Writer(kind).take();
    return QueueEngine::kArrives;
  });
  ranks.end();
  CHECK(ranks.status(1) == TP_ELOST);
  CHECK(ranks.why(1) == "rank 0 sent work after the end");
}

TEST_CASE("A pair and its object go where they are dropped, whichever loses its last user first") {
  begin();
  UnusedCopies unused;
  std::shared_ptr<Copy> object = copy_in(unused);
  const Place fn = Identity::here().place(reinterpret_cast<const void*>(value_of), Sort::code);
  std::shared_ptr<Copy> pair = unused.watch(std::make_unique<Copy>(object, fn));
  REQUIRE(pair->object());
  const bool is_pair_first = GENERATE(false, true);
  (is_pair_first ? pair : object).reset();
  CHECK(unused.any() == is_pair_first);
  (is_pair_first ? object : pair).reset();
  CHECK(unused.any());
  CHECK(dropped == 0);
  unused.drop_all();
  CHECK(dropped == 1);
  CHECK(!unused.any());
}

TEST_CASE("A thread drops the copies that it used last, and leaves those of another") {
  begin();
  UnusedCopies unused;
  std::thread([other = copy_in(unused)]() mutable { other.reset(); }).join();
  unused.drop_own();
  CHECK(dropped == 0);
  copy_in(unused).reset();
  unused.drop_own();
  CHECK(dropped == 1);
  CHECK(unused.any());
  unused.drop_all();
  CHECK(dropped == 2);
}

TEST_CASE("A drop that ends its thread leaves the other copies to the next") {
  begin();
  ends_threads = true;
  UnusedCopies unused;
  is_of_test = false;
  for (int i = 0; i < 3; ++i) copy_in(unused);
  for (int i = 1; i <= 3; ++i) {
    CHECK(unused.any());
    std::thread([&] { unused.drop_all(); }).join();
    CHECK(dropped == i);
  }
  CHECK(!unused.any());
}
