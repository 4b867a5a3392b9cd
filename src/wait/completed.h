// SPDX-License-Identifier: MIT
// Stage 7: many jobs in the order in which they become ready; from capi/result, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/handle_tag.h"
#include "base/mutex.h"
#include "base/wait_list.h"
#include "tpool/result.h"

namespace tp::core {

class Job;

/// A queue that done callbacks fill. A thread that has nothing else to do waits for the queue, so the cost of each job
/// does not grow with their number. A thread that may help, or is inside user code, waits for the jobs themselves, so
/// that it helps and cycles are found.
///
/// Each index is told once, by the thread that marks it as told under the mutex. From then on this keeps the job only
/// if no other handle does. A thread that tells an index, and waits for the other jobs, keeps those by references.
/// Counted: by the handle, and by each callback that has not run yet. Thread-safe, except release.
class Completed {
 public:
  /// TP_OK or TP_ENOMEM. Keeps the jobs.
  static int make(Job* const* jobs, std::size_t count, Completed*& completed);
  /// TP_OK and the index of the next ready job, TP_END, TP_ETIMEDOUT or TP_EDEADLK.
  int next(Deadline deadline, std::size_t& index);
  /// The handle is gone: gives up the jobs.
  void release();

  const HandleTag& handle_tag() const noexcept { return handle_tag_; }

 private:
  struct Item {
    enum State : std::uint8_t { pending, queued, told };
    Completed* all;
    Job* job;    // with a handle; nullptr once that was given up
    Item* next;  // of the queue
    State state;
  };

  explicit Completed(std::size_t count) noexcept : count_(count) {}
  ~Completed() = default;
  Item* items() noexcept { return reinterpret_cast<Item*>(this + 1); }

  static void completed(void* item, tp_result_t* result) noexcept;
  void queue(Item& item) noexcept;
  bool take(std::size_t& index, int& status) noexcept;
  bool take_available(std::size_t& index) noexcept;
  bool has_next() noexcept;
  std::size_t tell(Item& item) noexcept TP_REQUIRES(mutex_);
  int wait_for_jobs(Deadline deadline);
  bool help_one(Deadline deadline, int& status);
  void give_up(Item& item) noexcept;
  void unref() noexcept;

  const std::size_t count_;
  bool outside_helps_ =
      false;  // a thread that runs nothing may have to do something while it waits
  std::atomic<std::size_t> refs_{1};
  std::atomic<std::size_t> helped_{0};  // the first item that may have something to claim
  Mutex mutex_;
  std::size_t told_ TP_GUARDED_BY(mutex_) = 0;
  Item* oldest_ TP_GUARDED_BY(mutex_) = nullptr;
  Item* youngest_ TP_GUARDED_BY(mutex_) = nullptr;
  WaitList waiters_;
  HandleTag handle_tag_{HandleTag::completed};
};

/// The handle of the C ABI is the object's address.
inline tp_completed_t* to_handle(Completed* completed) noexcept {
  return reinterpret_cast<tp_completed_t*>(completed);
}
inline Completed* to_completed(const tp_completed_t* handle) noexcept {
  return reinterpret_cast<Completed*>(const_cast<tp_completed_t*>(handle));
}

}  // namespace tp::core
