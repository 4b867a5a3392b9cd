// SPDX-License-Identifier: MIT
// Runs the items of one batch in the pool of its rank. Stage: base, used by cluster/*.
#pragma once

#include <tpool/tpool.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cluster/copy.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// Of a job that takes no room: a task may have set a bound for the pool of its rank, and the thread of the traffic
/// must not wait for room.
tp_job_options_t unbounded_job(unsigned flags = 0) noexcept;

/// How consecutive items have ended.
struct End {
  std::uint64_t at, count;
  std::int32_t status, code;
  bool unrun;
  std::string message;
};

/// One batch. The items lie in the caller's memory, or are packed. The values go to the caller's memory, or are packed.
class BatchRun {
 public:
  virtual ~BatchRun() { release(); }

  /// All items are over, and ends() says how. On a worker of the pool, or inside start or stop.
  virtual void over() = 0;
  /// Begins: TP_OK; or nothing runs, and over() is not called. REQUIRES: the caller keeps this meanwhile.
  int start(tp_pool_t* pool);
  /// Asks the items to stop. Items that have not started don't. May come before start, as give_back may.
  void stop();
  /// Items that have not started don't.
  void give_back();

  const std::vector<End>& ends() const noexcept { return ends_; }
  std::vector<End> take_ends() noexcept { return std::move(ends_); }
  std::uint64_t busy_ns() const noexcept { return busy_ns_.load(); }

  // What to run; set before start.
  tp_task_t task{};
  std::size_t count = 0;
  const char* items = nullptr;
  std::size_t item_stride = 0;
  char* values = nullptr;
  std::size_t value_stride = 0;
  std::size_t chunk = 0;  // so many run one after another on one worker; 0: automatic
  unsigned level = 0;     // TP_JOB_URGENT, TP_JOB_BACKGROUND or neither
  double item_deadline = 0;
  std::vector<std::pair<const char*, std::size_t>> packed_items;  // with an item codec that is used
  std::vector<Bytes> packed_values;                               // with a value codec that is used
  bool packs = false;                                             // by a codec
  std::shared_ptr<Copy> shared;  // is the task's ctx, if it is there

 protected:
  BatchRun() { ends_.reserve(1); }
  /// Makes what has to be there before an item runs. If it can't, why says so, and the items fail. On a worker, once,
  /// and again after an exception of unpack.
  virtual void prepare(std::string& why);

 private:
  void release() noexcept;
  int start_preparing();
  int start_items();
  void follow(int which, tp_result_t* job, void (*is_over)(void* self, tp_result_t* job));
  static void prepared(void* self, tp_result_t* job);
  void tell(bool& flag, int (*cancel)(tp_result_t* job));
  void end_all(int status, bool unrun) noexcept;
  bool is_unwanted();
  static int run_item(void* self, const void* place, void* late);
  static int run_many(void* self, const void* place, void*, std::size_t n, std::size_t* at);
  static void ended(void* self, tp_result_t* result);
  const char* lack();
  void* ctx() { return shared ? shared->object() : task.ctx; }
  int call(std::size_t index);
  int call_packed(std::size_t index);
  const char* item_at(std::size_t index) const noexcept {
    return items ? items + index * item_stride : nullptr;
  }
  char* value_at(std::size_t index) const noexcept {
    return values ? values + index * value_stride : nullptr;
  }
  void note(End end);
  void note_all(tp_result_t* result);
  std::size_t index_of(const void* place) const noexcept {
    return static_cast<std::size_t>(static_cast<const char*>(place) -
                                    reinterpret_cast<const char*>(this));
  }

  /// Stands in the pool for a value in the caller's memory, so that the pool drops one that comes too late.
  struct Late {
    static void drop(void* late);
    void (*value_drop)(void*);  // nullptr: no longer
    void* value;
  };

  std::once_flag preparing_;
  std::string lack_;
  std::atomic<Late*> late_{nullptr};  // of item 0, once an item has run
  std::atomic<std::uint64_t> busy_ns_{0};
  std::vector<End> ends_;
  tp_pool_t* pool_ = nullptr;
  /// Which job of the pool. The first one is there if items have a deadline, and the second one follows it.
  enum { kPrepares, kRuns, kJobs };
  std::mutex starting_;
  tp_result_t* jobs_[kJobs] = {};  // written under starting_, each once
  bool is_told_to_stop_ = false;   // as well
  bool is_given_back_ = false;     // as well
};

}  // namespace tp::cluster
