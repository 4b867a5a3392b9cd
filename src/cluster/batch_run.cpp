// SPDX-License-Identifier: MIT
// Runs the items of one batch in the pool of its rank. Stage: base, used by cluster/*.
#include "cluster/batch_run.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "cluster/packing.h"
#include "cluster/traffic.h"

namespace tp::cluster {
namespace {

/// Adds the time of its scope.
class Timed {
 public:
  explicit Timed(std::atomic<std::uint64_t>& sum) : sum_(sum), begin_(clock_ns()) {}
  ~Timed() { sum_.fetch_add(clock_ns() - begin_, std::memory_order_relaxed); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  std::atomic<std::uint64_t>& sum_;
  const std::uint64_t begin_;
};

/// Memory for one object, which is dropped by its codec if it was made. Without a codec there is none.
class Object {
 public:
  Object(std::size_t size, const tp_codec_t* codec)
      : codec_(codec), memory_(codec ? std::malloc(size) : nullptr) {}
  ~Object() {
    drop();
    std::free(memory_);
  }
  /// Before the destructor, in which the codec's drop can't end the thread.
  void drop() {
    if (std::exchange(is_made, false)) cluster::drop(codec_, memory_);
  }
  bool lacks_memory() const noexcept { return codec_ && !memory_; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  void* get() const noexcept { return memory_; }
  bool is_made = false;

 private:
  const tp_codec_t* const codec_;
  void* const memory_;
};

int fail(const char* why) {
  tp_task_set_error(why, nullptr, nullptr);
  return 1;
}

}  // namespace

tp_job_options_t unbounded_job(unsigned flags) noexcept {
  tp_job_options_t options{};
  options.size = sizeof options;
  options.flags = TP_JOB_UNBOUNDED | flags;
  return options;
}

int BatchRun::start(tp_pool_t* pool) {
  pool_ = pool;
  return item_deadline > 0 ? start_preparing() : start_items();
}

/// What is prepared for the items must not count against their deadline: a job of its own does it. When that fails,
/// an item tries again.
int BatchRun::start_preparing() {
  tp_task_t preparing{};
  preparing.size = sizeof preparing;
  preparing.fn = [](void* self, const void*, void*) {
    static_cast<BatchRun*>(self)->lack();
    return 0;
  };
  preparing.ctx = this;
  const tp_job_options_t options = unbounded_job(level);
  tp_result_t* job = nullptr;
  const int status = tp_pool_apply_async(pool_, &preparing, nullptr, &options, &job);
  if (status == TP_OK) follow(kPrepares, job, prepared);
  return status;
}

void BatchRun::prepared(void* self, tp_result_t*) {
  BatchRun& run = *static_cast<BatchRun*>(self);
  const int status = run.start_items();
  if (status == TP_OK) return;
  run.end_all(status == TP_EINIT ? status : TP_ETASK, false);
  run.over();
}

/// Those that nobody wants any more don't start.
int BatchRun::start_items() {
  if (is_unwanted()) {
    end_all(TP_ECANCELED, true);
    over();
    return TP_OK;
  }
  tp_task_t wrapped{};
  wrapped.size = sizeof wrapped;
  wrapped.fn = run_item;
  wrapped.batch = run_many;
  wrapped.ctx = this;
  wrapped.item_size = 1;  // an item's address alone tells which one it is: nobody reads there
  wrapped.flags = task.flags;
  tp_job_options_t options = unbounded_job(TP_JOB_KEEP_ERRORS | level);
  options.chunksize = chunk;
  options.item_deadline = item_deadline;
  if (item_deadline > 0 && task.value_drop && !packs) {
    wrapped.value_size = sizeof(Late);
    wrapped.value_drop = Late::drop;
  }
  tp_result_t* job = nullptr;
  const int status = tp_pool_map_async(pool_, &wrapped, reinterpret_cast<const char*>(this), count,
                                       &options, &job);
  if (status == TP_OK) follow(kRuns, job, ended);
  return status;
}

/// Tells the job what came before it. When it is over is_over is called, which may free this.
void BatchRun::follow(int which, tp_result_t* job, void (*is_over)(void* self, tp_result_t* job)) {
  bool stops, gives_back;
  {
    std::lock_guard lock(starting_);
    jobs_[which] = job;
    stops = is_told_to_stop_;
    gives_back = is_given_back_;
  }
  if (stops) tp_result_cancel(job);
  if (gives_back) tp_result_cancel_pending(job);
  while (tp_result_add_done_callback(job, is_over, this) == TP_ENOMEM) sched_yield();
}

void BatchRun::stop() { tell(is_told_to_stop_, tp_result_cancel); }

void BatchRun::give_back() { tell(is_given_back_, tp_result_cancel_pending); }

/// Tells the jobs that are there. The flag is for those to come.
void BatchRun::tell(bool& flag, int (*cancel)(tp_result_t* job)) {
  tp_result_t* jobs[kJobs];
  {
    std::lock_guard lock(starting_);
    flag = true;
    std::copy_n(jobs_, kJobs, jobs);
  }
  for (tp_result_t* const job : jobs)
    if (job) cancel(job);
}

/// What drops a job's errors may be user code, which does not run on the thread of the traffic. Nor does it when memory
/// is short: then this waits.
void BatchRun::release() noexcept {
  tp_task_t dropping{};
  dropping.size = sizeof dropping;
  dropping.fn = [](void*, const void*, void*) { return 0; };
  dropping.item_size = sizeof(tp_result_t*);
  dropping.item_drop = [](void* job) {  // also when the pool ends before the task has started
    tp_result_release(*static_cast<tp_result_t**>(job));
  };
  const tp_job_options_t unbounded = unbounded_job();
  const bool is_worker = tp_worker_pool() != nullptr;
  for (tp_result_t*& job : jobs_) {
    if (!job) continue;
    int status = TP_EINVAL;
    while (!is_worker &&
           (status = tp_pool_apply_async(pool_, &dropping, &job, &unbounded, nullptr)) == TP_ENOMEM)
      sched_yield();
    if (status != TP_OK) tp_result_release(job);
    job = nullptr;
  }
}

int BatchRun::run_item(void* self, const void* place, void* late) {
  BatchRun& run = *static_cast<BatchRun*>(self);
  const std::size_t index = run.index_of(place);
  if (late) {
    auto* const mine = new (late) Late{run.task.value_drop, run.value_at(index)};
    run.late_ = mine - index;
  }
  if (const char* const why = run.lack()) return fail(why);
  const Timed timed(run.busy_ns_);
  return run.call(index);
}

void BatchRun::Late::drop(void* late) {
  const auto [value_drop, value] = *static_cast<Late*>(late);
  if (value_drop) value_drop(value);
}

int BatchRun::run_many(void* self, const void* place, void*, std::size_t n, std::size_t* at) {
  BatchRun& run = *static_cast<BatchRun*>(self);
  *at = 0;
  if (const char* const why = run.lack()) return fail(why);
  const Timed timed(run.busy_ns_);
  const std::size_t first = run.index_of(place);
  const tp_task_t& task = run.task;
  const bool lies_side_by_side =
      run.item_stride == task.item_size && run.value_stride == task.value_size;
  if (task.batch && !run.packs && lies_side_by_side)
    return task.batch(run.ctx(), run.item_at(first), run.value_at(first), n, at);
  for (std::size_t i = 0; i < n; ++i) {
    *at = i;
    if (const int code = run.call(first + i)) return code;
  }
  return 0;
}

/// Why no item can run here; nullptr: they can.
const char* BatchRun::lack() {
  std::call_once(preparing_, [this] { prepare(lack_); });
  return lack_.empty() ? nullptr : lack_.c_str();
}

void BatchRun::prepare(std::string& why) {
  if (shared) shared->object(&why);
}

int BatchRun::call(std::size_t index) {
  return packs ? call_packed(index) : task.fn(ctx(), item_at(index), value_at(index));
}

int BatchRun::call_packed(std::size_t index) {
  Object item(task.item_size, task.item_codec), value(task.value_size, task.value_codec);
  if (item.lacks_memory() || value.lacks_memory())
    return fail("there is no memory for the item or its value");
  if (task.item_codec) {
    const auto [from, size] = packed_items[index];
    if (!from) return fail("the codec of the task can't pack the item");
    if (task.item_codec->unpack(item.get(), from, size))
      return fail("the codec of the task can't unpack the item");
    item.is_made = true;
  }
  const int code = task.fn(ctx(), task.item_codec ? item.get() : item_at(index),
                           task.value_codec ? value.get() : value_at(index));
  value.is_made = code == 0;
  const char* why = nullptr;
  if (!code && task.value_codec) why = pack(packed_values[index], *task.value_codec, value.get());
  value.drop();
  item.drop();
  return why ? fail(why) : code;
}

void BatchRun::note(End end) {
  if (!ends_.empty()) {
    End& last = ends_.back();
    if (last.status == end.status && last.code == end.code && last.unrun == end.unrun &&
        last.message == end.message) {
      last.count += end.count;
      return;
    }
  }
  ends_.push_back(std::move(end));
}

void BatchRun::ended(void* self, tp_result_t* result) {
  BatchRun& run = *static_cast<BatchRun*>(self);
  // the job has the values that are in time, wherever they go
  if (Late* const late = run.late_)
    for (std::size_t i = 0; i < run.count; ++i) late[i].value_drop = nullptr;
  try {
    run.note_all(result);
  } catch (const std::bad_alloc&) {
    run.end_all(TP_ETASK, false);
  }
  run.over();
}

void BatchRun::end_all(int status, bool unrun) noexcept {
  ends_.clear();  // one has room
  ends_.push_back({0, count, status, 0, unrun, {}});
}

bool BatchRun::is_unwanted() {
  std::lock_guard lock(starting_);
  return is_told_to_stop_ || is_given_back_;
}

void BatchRun::note_all(tp_result_t* result) {
  for (std::size_t i = 0; i < count; ++i) {
    const int status = tp_result_item_status(result, i);
    End end{i, 1, status, 0, status == TP_ECANCELED || status == TP_ETERMINATED, {}};
    const tp_error_t* const error =
        status == TP_OK || end.unrun ? nullptr : tp_result_item_error(result, i);
    if (error) end.code = tp_error_code(error);
    if (error) end.message = tp_error_message(error);
    note(std::move(end));
  }
}

}  // namespace tp::cluster
