// SPDX-License-Identifier: MIT
// The rows of ranks in a trace, over queues in one process.
#include "cluster/queue_engine.hpp"
#include "support/test.hpp"
#include "trace/traced.hpp"

using namespace support;
using traced::covered;
using traced::Event;
using traced::File;
using traced::Path;

namespace {

constexpr std::size_t kItems = 60;

int twice(void*, const void* item, void* value) {
  *static_cast<int*>(value) = 2 * *static_cast<const int*>(item);
  return 0;
}
const tp_task_t kTwice = TP_TASK(twice, nullptr, int, int);

}  // namespace

TEST_CASE("What a lost rank had is in its row until the loss") {
  const Path path;
  QueueEngine engine(3);
  Ranks::Options options;
  options.leads = true;
  Ranks ranks(engine, options);
  engine.plant([](int from, int, QueueEngine::Bytes& bytes) {
    if (from == 1 && tp::cluster::kind_of(bytes) == tp::cluster::Kind::done) bytes.append("", 1);
    return true;
  });
  const std::vector<int> items = range(kItems);
  const Job keep(TP_JOB_KEEP_ERRORS);
  traced::start(ranks.pool(), path);
  const Result result = map_async(ranks.pool(), kTwice, items.data(), kItems, &keep);
  CHECK(result.wait() == TP_OK);
  const File file = traced::stop(ranks.pool(), path);
  CHECK(covered(file.of("chunk")) == kItems);
  int lost_spans = 0;
  for (const Event& event : file.of("chunk")) {
    const bool is_lost = file.lanes().at(event.lane) == "tpool rank 1";
    lost_spans += is_lost;
    const auto last = static_cast<std::size_t>(event.arg("last"));
    for (auto i = static_cast<std::size_t>(event.arg("first")); i < last; ++i)
      CHECK(tp_result_item_status(result, i) == (is_lost ? TP_ELOST : TP_OK));
  }
  CHECK(lost_spans > 0);
}
