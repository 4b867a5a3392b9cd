// SPDX-License-Identifier: MIT
// What a trace shows of items that a taker has run: a row for each rank, from hand-out to return.
#include "support/taker.hpp"
#include "trace/traced.hpp"

using namespace support;
using traced::covered;
using traced::Event;
using traced::File;
using traced::Path;

namespace {

TakenPool::Settings threads(std::size_t count) {
  TakenPool::Settings settings;
  settings.threads = count;
  return settings;
}

// All events of the category are on rows of so many ranks.
void check_rows(const File& file, const std::vector<Event>& events, int ranks) {
  for (const Event& event : events) {
    const int rank = event.lane - 10'000;
    REQUIRE((rank >= 0 && rank < ranks));
    CHECK(file.lanes().at(event.lane) == "tpool rank " + std::to_string(rank));
  }
}

}  // namespace

TEST_CASE("Taken items are on the rows of the ranks that ran them, by the names of their jobs") {
  const Path path;
  Odd odd;
  const std::vector<int> items(300);
  Numbers numbers(200);
  Job named;
  named.name = "squares";
  TakenPool pool(threads(3));
  traced::start(pool, path);
  REQUIRE(map_async(pool, odd, items.data(), items.size(), &named).wait() == TP_OK);
  REQUIRE(apply_item(pool, odd, 1, &named).wait() == TP_OK);
  CHECK(values_of(imap(pool, odd, numbers, &named)) == odds(200));
  const File file = traced::stop(pool, path);
  CHECK(covered(file.of("chunk")) == 300);
  CHECK(covered(file.of("items")) == 200);
  REQUIRE(file.count("task") == 1);
  CHECK(file.of("task")[0].name == "squares");
  CHECK(file.of("task")[0].arg("job") == 2);
  CHECK(file.of("chunk")[0].name.rfind("squares [", 0) == 0);
  CHECK(file.of("chunk")[0].all["args"]["kind"].string == "map");
  CHECK(file.of("items")[0].name.rfind("squares [", 0) == 0);
  for (const char* const category : {"chunk", "items", "task"})
    check_rows(file, file.of(category), 3);
}

TEST_CASE("Of what a rank has at the same time, each begins in its row when the one before ends") {
  const Path path;
  HeldTask<int, int> held;
  const std::vector<int> items = range(12);
  TakenPool pool(threads(1));
  traced::start(pool, path);
  const Result result = map_async(pool, held, items.data(), items.size());
  await("four batches at the rank", [&] { return pool.taken == 12; });
  held.gate.open();
  REQUIRE(result.wait() == TP_OK);
  const File file = traced::stop(pool, path);
  const std::vector<Event> spans = file.of("chunk", "X");
  REQUIRE(spans.size() == 4);
  check_rows(file, spans, 1);
  for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].begin == spans[i - 1].end);
  CHECK(covered(spans) == 12);
}

TEST_CASE("What was handed out before the trace, or came back after it, is not in it") {
  const Path before, after, next;
  HeldTask<int, int> early, late;
  TakenPool pool(threads(1));
  const Result first = apply_item(pool, early, 1);
  early.gate.await(1);
  traced::start(pool, before);
  early.gate.open();
  REQUIRE(first.wait() == TP_OK);
  CHECK(traced::stop(pool, before).count("task") == 0);
  traced::start(pool, after);
  const Result second = apply_item(pool, late, 1);
  late.gate.await(1);
  CHECK(traced::stop(pool, after).count("task") == 0);
  traced::start(pool, next);
  late.gate.open();
  REQUIRE(second.wait() == TP_OK);
  CHECK(traced::stop(pool, next).count("task") == 0);
}

TEST_CASE("Items that a rank gives back unrun are not in its row") {
  const Path path;
  HeldTask<int, int> held;
  const std::vector<int> items = range(3);
  TakenPool pool(threads(1));
  traced::start(pool, path);
  const Result result = map_async(pool, held, items.data(), items.size());
  held.gate.await(1);
  REQUIRE(tp_result_cancel(result) == TP_OK);
  held.gate.open();
  REQUIRE(result.wait() == TP_OK);
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("chunk") == 1);
  CHECK(covered(file.of("chunk")) == 1);
}
