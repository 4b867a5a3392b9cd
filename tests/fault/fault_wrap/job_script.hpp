// SPDX-License-Identifier: MIT
// A script of calls that give a pool jobs and wait for them.
#pragma once

#include "fault/fault_wrap/answers.hpp"
#include "stress/ledger.hpp"
#include "support/call.hpp"

namespace failing {

using stress::Items;
using stress::Ledger;
using support::Job;
using support::kLong;
using support::Result;
using support::Step;
using support::Tracked;

// The calls, with all they need made before, so that none but the library allocates.
class JobScript : public Answers {
 public:
  JobScript() {
    for (Tracked& item : items_) Tracked::make(&item, ledger_.items, 1);
    ledger_.listen(job_);
    unbounded_.buffersize = TP_UNBOUNDED;
    job_.name = "named";
  }
  ~JobScript() {
    tp_pool_destroy(pool_);
    for (Tracked& item : items_) Tracked::drop(&item);
  }

  void run() {
    create();
    if (pool_ == nullptr) return;
    const int status = tp_pool_trace_start(pool_, "/dev/null");
    expect(status == TP_OK || status == refusal || (status == TP_EINVAL && refusal == TP_EAGAIN),
           "trace_start");
    submit();
    feed();
    submit_typed();
    block();
    nest();
    wait_any();
    complete();
    wait();
    look();
    read_stream();
    unordered_.release();
    grow();
    works(tp_pool_wait_idle(pool_, kLong), "wait_idle");
    works(tp_pool_trace_stop(pool_), "trace_stop");
  }

  // When there is memory again.
  void run_on() {
    if (pool_ == nullptr) return;
    for (int i = 0; i < 100; ++i)
      works(tp_pool_apply(pool_, &step_, nullptr, nullptr), "a task when there is memory");
    works(tp_pool_close(pool_), "close");
    works(tp_pool_join(pool_, kLong), "join");
    expect(done_ == listened_, "the done callbacks");
    expect(tp_pool_apply(pool_, &step_, nullptr, nullptr) == TP_ECLOSED, "apply after close");
  }

  void create() {
    tp_pool_options_t options = support::pool_options(2, TP_POOL_DRAIN);
    options.stack_size = std::size_t{1} << 20;
    if (!accepted(tp_pool_create(&options, &pool_), "create")) expect(!pool_, "create: the handle");
  }

  // Jobs of every kind, that may wait for workers.
  void submit() {
    for (Result& single : singles_) {
      const bool taken =
          accepted(stress::submit_one(pool_, ledger_, &job_, single.out()), "apply_async");
      expect(taken == (single != nullptr), "apply_async: the handle");
      if (taken) listen(single);
    }
    accepted(stress::submit_one(pool_, ledger_, &job_, nullptr), "apply_async without a handle");
    submit_map();
    submit_stream(tp_pool_imap, ordered_source_, nullptr, stream_);
    submit_stream(tp_pool_imap_unordered, unordered_source_, &unbounded_, unordered_);
    timed_.deadline = 1000;
    accepted(tp_pool_apply_async(pool_, &step_, nullptr, &timed_, nullptr),
             "a job with a deadline");
    timed_.start_after = 0.001;
    timed_.item_deadline = timed_.submit_timeout = 1000;
    accepted(tp_pool_apply_async(pool_, &step_, nullptr, &timed_, nullptr), "a job with all times");
    timed_.start_after = 0;
    timed_.flags = TP_JOB_CALLER_RUNS;
    accepted(tp_pool_for_async(pool_, loop, nullptr, 10, &timed_, nullptr), "caller runs");
    timed_.flags = 0;
    const int status = tp_pool_for_async(pool_, loop, nullptr, 1000, nullptr, looped_.out());
    accepted(status, "for_async");
  }

  // A stream without a source, whose window holds all items.
  void feed() {
    tp_task_t task = TP_TASK(same, nullptr, int, int);
    Result fed;
    if (!accepted(tp_pool_imap(pool_, &task, nullptr, nullptr, nullptr, fed.out()), "a fed stream"))
      return;
    std::size_t pushed = 0;
    for (int i = 0; i < 20; ++i) pushed += accepted(tp_result_push(fed, &i, kLong), "push");
    works(tp_result_push_end(fed), "push_end");
    for (std::size_t i = 0; i < pushed; ++i) works(tp_result_next(fed, kLong, nullptr), "next");
    expect(tp_result_next(fed, kLong, nullptr) == TP_END, "the end of a fed stream");
    expect(tp_result_cancel_pending(fed) == 0, "cancel_pending of an ended job");
    expect(tp_participant_index() == -1, "participant_index");
  }

  void wait_any() {
    std::size_t index = 0;
    const std::size_t n = collect();
    if (n > 0) works(tp_wait_any(handles_.data(), n, kLong, &index), "wait_any");
  }

  // Waiting for the next one needs no memory, from whatever thread.
  void complete() {
    const std::size_t n = collect();
    tp_completed_t* completed = nullptr;
    if (!accepted(tp_as_completed(handles_.data(), n, &completed), "as_completed"))
      return expect(!completed, "as_completed: the handle");
    std::size_t index = n;
    for (std::size_t i = 0; i < n; ++i) {
      works(tp_completed_next(completed, kLong, &index), "completed_next");
      expect(index < n, "completed_next: the index");
    }
    expect(tp_completed_next(completed, kLong, &index) == TP_END, "the end of as_completed");
    tp_completed_release(completed);
  }

  void wait() {
    const std::size_t n = collect();
    works(tp_wait_all(handles_.data(), n, kLong), "wait_all");
    for (std::size_t i = 0; i < n; ++i) {
      works(tp_result_wait(handles_[i], kLong), "wait");
      works(tp_result_get(handles_[i], kLong, nullptr), "get");
    }
  }

  void read_stream() {
    if (stream_ == nullptr) return;
    for (std::size_t i = 0; i < kItems; ++i) works(tp_result_next(stream_, kLong, nullptr), "next");
    expect(tp_result_next(stream_, kLong, nullptr) == TP_END, "the end of a stream");
  }

  // The questions.
  void look() {
    tp_pool_stats_t stats{};
    stats.size = sizeof stats;
    std::size_t workers = 0, done = 0, total = 1;
    works(tp_pool_stats(pool_, &stats), "stats");
    works(tp_pool_workers(pool_, &workers), "workers");
    expect(workers == 2 && stats.workers == 2, "the number of workers");
    works(tp_pool_pause(pool_), "pause");
    works(tp_pool_resume(pool_), "resume");
    for (std::size_t i = 0, n = collect(); i < n; ++i) {
      tp_result_t* const result = handles_[i];
      expect(tp_result_ready(result) == 1, "ready");
      expect(tp_result_successful(result) == 1, "successful");
      works(tp_result_item_status(result, 0), "item_status");
      works(tp_result_progress(result, &done, &total), "progress");
      expect(done == total, "progress: the numbers");
      expect(tp_result_error(result) == nullptr, "error");
      expect(tp_result_item_error(result, 0) == nullptr, "item_error");
      expect(tp_result_retain(result) == result, "retain");
      tp_result_release(result);
      works(tp_result_cancel(result), "cancel of an ended job");
      if (i == 0) expect(listen(result), "add_done_callback of an ended job");
    }
    expect(tp_worker_index() == -1 && tp_worker_pool() == nullptr, "worker_index and worker_pool");
    expect(std::strcmp(tp_strerror(TP_OK), "Success") == 0 && *tp_version() != 0, "the texts");
  }

  tp_pool_t* pool() const { return pool_; }
  tp_pool_t* give_away_pool() { return std::exchange(pool_, nullptr); }
  bool balanced() const { return ledger_.contexts == 0 && ledger_.callbacks == 0; }

  // The handles of what was accepted and is no stream.
  std::size_t collect() {
    std::size_t n = 0;
    for (const Result& single : singles_)
      if (single != nullptr) handles_[n++] = single;
    for (const Result* result : {&mapped_, &looped_})
      if (*result != nullptr) handles_[n++] = *result;
    return n;
  }
  tp_result_t* handle(std::size_t i) const { return handles_[i]; }
  tp_result_t* stream() const { return stream_; }
  tp_result_t* unbounded_stream() const { return unordered_; }

  void release_all() {
    for (Result& single : singles_) single.release();
    for (Result* result : {&mapped_, &looped_, &stream_, &unordered_}) result->release();
  }

 private:
  static constexpr std::size_t kItems = 100;
  static constexpr std::size_t kSingles = 17;  // more than a wait for any keeps without memory

  static int loop(void*, std::size_t, std::size_t) { return 0; }
  static int same(void*, const void* item, void* value) {
    return *static_cast<int*>(value) = *static_cast<const int*>(item), 0;
  }

  bool listen(tp_result_t* result) {
    const auto count = [](void* done, tp_result_t*) { support::count_drop(done); };
    const bool taken =
        accepted(tp_result_add_done_callback(result, count, &done_), "add_done_callback");
    listened_ += taken;
    return taken;
  }

  void submit_map() {
    const tp_task_t task = ledger_.task();
    ledger_.book(&job_);
    if (!accepted(tp_pool_map_async(pool_, &task, items_.data(), kItems, &job_, mapped_.out()),
                  "map_async"))
      ledger_.refused(&job_);
  }

  void submit_stream(decltype(&tp_pool_imap) imap, Items& source, const Job* job, Result& result) {
    const tp_task_t task = ledger_.task();
    ledger_.book(nullptr);
    if (!accepted(imap(pool_, &task, Items::pull, &source, job, result.out()), "imap"))
      ledger_.refused(nullptr);
  }

  void submit_typed() {
#ifdef TPOOL_FFI
    const auto same = support::native(+[](short x) { return int(x); });
    tp_call_t* call = nullptr;
    expect(tp_call_create(same, "int(foo)", &call) == TP_EINVAL, "call_create: the signature");
    tp_clear_error();
    if (!accepted(tp_call_create(same, "int(short)", &call), "call_create"))
      return expect(!call, "call_create: the handle");
    std::size_t row = 0, args = 0, offset = 1;
    tp_task_t task;
    works(tp_call_row(call, &row, &args, nullptr), "call_row");
    works(tp_call_arg(call, 0, &offset, nullptr), "call_arg");
    expect(row == sizeof(short) && args == 1 && offset == 0, "the row");
    works(tp_call_task(call, &task), "call_task");
    task.ctx_drop = nullptr;
    accepted(tp_pool_apply(pool_, &task, rows_.data(), sames_.data()), "apply of a call");
    accepted(tp_pool_starmap(pool_, call, rows_.data(), sames_.data(), kItems, nullptr), "starmap");
    accepted(tp_pool_starmap_async(pool_, call, rows_.data(), kItems, nullptr, nullptr),
             "starmap_async");
    tp_call_release(call);
#endif
  }

  // All or nothing; then jobs of other priorities.
  void grow() {
    std::size_t workers = 0;
    const bool grown = accepted(tp_pool_resize(pool_, 3), "resize");
    works(tp_pool_workers(pool_, &workers), "workers after resize");
    expect(workers == (grown ? 3 : 2), "the number of workers after resize");
    for (const std::uint32_t level : {TP_JOB_URGENT, TP_JOB_BACKGROUND}) {
      leveled_.flags = level;
      accepted(tp_pool_apply_async(pool_, &step_, nullptr, &leveled_, nullptr), "another level");
    }
    works(tp_pool_resize(pool_, 2), "resize to fewer");
    works(tp_pool_set_max_pending(pool_, 1000), "set_max_pending");
    works(tp_pool_cancel(pool_), "cancel of the pool");
  }

  // Calls that wait for what they start, on whatever thread.
  void block() {
    accepted(tp_pool_for(tp_worker_pool() ? tp_worker_pool() : pool_, loop, nullptr, 1000, nullptr),
             "for");
    reduce(0);
    reduce(10);
    const tp_task_t task = ledger_.task();
    ledger_.book(nullptr);
    if (accepted(tp_pool_apply(pool_, &task, &items_[0], &values_[0]), "apply"))
      Tracked::drop(&values_[0]);
    else
      ledger_.refused(nullptr);
    ledger_.book(nullptr);
    if (!accepted(tp_pool_map(pool_, &task, items_.data(), values_.data(), kItems, nullptr), "map"))
      return ledger_.refused(nullptr);
    for (Tracked& value : values_) Tracked::drop(&value);
    const tp_task_t many = failing_batch();
    const int status = tp_pool_map(pool_, &many, items_.data(), nullptr, kItems, nullptr);
    expect(status == TP_ETASK || status == refusal, "map by batches that fail");
  }

  // A count of items.
  void reduce(std::size_t chunksize) {
    const std::size_t none = 0;
    std::size_t count = 0;
    const tp_reduce_t counting{sizeof counting, count_items, add_count,
                               nullptr,         &none,       sizeof none};
    support::Chunked job(chunksize);
    const bool done = accepted(
        tp_pool_reduce(tp_worker_pool() ? tp_worker_pool() : pool_, &counting, 1000, &job, &count),
        "reduce");
    expect(count == (done ? 1000 : 0), "the value of a reduce");
  }
  static int count_items(void*, std::size_t begin, std::size_t end, void* partial) {
    return *static_cast<std::size_t*>(partial) += end - begin, 0;
  }
  static int add_count(void*, void* into, void* from) {
    return *static_cast<std::size_t*>(into) += *static_cast<std::size_t*>(from), 0;
  }

  // A task without values whose batches fail at their last item, each with an error.
  static tp_task_t failing_batch() {
    tp_task_t task{};
    task.size = sizeof task;
    task.item_size = sizeof(Tracked);
    task.fn = [](void*, const void*, void*) { return 1; };
    task.batch = [](void*, const void*, void*, std::size_t n, std::size_t* at) {
      *at = n - 1;
      tp_task_set_error("the last one", nullptr, nullptr);
      return 1;
    };
    return task;
  }

  // The same inside a task, and a wait for a job that the task has submitted.
  void nest() {
    accepted(tp_pool_apply(pool_, &nested_, nullptr, nullptr), "apply of a task that submits");
  }

  void inside() {
    block();
    Result result;
    if (accepted(stress::submit_one(pool_, ledger_, nullptr, result.out()), "a nested submit"))
      works(tp_result_get(result, kLong, nullptr), "a nested get");
    expect(tp_worker_index() >= 0 && tp_worker_pool() == pool_, "the worker's index and pool");
    expect(tp_task_stop_requested() == 0, "stop_requested");
    spawn();
  }

  // What is spawned without memory runs all the same; only its error may have lost its message.
  void spawn() {
    tp_spawn_t well{}, fails{};
    const auto fail = [](void*) { return 9; };
    const auto succeed = [](void*) { return 0; };
    works(tp_spawn(&well, succeed, nullptr), "spawn");
    works(tp_spawn(&fails, fail, nullptr), "spawn of what fails");
    expect(tp_sync(&fails) == TP_ETASK, "sync of what fails");
    works(tp_sync(&well), "sync");
  }

  Ledger ledger_;
  std::array<Tracked, kItems> items_;
  std::array<Tracked, kItems> values_;
  std::array<Result, kSingles> singles_;
  std::array<tp_result_t*, kSingles + 2> handles_{};
  std::array<short, kItems> rows_{};
  std::array<int, kItems> sames_{};
  Result mapped_, looped_, stream_, unordered_;
  Items ordered_source_{ledger_, kItems}, unordered_source_{ledger_, kItems};
  Job job_, unbounded_, leveled_, timed_;
  std::atomic<int> done_{0};
  int listened_ = 0;
  Step step_{[] {}};
  Step nested_{[this] { inside(); }};
  tp_pool_t* pool_ = nullptr;
};

}  // namespace failing
