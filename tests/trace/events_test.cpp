// SPDX-License-Identifier: MIT
// What is in a trace: each thing that a worker does, by worker, with the names of jobs.
#include "trace/traced.hpp"

using namespace support;
using traced::covered;
using traced::Event;
using traced::File;
using traced::Path;

namespace {

struct Named : Job {
  explicit Named(const char* of) { name = of; }
};

}  // namespace

TEST_CASE("A trace of a pool that did nothing has its lanes and no more") {
  const std::size_t workers = worker_counts();
  const Path path;
  tp_pool_options_t options = pool_options(workers, TP_POOL_NO_THREADS);
  options.name = "idle";
  Pool pool(options);
  traced::start(pool, path);
  const File file = traced::stop(pool, path);
  CHECK(file.events().empty());
  CHECK(file.lost() == 0);
  CHECK(file.process() == "idle");
  CHECK(file.lanes().size() == workers);
  CHECK(file.lanes().at(1) == "idle-w0");
}

TEST_CASE("Small tasks are one event each, on the lanes of workers") {
  const std::size_t workers = worker_counts();
  const Path path;
  Step task([] {});
  Pool pool(workers);
  traced::start(pool, path);
  apply_times(pool, task, 1000);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const File file = traced::stop(pool, path);
  CHECK(file.count("task", "X") == 1000);
  for (const Event& event : file.of("task")) {
    REQUIRE(event.name == "apply");
    REQUIRE((event.lane >= 1 && event.lane <= static_cast<int>(workers)));
    REQUIRE(event.end >= event.begin);
  }
}

TEST_CASE("Events of a lane lie in or behind one another") {
  const Path path;
  Odd odd;
  const std::vector<int> items(1000);
  std::atomic<int> refused{0};
  Pool pool(4);
  Step outer([&] {
    std::vector<int> values(1000);
    refused += tp_pool_map(pool, &odd, items.data(), values.data(), 1000, nullptr) != TP_OK;
  });
  traced::start(pool, path);
  apply_times(pool, outer, 100);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(refused == 0);
  const File file = traced::stop(pool, path);
  std::map<int, std::vector<Event>> lanes;
  for (const Event& event : file.events())
    if (event.phase == "X") lanes[event.lane].push_back(event);
  for (auto& [lane, events] : lanes) {
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<long long> ends;  // of those that the next may lie in
    for (const Event& event : events) {
      while (!ends.empty() && ends.back() <= event.begin) ends.pop_back();
      REQUIRE((ends.empty() || event.end <= ends.back()));
      ends.push_back(event.end);
    }
  }
}

TEST_CASE("A job is seen from its submission to its end, by its name and number") {
  const Path path;
  Odd odd;
  const int item = 1;
  Named first("first job"), second("second job");
  Pool pool(1);
  traced::start(pool, path);
  Result one = apply_item(pool, odd, item, &first);
  Result two = apply_item(pool, odd, item, &second);
  REQUIRE(one.wait() == TP_OK);
  REQUIRE(two.wait() == TP_OK);
  const File file = traced::stop(pool, path);
  for (const char* phase : {"b", "e"}) {
    const std::vector<Event> marks = file.of("job", phase);
    REQUIRE(marks.size() == 2);
    CHECK(std::count_if(marks.begin(), marks.end(), [](const Event& mark) {
            return mark.name == "first job" && mark.arg("job") == 1 && mark.all["id"].amount == 1;
          }) == 1);
  }
  const std::vector<Event> tasks = file.of("task");
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].name == "first job");
  CHECK(tasks[1].name == "second job");
  CHECK(tasks[1].arg("job") == 2);
  CHECK(tasks[1].all["args"]["kind"].string == "apply");
  CHECK(file.of("job", "b")[0].begin <= tasks[0].begin);
}

TEST_CASE("A name is copied, and given to fire and forget tasks, too") {
  const Path path;
  Step task([] {});
  std::string name = "named";
  Named job(name.c_str());
  Pool pool(2);
  traced::start(pool, path);
  apply_times(pool, task, 10, &job);
  name = "other";
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("task") == 10);
  for (const Event& event : file.of("task")) CHECK(event.name == "named");
}

TEST_CASE("A stolen call is an event of its job on the lane of the thief") {
  const Path path;
  struct Meeting {
    static int run(void* self) {
      auto& meeting = *static_cast<Meeting*>(self);
      return meeting.where = tp_worker_index(), meeting.started.arrive(), 0;
    }
    Arrivals started;
    int where = -1;
  } meeting;
  int owner = -1;
  Step task([&] {
    owner = tp_worker_index();
    tp_spawn_t spawned, own;
    tp_spawn(&spawned, Meeting::run, &meeting);
    meeting.started.wait(1);
    tp_spawn(
        &own, [](void*) { return 0; }, nullptr);
    tp_sync(&own);
    tp_sync(&spawned);
  });
  Named job("recursion");
  Pool pool(2);
  traced::start(pool, path);
  REQUIRE(apply_async(pool, task, &job).get() == TP_OK);
  const File file = traced::stop(pool, path);
  const std::vector<Event> events = file.of("task");
  REQUIRE(events.size() == 3);  // the item and its parts
  for (const Event& event : events) CHECK(event.name == "recursion");
  const auto on_lane = [&](int worker) {
    return std::count_if(events.begin(), events.end(),
                         [&](const Event& event) { return event.lane == worker + 1; });
  };
  CHECK(meeting.where != owner);
  CHECK(on_lane(meeting.where) >= 1);
  CHECK(on_lane(owner) >= 1);
  CHECK(file.count("steal") >= 1);
}

TEST_CASE("Loops are seen as chunks that cover all items once") {
  const Path path;
  Odd odd;
  const std::vector<int> items(10'000);
  Named job("squares");
  Pool pool(worker_counts());
  traced::start(pool, path);
  Result map = map_async(pool, odd, items.data(), 10'000, &job);
  REQUIRE(map.wait() == TP_OK);
  const File mapped = traced::stop(pool, path);
  CHECK(covered(mapped.of("chunk")) == 10'000);
  CHECK(mapped.of("chunk")[0].name.rfind("squares [", 0) == 0);

  traced::start(pool, path);
  Result loop = for_async(pool, empty_range, nullptr, 10'000);
  REQUIRE(loop.wait() == TP_OK);
  const File looped = traced::stop(pool, path);
  CHECK(covered(looped.of("chunk")) == 10'000);
  CHECK(looped.of("chunk")[0].name.rfind("for [", 0) == 0);
  CHECK(looped.of("chunk")[0].all["args"]["kind"].string == "for");
}

TEST_CASE("A stream is seen as pulls and batches that cover all items once") {
  const Path path;
  Odd odd;
  Numbers numbers(5000), chunked(5000);
  Named job("stream");
  Chunked chunks(7);
  Pool pool(worker_counts());
  const auto run = [&](Numbers& source, const Job* options) {
    Result result;
    traced::start(pool, path);
    REQUIRE(tp_pool_imap(pool, &odd, source.pull, &source, options, result.out()) == TP_OK);
    while (tp_result_next(result, kLong, nullptr) == TP_OK) {
    }
    const File file = traced::stop(pool, path);
    CHECK(covered(file.of("items")) == 5000);
    CHECK(covered(file.of("pull")) == 5000);
    return file.of("items")[0].name;
  };
  CHECK(run(numbers, &job).rfind("stream [", 0) == 0);
  CHECK(run(chunked, &chunks).rfind("imap [", 0) == 0);
}

TEST_CASE("What a caller runs itself is seen on its own lane") {
  const Path path;
  Odd odd;
  int item = 1, value = 0;
  const std::vector<int> items(64);
  std::vector<int> values(64);
  Named job("by hand");
  Pool pool(pool_options(2, TP_POOL_CALLER_HELPS));
  const auto map = [&] {
    REQUIRE(tp_pool_map(pool, &odd, items.data(), values.data(), 64, &job) == TP_OK);
  };
  map();  // so that the next is known to be quick
  traced::start(pool, path);
  std::thread([&] {
    pthread_setname_np(pthread_self(), "caller");
    REQUIRE(tp_pool_apply(pool, &odd, &item, &value) == TP_OK);
    map();
  }).join();
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("task") == 1);
  const int lane = file.of("task")[0].lane;
  REQUIRE(file.lanes().count(lane) == 1);
  CHECK(file.lanes().at(lane).rfind("caller ", 0) == 0);
  CHECK(covered(file.of("chunk")) == 64);
  CHECK(file.of("chunk")[0].name.rfind("by hand [", 0) == 0);
}

TEST_CASE("A wait on a worker is seen, and for which job") {
  const Path path;
  Gate gate;
  Named named("awaited");
  std::atomic<pid_t> waiter{0};
  std::atomic<int> refused{0};
  Pool pool(2);
  Step waiting([&] {
    Result result;
    Step inner([&] { gate.wait(); });
    refused += tp_pool_apply_async(pool, &inner, nullptr, &named, result.out()) != TP_OK;
    gate.await(1);  // the other worker has it
    waiter = gettid();
    refused += result.wait() != TP_OK;
  });
  traced::start(pool, path);
  Result result = apply_async(pool, waiting);
  await_sleep(waiter);
  gate.open();
  REQUIRE(result.wait() == TP_OK);
  const File file = traced::stop(pool, path);
  CHECK(refused == 0);
  const std::vector<Event> waits = file.of("wait");
  REQUIRE(!waits.empty());
  CHECK(waits[0].name == "wait awaited");
  CHECK(waits[0].arg("job") == 2);
  CHECK(waits[0].end - waits[0].begin > 0);
}

TEST_CASE("A sleep is seen when it has ended") {
  const Path path;
  Step task([] {});
  Pool pool(1);
  traced::start(pool, path);
  const std::uint64_t before = stats_of(pool).parks;
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  await("the worker to sleep", [&] { return stats_of(pool).parks > before; });
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("sleep", "X") >= 1);
  CHECK(file.of("sleep")[0].name == "sleep");
  CHECK(file.of("sleep")[0].lane == 1);
}

TEST_CASE("Steals and callbacks are seen") {
  const Path path;
  Step task([] {});
  Named job("with a callback");
  job.listen();
  Pool pool(2);
  traced::start(pool, path);
  {
    Busy busy(pool, 1);  // so that the other one has to take its share of the loop
    Result result = for_async(pool, empty_range, nullptr, 1000);
    REQUIRE(result.wait() == TP_OK);
  }
  Result result = apply_async(pool, task, &job);
  REQUIRE(result.wait() == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const std::uint64_t steals = stats_of(pool).steals;
  const File file = traced::stop(pool, path);
  CHECK(steals >= 1);
  CHECK(file.count("steal", "i") == steals);
  REQUIRE(file.count("callback", "X") == 1);
  CHECK(file.of("callback")[0].name == "callback with a callback");
}

TEST_CASE("A done callback is seen, too") {
  const Path path;
  Gate gate;
  Done done;
  Step blocked([&] { gate.wait(); });
  Named job("told");
  Pool pool(1);
  traced::start(pool, path);
  Result result = apply_async(pool, blocked, &job);
  done.listen(result);
  gate.open();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(done.calls == 1);
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("callback", "X") == 1);
  CHECK(file.of("callback")[0].name == "callback told");
}

TEST_CASE("Failed and lost tasks are seen like others") {
  const Path path;
  Task<void, void> bad([](const void*, void*) { return 1; });
  Task<int, void> lost([](const int*, void*) -> int { pthread_exit(nullptr); });
  Step last([] { pthread_exit(nullptr); });
  const int items[3] = {};
  Numbers numbers(3);
  Pool pool(2);
  traced::start(pool, path);
  apply_times(pool, bad, 5);
  forget(pool, last);
  Result one = apply_async(pool, last);
  Result map = map_async(pool, lost, items, 3);
  Result stream = imap(pool, lost, numbers);
  CHECK(one.wait() == TP_OK);
  CHECK(map.wait() == TP_OK);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  const File file(path);
  CHECK(file.count("task") == 7);
  CHECK(file.count("chunk") >= 3);
  CHECK(file.count("items") >= 3);
}

TEST_CASE("What began before the trace, or ends after it, is not in it") {
  const Path path;
  Step task([] {});
  Pool pool(1);
  Result waits;
  {
    Busy busy(pool, 1);
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, waits.out()) == TP_OK);
    traced::start(pool, path);
  }
  REQUIRE(waits.wait() == TP_OK);
  Busy later(pool, 1);
  const File file = traced::stop(pool, path);
  REQUIRE(file.count("task") == 1);
  CHECK_FALSE(file.of("task")[0].all["args"].has("job"));  // that was submitted before
  CHECK(file.count("job", "b") == 1);
  CHECK(file.count("job", "e") == 0);
}
