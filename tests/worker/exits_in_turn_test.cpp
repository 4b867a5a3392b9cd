// SPDX-License-Identifier: MIT
// Hooks and callbacks that run one after another and each end their thread: all run, each once, and
// no unwinding is nested in another, for which C++ would end the process.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kMany = 40;

// How often each of some objects was dropped. Hooks find it by the object's number.
struct Book {
  void clear() {
    for (auto& times : dropped) times = 0;
    others = 0;
  }
  // Each of the first n was dropped once, and no other.
  bool is_whole(int n) const {
    for (int i = 0; i < kMany; ++i)
      if (dropped[i] != (i < n ? 1 : 0)) return false;
    return true;
  }
  std::atomic<int> dropped[kMany];
  std::atomic<int> others;  // calls of what has no number
};
Book book;

void drop_and_exit(void* number) {
  ++book.dropped[*static_cast<int*>(number)];
  pthread_exit(nullptr);
}

void count_and_exit(void*) {
  ++book.others;
  pthread_exit(nullptr);
}

// An empty book, and a check that no thread is left.
struct Fresh {
  Fresh() { book.clear(); }
  NoThreadLeft check;
};

// Payloads are numbers that lie here.
int numbers[kMany];
const bool numbered = [] {
  for (int i = 0; i < kMany; ++i) numbers[i] = i;
  return true;
}();

struct Same : Task<int, int> {
  Same() : Task([](const int* x, int* y) { return *y = *x, 0; }) {}
};

// Fails with its number as payload.
struct Failing : Task<int, void> {
  Failing()
      : Task([](const int* x, void*) {
          tp_task_set_error("on purpose", &numbers[*x], drop_and_exit);
          return 1;
        }) {}
};

// Gives the handle up here, in a thread that the hooks end.
void release_in_thread(Result& result) {
  in_thread([&] { result.release(); });
}

std::size_t few_workers() { return GENERATE(as<std::size_t>{}, 1, 2, 4); }

}  // namespace

TEST_CASE("Values of a map that each end their thread are all dropped, by whoever drops them") {
  const Fresh fresh;
  const int who = GENERATE(0, 1, 2);
  CAPTURE(who);
  Same same;
  same.value_drop = drop_and_exit;
  same.ctx_drop = count_and_exit;
  Pool pool(few_workers());
  Result result;
  REQUIRE(tp_pool_map_async(pool, &same, numbers, kMany, nullptr, who ? result.out() : nullptr) ==
          TP_OK);
  if (who == 1) release_in_thread(result);  // a worker drops, or this one
  if (who == 2) {
    CHECK(result.wait() == TP_OK);
    release_in_thread(result);
  }
  pool.finish();
  CHECK(book.is_whole(kMany));
  CHECK(book.others == 1);
}

TEST_CASE("A caller's values that each end their thread are all dropped as a map fails") {
  const Fresh fresh;
  Task<int, int> task([](const int* x, int* y) { return *y = *x, *x == kMany - 1; });
  task.value_drop = drop_and_exit;
  Pool pool(pool_options(few_workers(), GENERATE(0u, TP_POOL_CALLER_HELPS)));
  int values[kMany];
  in_thread([&] { (void)tp_pool_map(pool, &task, numbers, values, kMany, nullptr); });
  pool.finish();
  CHECK(book.is_whole(kMany - 1));
}

TEST_CASE("Payloads of kept errors that each end their thread are all dropped") {
  const Fresh fresh;
  const bool outside = GENERATE(false, true);
  Failing failing;
  Job job(TP_JOB_KEEP_ERRORS);
  Pool pool(few_workers());
  Result result = map_async(pool, failing, numbers, kMany, &job);
  if (outside) CHECK(result.wait() == TP_OK);
  release_in_thread(result);
  pool.finish();
  CHECK(book.is_whole(kMany));
}

TEST_CASE("Payloads of errors that lower ones replace, and the last one, are all dropped") {
  const Fresh fresh;
  const bool lost = GENERATE(false, true);
  Task<int, void> task([lost](const int* x, void*) -> int {
    tp_task_set_error("on purpose", &numbers[*x], drop_and_exit);
    if (lost) pthread_exit(nullptr);
    return 1;
  });
  int backwards[kMany];
  for (int i = 0; i < kMany; ++i) backwards[i] = kMany - 1 - i;
  Chunked job(1);
  Pool pool(few_workers());
  Result result = map_async(pool, task, backwards, kMany, &job);
  CHECK(result.wait() == TP_OK);
  (void)tp_result_error(result);
  release_in_thread(result);
  pool.finish();
  CHECK(book.is_whole(kMany));
}

TEST_CASE("Payloads that each end their thread as chunks of a for fail lose none of the others") {
  const Fresh fresh;
  static bool lost;
  lost = GENERATE(false, true);
  const auto body = [](void*, std::size_t begin, std::size_t) -> int {
    tp_task_set_error("on purpose", &numbers[begin], drop_and_exit);
    if (lost) pthread_exit(nullptr);
    return 1;
  };
  Chunked job(1);
  Pool pool(few_workers());
  Result result = for_async(pool, body, nullptr, kMany, &job);
  CHECK(result.wait() == TP_OK);
  release_in_thread(result);
  pool.finish();
  CHECK(book.is_whole(kMany));
}

TEST_CASE("A payload that ends the canceller's thread as the cut replaces its error: all is cut") {
  const Fresh fresh;
  Arrivals failed, started;
  Gate gate;
  Task<int, void> task([&](const int* x, void*) {
    if (*x == 20) {
      tp_task_set_error("on purpose", &numbers[0], drop_and_exit);
      return 1;
    }
    started.arrive();
    if (*x == 0 || *x == 21) gate.wait();
    return 0;
  });
  Chunked job(10);
  Pool pool(2);
  Result result = map_async(pool, task, numbers, kMany, &job);
  started.wait(2);
  in_thread([&] { tp_result_cancel(result); });
  gate.open();
  CHECK(result.get() == TP_ECANCELED);
  pool.finish();
  CHECK(book.is_whole(1));
  CHECK(tp_result_item_status(result, kMany - 1) == TP_ECANCELED);
}

TEST_CASE("Payloads of a stream's errors that each end their thread lose none of its items") {
  const Fresh fresh;
  Numbers source(kMany);
  Failing failing;
  failing.item_drop = count_and_exit;
  Pool pool(few_workers());
  Result stream = imap(pool, failing, source);
  for (int i = 0; i < kMany; ++i) {
    int status = TP_OK;
    in_thread([&] { status = tp_result_next(stream, kLong, nullptr); });
    CHECK(status == TP_ETASK);
  }
  release_in_thread(stream);
  pool.finish();
  CHECK(book.is_whole(kMany));
  CHECK(book.others == kMany);
}

TEST_CASE("Values of a stream that each end their thread are all dropped, by whoever drops them") {
  const Fresh fresh;
  const int who = GENERATE(0, 1, 2);
  const bool ordered = GENERATE(false, true);
  CAPTURE(who, ordered);
  Numbers source(kMany);
  Same same;
  same.value_drop = drop_and_exit;
  same.ctx_drop = count_and_exit;
  Job job;
  job.source_drop = count_and_exit;
  Pool pool(few_workers());
  Result stream;
  const auto imap = ordered ? tp_pool_imap : tp_pool_imap_unordered;
  REQUIRE(imap(pool, &same, source.pull, &source, &job, who ? stream.out() : nullptr) == TP_OK);
  if (who == 1) release_in_thread(stream);
  if (who == 2) {
    CHECK(tp_pool_close(pool) == TP_OK);  // join lifts the window
    CHECK(tp_pool_join(pool, kLong) == TP_OK);
    release_in_thread(stream);
  }
  pool.finish();
  CHECK(book.is_whole(kMany));
  CHECK(book.others == 2);
}

TEST_CASE(
    "Items of a stream that each end their thread are all dropped, whatever becomes of them") {
  const Fresh fresh;
  const int ends = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(ends);
  Numbers numbers_source(kMany);
  Source<int> failing([ends, i = 0](int* item) mutable {
    if (i == kMany && ends == 4) return -1;
    if (i == kMany) pthread_exit(nullptr);
    return *item = i++, 1;
  });
  Same same;
  same.item_drop = drop_and_exit;
  Task<int, int> lost([](const int*, int*) -> int { pthread_exit(nullptr); });
  lost.item_drop = drop_and_exit;
  Chunked job(GENERATE(as<std::size_t>{}, 0, 7));
  job.source_drop = count_and_exit;
  Pool pool(few_workers());
  Result stream;
  const bool fails = ends == 1 || ends == 4;
  REQUIRE(tp_pool_imap(pool, ends == 2 ? &lost : &same, fails ? failing.pull : numbers_source.pull,
                       fails ? static_cast<void*>(&failing) : &numbers_source, &job,
                       stream.out()) == TP_OK);
  if (ends == 3) in_thread([&] { tp_result_cancel(stream); });
  pool.finish();
  CHECK(book.is_whole(ends == 3 ? numbers_source.pulled.load() : kMany));
  CHECK(book.others == 1);
}

TEST_CASE("Results given up by as_completed whose values each end their thread are all dropped") {
  const Fresh fresh;
  Same same;
  same.value_drop = drop_and_exit;
  Pool pool(few_workers());
  std::vector<Result> results(kMany);
  std::vector<tp_result_t*> handles;
  for (int& number : numbers) {
    const auto i = static_cast<std::size_t>(number);
    REQUIRE(tp_pool_apply_async(pool, &same, &number, nullptr, results[i].out()) == TP_OK);
    handles.push_back(results[i]);
  }
  tp_completed_t* all = nullptr;
  REQUIRE(tp_as_completed(handles.data(), handles.size(), &all) == TP_OK);
  for (Result& result : results) CHECK(result.wait() == TP_OK);
  results.clear();
  in_thread([&] { tp_completed_release(all); });
  pool.finish();
  CHECK(book.is_whole(kMany));
}

TEST_CASE("Done callbacks of one result that each end their thread are all called") {
  const NoThreadLeft check;
  std::vector<std::unique_ptr<Done>> all;
  Gate gate;
  Step step([&] { gate.wait(); });
  Pool pool(few_workers());
  Result result = apply_async(pool, step);
  for (int i = 0; i < kMany; ++i) {
    all.push_back(std::make_unique<Done>([](tp_result_t*) { pthread_exit(nullptr); }));
    all.back()->listen(result);
  }
  gate.open();
  CHECK(result.wait() == TP_OK);
  pool.finish();
  for (const auto& done : all) CHECK(done->calls == 1);
}

TEST_CASE("Jobs that are cut in turn call all there is although each call ends its thread") {
  const Fresh fresh;
  const bool cancels = GENERATE(false, true);
  const std::size_t workers = few_workers();
  std::atomic<int> told{0};
  HeldStep blocking;
  Same same;
  same.item_drop = drop_and_exit;
  same.ctx_drop = count_and_exit;
  Listening job([&](tp_result_t*) {
    ++told;
    pthread_exit(nullptr);
  });
  Pool pool(workers);
  apply_times(pool, blocking, workers);
  blocking.gate.await(static_cast<int>(workers));
  std::vector<Result> results(kMany);
  for (int& number : numbers)
    REQUIRE(tp_pool_apply_async(pool, &same, &number, &job,
                                results[static_cast<std::size_t>(number)].out()) == TP_OK);
  for (const Result& result : results)
    if (cancels) in_thread([&] { tp_result_cancel(result); });
  if (!cancels) in_thread([&] { tp_pool_terminate(pool); });
  blocking.gate.open();
  pool.finish();
  for (const Result& result : results)
    CHECK(tp_result_get(result, 0, nullptr) == (cancels ? TP_ECANCELED : TP_ETERMINATED));
  CHECK(book.is_whole(kMany));
  CHECK(book.others == kMany);
  CHECK(told == kMany);
}

TEST_CASE("Reports of unobserved errors that each end their thread leave no small task uncounted") {
  const Fresh fresh;
  const int how = GENERATE(0, 1, 2);
  CAPTURE(how);
  tp_pool_options_t options = pool_options(few_workers());
  options.unobserved = [](void*, const tp_error_t*) { count_and_exit(nullptr); };
  Pool pool(options);
  std::atomic<int> next{0};
  Task<void, void> task([&](const void*, void*) -> int {
    tp_task_set_error("on purpose", &numbers[next++], drop_and_exit);
    if (how == 1) pthread_exit(nullptr);
    return 1;
  });
  for (int i = 0; i < kMany; ++i) {
    Result result;
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, how == 2 ? result.out() : nullptr) ==
            TP_OK);
    if (how == 2) release_in_thread(result);
  }
  pool.finish();
  CHECK(book.is_whole(kMany));
  CHECK(book.others == kMany);
  CHECK(stats_of(pool).completed == kMany);
}

TEST_CASE("A move of an item that ends the submitter's thread leaves an ended job and no handle") {
  const Fresh fresh;
  Same same;
  same.item_move = [](void*, void* from) { drop_and_exit(from); };
  same.ctx_drop = count_and_exit;
  Pool pool(few_workers());
  for (int& number : numbers)
    in_thread([&] {
      tp_result_t* result = nullptr;
      tp_pool_apply_async(pool, &same, &number, nullptr, number % 2 ? &result : nullptr);
    });
  pool.finish();
  CHECK(book.is_whole(kMany));
  CHECK(book.others == kMany);
}

TEST_CASE("A move of a value that ends the reader's thread has taken it") {
  const Fresh fresh;
  Numbers source(kMany);
  Same same;
  same.value_move = [](void* to, void* from) {
    *static_cast<int*>(to) = *static_cast<int*>(from);
    drop_and_exit(from);
  };
  same.value_drop = drop_and_exit;
  Pool pool(few_workers());
  Result stream = imap(pool, same, source);
  for (int i = 0; i < kMany / 2; ++i) {
    int value = -1;
    in_thread([&] { tp_result_next(stream, kLong, &value); });
    CHECK(value == i);
  }
  release_in_thread(stream);
  pool.finish();
  CHECK(book.is_whole(kMany));
}

TEST_CASE("A last error whose payload ends its thread at the thread's end is dropped once") {
  book.clear();
  Failing failing;
  Pool pool(few_workers());
  in_thread([&] {
    for (int& number : numbers) tp_pool_map(pool, &failing, &number, nullptr, 1, nullptr);
  });
  CHECK(book.dropped[0] == 1);  // as the second one replaced it
  in_thread([&] { tp_pool_map(pool, &failing, &numbers[2], nullptr, 1, nullptr); });
  CHECK(book.dropped[2] == 1);
}

#if defined(__GNUC__) && !defined(__clang__)  // see base/unwind.h
TEST_CASE("What a pool drops at its end is dropped although all of it ends its thread") {
  const Fresh fresh;
  const bool broken = GENERATE(false, true);
  static std::atomic<int> finalized;
  finalized = 0;
  static bool fails;
  fails = broken;
  tp_pool_options_t options = pool_options(few_workers());
  options.initializer = [](void*) {
    if (!fails) return 0;
    tp_task_set_error("on purpose", &numbers[0], [](void*) { count_and_exit(nullptr); });
    return 1;
  };
  options.finalizer = [](void*) {
    ++finalized;
    pthread_exit(nullptr);
  };
  options.arg_drop = [](void*) { drop_and_exit(&numbers[0]); };
  Step step([] { pthread_exit(nullptr); });
  tp_pool_t* pool = nullptr;
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  for (int i = 0; i < kMany; ++i) (void)tp_pool_apply_async(pool, &step, nullptr, nullptr, nullptr);
  in_thread([&] { tp_pool_destroy(pool); });
  CHECK(book.is_whole(1));
  CHECK((book.others > 0) == broken);
  CHECK((finalized > 0) == !broken);
}
#endif

TEST_CASE("In a pool without threads who waits for it goes on with what a thread that ended left") {
  book.clear();
  std::atomic<int> told{0};
  Same same;
  same.item_drop = drop_and_exit;
  same.ctx_drop = count_and_exit;
  Listening job([&](tp_result_t*) { ++told; });
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  for (int& number : numbers) forget_item(pool, same, number, &job);
  in_thread([&] { tp_worker_enter(pool, nullptr, 0, nullptr); });
  in_thread([&] { tp_pool_terminate(pool); });
  // each hook ends the thread of one that waits; the last call finds nothing left
  int status = TP_ETIMEDOUT;
  for (int i = 0; i < 3 * kMany && status != TP_OK; ++i)
    in_thread([&] { status = tp_pool_wait_idle(pool, kLong); });
  CHECK(status == TP_OK);
  CHECK(book.is_whole(kMany));
  CHECK(book.others == kMany);
  CHECK(told == kMany);
}
