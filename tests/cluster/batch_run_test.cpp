// SPDX-License-Identifier: MIT
// A batch runs in its rank's pool on the level of its job.
#include "cluster/batch_run.h"

#include <thread>

#include "support/test.hpp"

using namespace support;

namespace {

// What has begun, in its order. The first item waits for the gate.
struct Begun {
  Gate gate;
  std::mutex mutex;
  std::string names;

  static int note(void* self, const void* item, void*) {
    auto& begun = *static_cast<Begun*>(self);
    const char name = *static_cast<const char*>(item);
    {
      std::lock_guard<std::mutex> lock(begun.mutex);
      begun.names += name;
    }
    if (name == '-') begun.gate.wait();
    return 0;
  }
};

class Batch final : public tp::cluster::BatchRun {
 public:
  Batch(Begun& begun, const char* names, unsigned on_level) {
    task = TP_TASK(Begun::note, nullptr, char, char);
    task.ctx = &begun;
    task.value_size = 0;
    items = names;
    item_stride = 1;
    count = std::strlen(names);
    level = on_level;
  }
  void over() override { is_over.open(); }

  Gate is_over;
};

// Items with a deadline, which begin when they are prepared.
class Timely final : public tp::cluster::BatchRun {
 public:
  explicit Timely(std::size_t n) {
    task = TP_TASK(begin, nullptr, char, char);
    task.ctx = this;
    task.item_size = task.value_size = 0;
    count = n;
    item_deadline = 0.5;
  }
  void prepare(std::string&) override {
    if (waits) gate.wait();
    if (is_slow) std::this_thread::sleep_for(std::chrono::milliseconds(700));
  }
  void over() override { is_over.open(); }

  static int begin(void* self, const void*, void*) {
    ++static_cast<Timely*>(self)->begun;
    return 0;
  }

  bool is_slow = false, waits = false;  // when it is prepared
  std::atomic<int> begun{0};
  Gate gate, is_over;
};

// All items have ended like this.
void check_ends(const Timely& batch, int status, bool unrun) {
  REQUIRE(batch.ends().size() == 1);
  const tp::cluster::End& end = batch.ends().front();
  CHECK(end.count == batch.count);
  CHECK(end.status == status);
  CHECK(end.unrun == unrun);
  CHECK(batch.begun == (unrun ? 0 : static_cast<int>(batch.count)));
}

}  // namespace

TEST_CASE("A batch of an urgent job overtakes others in its rank") {
  Begun begun;
  Pool pool(1);  // a batch that goes gives its result to the pool's workers
  Batch first(begun, "-", 0), last(begun, "zz", TP_JOB_BACKGROUND), third(begun, "nn", 0),
      second(begun, "uu", TP_JOB_URGENT);
  REQUIRE(first.start(pool) == TP_OK);
  begun.gate.await(1);
  for (Batch* batch : {&last, &third, &second}) REQUIRE(batch->start(pool) == TP_OK);
  begun.gate.open();
  for (Batch* batch : {&first, &last, &third, &second}) batch->is_over.wait();
  pool.finish();
  CHECK(begun.names == "-uunnzz");
}

TEST_CASE("What is prepared for items does not count against their deadline") {
  Pool pool(2);
  Timely batch(3);
  batch.is_slow = true;
  REQUIRE(batch.start(pool) == TP_OK);
  batch.is_over.wait();
  pool.finish();
  check_ends(batch, TP_OK, false);
}

TEST_CASE("A batch that is stopped while it is prepared is over when that has ended") {
  const bool stops = GENERATE(false, true);
  Pool pool(2);
  Timely batch(3);
  batch.waits = true;
  REQUIRE(batch.start(pool) == TP_OK);
  batch.gate.await(1);
  stops ? batch.stop() : batch.give_back();
  batch.gate.open();
  batch.is_over.wait();
  pool.finish();
  check_ends(batch, TP_ECANCELED, true);
}

TEST_CASE("A batch that is given back before it is prepared comes back at once") {
  const bool is_early = GENERATE(false, true);
  Begun begun;
  Pool pool(1);
  Batch first(begun, "-", 0);
  Timely batch(3);
  REQUIRE(first.start(pool) == TP_OK);
  begun.gate.await(1);
  if (is_early) batch.give_back();
  REQUIRE(batch.start(pool) == TP_OK);
  if (!is_early) batch.give_back();
  batch.is_over.wait();
  begun.gate.open();
  first.is_over.wait();
  pool.finish();
  check_ends(batch, TP_ECANCELED, true);
}
