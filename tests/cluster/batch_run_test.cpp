// SPDX-License-Identifier: MIT
// A batch runs in its rank's pool on the level of its job.
#include "cluster/batch_run.h"

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
