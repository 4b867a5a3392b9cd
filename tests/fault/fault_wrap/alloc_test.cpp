// SPDX-License-Identifier: MIT
// A system without memory: each allocation of a script of calls fails once, alone or with all that
// follow. What is refused has no effect, what is accepted completes, and the pool goes on.
#include <array>

#include "fault/fault_wrap/failing.hpp"
#include "stress/ledger.hpp"
#include "support/call.hpp"
#include "support/pool.hpp"

using namespace support;
using stress::Items;
using stress::Ledger;
using stress::submit_one;

namespace {

constexpr std::size_t kItems = 100;

// The calls, with all they need made before, so that none but the library allocates.
struct Script {
  Ledger ledger;
  std::array<Tracked, kItems> items;
  std::array<Tracked, kItems> values;
  std::array<Result, 30> singles;
  std::array<short, kItems> rows{};
  std::array<int, kItems> sames{};
  Result mapped, looped, stream, unordered;
  Items ordered_source{ledger, kItems}, unordered_source{ledger, kItems};
  Job job;
  tp_pool_t* pool = nullptr;
  const char* wrong = nullptr;  // the first call that answered wrongly

  Script() {
    for (Tracked& item : items) Tracked::make(&item, ledger.items, 1);
    ledger.listen(job);
  }
  ~Script() {
    tp_pool_destroy(pool);
    for (Tracked& item : items) Tracked::drop(&item);
  }

  void expect(bool right, const char* what) {
    if (!right && wrong == nullptr) wrong = what;
  }

  // What a submit may answer; true when it was accepted.
  bool accepted(int status, const char* what) {
    expect(status == TP_OK || status == TP_ENOMEM, what);
    return status == TP_OK;
  }

  void create() {
    const tp_pool_options_t options = pool_options(2);
    if (!accepted(tp_pool_create(&options, &pool), "create")) expect(!pool, "create: the handle");
  }

  void submit_singles() {
    for (Result& single : singles) {
      const bool taken = accepted(submit_one(pool, ledger, &job, single.out()), "apply_async");
      expect(taken == (single != nullptr), "apply_async: the handle");
    }
    accepted(submit_one(pool, ledger, &job, nullptr), "apply_async without a handle");
  }

  void submit_map() {
    const tp_task_t task = ledger.task();
    ledger.book(&job);
    if (!accepted(tp_pool_map_async(pool, &task, items.data(), kItems, &job, mapped.out()), "map"))
      ledger.refused(&job);
  }

  void submit_for() {
    auto nothing = [](void*, std::size_t, std::size_t) { return 0; };
    accepted(tp_pool_for_async(pool, nothing, nullptr, 1000, nullptr, looped.out()), "for_async");
    accepted(tp_pool_for(pool, nothing, nullptr, 1000, nullptr), "for");
  }

  void submit_typed() {
#ifdef TPOOL_FFI
    const auto same = native(+[](short x) { return int(x); });
    tp_call_t* call = nullptr;
    expect(tp_call_create(same, "int(foo)", &call) == TP_EINVAL, "call_create: the signature");
    tp_clear_error();
    if (!accepted(tp_call_create(same, "int(short)", &call), "call_create"))
      return expect(!call, "call_create: the handle");
    accepted(tp_pool_starmap(pool, call, rows.data(), sames.data(), kItems, nullptr), "starmap");
    accepted(tp_pool_starmap_async(pool, call, rows.data(), kItems, nullptr, nullptr),
             "starmap_async");
    tp_call_release(call);
#endif
  }

  void submit_stream(decltype(&tp_pool_imap) imap, Items& source, Result& result) {
    const tp_task_t task = ledger.task();
    ledger.book(nullptr);
    if (!accepted(imap(pool, &task, Items::pull, &source, nullptr, result.out()), "imap"))
      ledger.refused(nullptr);
  }

  void block() {
    const tp_task_t task = ledger.task();
    ledger.book(nullptr);
    if (accepted(tp_pool_apply(pool, &task, &items[0], &values[0]), "apply"))
      Tracked::drop(&values[0]);
    else
      ledger.refused(nullptr);
    ledger.book(nullptr);
    if (!accepted(tp_pool_map(pool, &task, items.data(), values.data(), kItems, nullptr), "map"))
      return ledger.refused(nullptr);
    for (Tracked& value : values) Tracked::drop(&value);
  }

  void fail_a_task() {
    tp_task_t task = TP_TASK(nullptr, nullptr, int, int);
    task.item_size = task.value_size = 0;
    task.fn = [](void*, const void*, void*) {
      tp_task_set_error("a message", nullptr, nullptr);
      return 7;
    };
    const int status = tp_pool_apply(pool, &task, nullptr, nullptr);
    expect(status == TP_ETASK || status == TP_ENOMEM, "apply of a task that fails");
  }

  void wait() {
    std::array<tp_result_t*, 30> handles{};
    std::size_t n = 0, index = 0;
    for (const Result& single : singles)
      if (single != nullptr) handles[n++] = single;
    if (n > 0) expect(tp_wait_any(handles.data(), n, kLong, &index) == TP_OK, "wait_any");
    expect(tp_wait_all(handles.data(), n, kLong) == TP_OK, "wait_all");
    for (const Result& single : singles)
      if (single != nullptr) expect(single.get() == TP_OK, "get of a single task");
    if (mapped != nullptr) expect(mapped.get() == TP_OK, "get of a map");
    if (looped != nullptr) expect(looped.get() == TP_OK, "get of a for");
  }

  void read(const Result& result) {
    for (std::size_t i = 0; result != nullptr && i < kItems; ++i)
      expect(tp_result_next(result, kLong, nullptr) == TP_OK, "next");
    if (result != nullptr) expect(tp_result_next(result, kLong, nullptr) == TP_END, "the end");
  }

  void run() {
    create();
    if (pool == nullptr) return;
    submit_singles();
    submit_map();
    submit_for();
    submit_typed();
    submit_stream(tp_pool_imap, ordered_source, stream);
    submit_stream(tp_pool_imap_unordered, unordered_source, unordered);
    block();
    fail_a_task();
    wait();
    read(stream);
    unordered.release();
    expect(tp_pool_wait_idle(pool, kLong) == TP_OK, "wait_idle");
  }

  void run_100_tasks() {
    Step step([] {});
    for (int i = 0; i < 100; ++i)
      expect(tp_pool_apply(pool, &step, nullptr, nullptr) == TP_OK, "a task when there is memory");
  }
};

// Fails the k-th allocation of the script; false when it has fewer.
bool fail_at(long k, bool sticky) {
  Script script;
  failing::allocations.arm(k, sticky);
  script.run();
  const bool hit = failing::allocations.disarm();
  if (script.pool != nullptr) script.run_100_tasks();
  INFO("allocation " << k << (sticky ? " and all after it" : ""));
  const std::string wrong = script.wrong ? script.wrong : "";
  REQUIRE(wrong == "");
  return hit;
}

long fail_everywhere(bool sticky) {
  long k = 0;
  while (fail_at(k, sticky)) ++k;
  return k;
}

}  // namespace

TEST_CASE("each allocation fails: a clean answer, no leak, and the pool goes on") {
  const bool sticky = GENERATE(false, true);
  REQUIRE(fail_everywhere(sticky) > 0);
  const long kept = failing::live;  // by the per-thread caches
  REQUIRE(fail_everywhere(sticky) > 0);
  CHECK(failing::live <= kept);
}

TEST_CASE("cancel, terminate, wait, join, release and destroy need no memory") {
  Gate gate;
  Step hold([&] { gate.wait(); });
  Script script;
  script.create();
  Result held;
  REQUIRE(tp_pool_apply_async(script.pool, &hold, nullptr, nullptr, held.out()) == TP_OK);
  script.submit_singles();
  script.submit_map();
  script.submit_stream(tp_pool_imap, script.ordered_source, script.stream);
  failing::allocations.arm(0, true);
  script.expect(tp_result_cancel(script.mapped) == TP_OK, "cancel");
  script.expect(tp_pool_terminate(script.pool) == TP_OK, "terminate");
  gate.open();
  for (Result& single : script.singles) {
    script.expect(single.wait() == TP_OK, "wait");
    single.release();
  }
  script.expect(tp_pool_join(script.pool, kLong) == TP_OK, "join");
  script.mapped.release();
  script.stream.release();
  tp_pool_destroy(std::exchange(script.pool, nullptr));
  failing::allocations.disarm();
  const std::string wrong = script.wrong ? script.wrong : "";
  CHECK(wrong == "");
  CHECK(script.ledger.callbacks == 0);
  CHECK(script.ledger.contexts == 0);
}
