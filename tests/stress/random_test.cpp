// SPDX-License-Identifier: MIT
// Random calls from several threads on one pool; a seed gives each thread the same calls again.
#include <algorithm>
#include <iterator>
#include <utility>

#include "stress/ledger.hpp"
#include "stress/race.hpp"
#include "support/pool.hpp"

using namespace stress;
using namespace support;

namespace {

struct World {
  World(std::size_t workers, std::uint32_t flags) : pool(options(workers, flags)) {
    for (Tracked& item : items) Tracked::make(&item, ledger.items, 1);
  }

  static tp_pool_options_t options(std::size_t workers, std::uint32_t flags) {
    tp_pool_options_t options = pool_options(workers);
    options.flags = flags;
    return options;
  }

  // Ends the pool; true when all books balance.
  bool end() {
    pool.finish();
    const tp_pool_stats_t stats = stats_of(pool);
    for (Tracked& item : items) Tracked::drop(&item);
    return stats.completed == stats.submitted && stats.queued + stats.running + stats.busy == 0 &&
           ledger.balanced();
  }

  Ledger ledger;
  std::vector<Tracked> items = std::vector<Tracked>(200);  // of all maps
  std::atomic<const char*> wrong{nullptr};                 // the call that answered wrongly
  Pool pool;
};

// A stream's source and its end.
struct OwnItems : Items {
  using Items::Items;
  static void drop(void* self) { delete static_cast<OwnItems*>(self); }
};

// One thread's random calls, and the results that it holds.
class Actor {
 public:
  Actor(World& world, std::uint64_t seed) : world_(world), random_(seed) {}
  ~Actor() {
    for (tp_result_t* result : results_) tp_result_release(result);
  }
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  void act() {
    static constexpr void (Actor::*kActs[])() = {
        &Actor::apply,  &Actor::apply_async, &Actor::apply_async, &Actor::map,
        &Actor::range,  &Actor::map_async,   &Actor::stream,      &Actor::next,
        &Actor::next,   &Actor::wait,        &Actor::wait_some,   &Actor::ask,
        &Actor::cancel, &Actor::release,     &Actor::release,     &Actor::retain};
    (this->*kActs[random_.below(std::size(kActs))])();
    if (results_.size() > 50) release();
    if (random_.below(1000) == 0) end();
  }

 private:
  void expect(bool right, const char* what) {
    if (!right) world_.wrong = what;
  }

  void randomize(Job& job, bool callback) {
    if (callback) world_.ledger.listen(job);
    job.chunksize = random_.below(8);
    job.buffersize = random_.below(40);
    job.flags = random_.coin() ? TP_JOB_FAIL_FAST : 0;
  }

  // Notes the outcome of a submit that was booked.
  void submitted(int status, const Job& job, tp_result_t* result, const char* what) {
    expect(status == TP_OK || status == TP_ECLOSED, what);
    if (status != TP_OK) world_.ledger.refused(&job);
    expect(status == TP_OK || result == nullptr, what);
    if (result != nullptr) results_.push_back(result);
  }

  // Notes the outcome of a blocking call that was booked.
  void finished(int status, const Job& job, const char* what) {
    expect(status == TP_OK || status == TP_ECLOSED || status == TP_ETERMINATED, what);
    if (status == TP_ECLOSED) world_.ledger.refused(&job);
  }

  void apply() {
    Job job;
    Tracked value;
    const tp_task_t task = world_.ledger.task();
    world_.ledger.book(&job);
    const int status = tp_pool_apply(world_.pool, &task, &world_.items[0], &value);
    if (status == TP_OK) Tracked::drop(&value);
    finished(status, job, "apply");
  }

  void map() {
    Job job;
    randomize(job, false);
    std::vector<Tracked> values(random_.below(world_.items.size()));
    const tp_task_t task = world_.ledger.task();
    world_.ledger.book(&job);
    const int status = tp_pool_map(world_.pool, &task, world_.items.data(), values.data(),
                                   values.size(), &job);
    for (Tracked& value : values)
      if (status == TP_OK) Tracked::drop(&value);
    finished(status, job, "map");
  }

  void range() {
    Job job;
    randomize(job, false);
    job.ctx_drop = world_.ledger.task().ctx_drop;
    auto count = [](void* ledger, std::size_t begin, std::size_t end) {
      static_cast<Ledger*>(ledger)->ran += static_cast<long>(end - begin);
      return 0;
    };
    world_.ledger.book(&job);
    const int status =
        tp_pool_for(world_.pool, count, &world_.ledger, random_.below(10000), &job);
    finished(status, job, "for");
  }

  void apply_async() {
    Job job;
    randomize(job, random_.coin());
    tp_result_t* result = nullptr;
    const bool kept = random_.coin();
    const int status = submit_one(world_.pool, world_.ledger, &job, kept ? &result : nullptr);
    expect(status == TP_OK || status == TP_ECLOSED, "apply_async");
    if (result != nullptr) results_.push_back(result);
  }

  void map_async() {
    Job job;
    randomize(job, random_.coin());
    tp_result_t* result = nullptr;
    const bool kept = random_.coin();
    const std::size_t n = random_.below(world_.items.size());
    const tp_task_t task = world_.ledger.task();
    world_.ledger.book(&job);
    const int status = tp_pool_map_async(world_.pool, &task, world_.items.data(), n, &job,
                                         kept ? &result : nullptr);
    submitted(status, job, result, "map_async");
  }

  void stream() {
    Job job;
    randomize(job, false);
    auto* items = new OwnItems(world_.ledger, static_cast<int>(random_.below(300)));
    job.source_drop = OwnItems::drop;
    tp_result_t* result = nullptr;
    const tp_task_t task = world_.ledger.task();
    world_.ledger.book(&job);
    const auto imap = random_.coin() ? tp_pool_imap : tp_pool_imap_unordered;
    const int status = imap(world_.pool, &task, Items::pull, items, &job, &result);
    if (status != TP_OK) OwnItems::drop(items);
    submitted(status, job, result, "imap");
  }

  // A result of this thread; NULL when it has none.
  tp_result_t* pick() {
    return results_.empty() ? nullptr : results_[random_.below(results_.size())];
  }

  double short_time() { return random_.below(3) * 1e-4; }

  void next() {
    Tracked value;
    const int status = tp_result_next(pick(), short_time(), &value);
    if (status == TP_OK) Tracked::drop(&value);
    expect(status != TP_ETASK && status != TP_EDEADLK && status != TP_ENOMEM, "next");
  }

  void wait() {
    const int status = tp_result_wait(pick(), short_time());
    expect(status == TP_OK || status == TP_ETIMEDOUT || results_.empty(), "wait");
  }

  void wait_some() {
    std::size_t index = 0;
    const std::size_t n = results_.size(), few = std::min<std::size_t>(n, 3);
    const int any = tp_wait_any(results_.data(), n, short_time(), &index);
    expect(any == TP_OK || any == TP_ETIMEDOUT || n == 0, "wait_any");
    const int all = tp_wait_all(results_.data(), few, short_time());
    expect(all == TP_OK || all == TP_ETIMEDOUT, "wait_all");
  }

  void ask() {
    tp_result_t* const result = pick();
    if (result == nullptr) return;
    std::size_t done = 0, total = 0;
    expect(tp_result_progress(result, &done, &total) == TP_OK && done <= total, "progress");
    const int ready = tp_result_ready(result);
    expect(ready == 0 || ready == 1, "ready");
    expect(ready == 0 || tp_result_successful(result) >= 0, "successful");
  }

  void cancel() {
    tp_result_t* const result = pick();
    expect(result == nullptr || tp_result_cancel(result) == TP_OK, "cancel");
  }

  void release() {
    if (results_.empty()) return;
    const std::size_t index = random_.below(results_.size());
    tp_result_release(std::exchange(results_[index], results_.back()));
    results_.pop_back();
  }

  void retain() {
    if (!results_.empty()) results_.push_back(tp_result_retain(pick()));
  }

  void end() {
    const int status = random_.coin() ? tp_pool_close(world_.pool) : tp_pool_terminate(world_.pool);
    expect(status == TP_OK, "close or terminate");
  }

  World& world_;
  Random random_;
  std::vector<tp_result_t*> results_;
};

std::uint64_t first_seed() {
  const char* text = std::getenv("TPOOL_STRESS_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

}  // namespace

TEST_CASE("random calls from four threads") {
  for (std::size_t round = 0; round < rounds(20); ++round) {
    const std::uint64_t seed = first_seed() + round;
    INFO("TPOOL_STRESS_SEED=" << seed << " TPOOL_STRESS_ROUNDS=1");
    Random random(seed);
    World world(1 + random.below(4), random.coin() ? TP_POOL_CALLER_HELPS : 0);
    in_threads(4, [&](std::size_t k) {
      Actor actor(world, seed * 4 + k);
      for (int i = 0; i < 300; ++i) actor.act();
    });
    REQUIRE(world.end());
    const char* wrong = world.wrong;
    REQUIRE((wrong ? wrong : "") == std::string());
  }
}
