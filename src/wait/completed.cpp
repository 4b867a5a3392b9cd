// SPDX-License-Identifier: MIT
// Stage 7: many jobs in the order in which they become ready; from capi/result, to the waiter.
#include "wait/completed.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/order.h"
#include "base/sync_point.h"
#include "result/job.h"
#include "wait/wait.h"

namespace tp::core {

int Completed::make(Job* const* jobs, std::size_t count, Completed*& all) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, sizeof(Item), &bytes) ||
      __builtin_add_overflow(bytes, sizeof(Completed), &bytes))
    return TP_ENOMEM;
  void* const memory = std::malloc(bytes);
  if (!memory) return TP_ENOMEM;
  auto* const made = new (memory) Completed(count);
  for (std::size_t i = 0; i < count; ++i) {
    new (&made->items()[i]) Item{made, jobs[i], nullptr, Item::pending};
    made->outside_helps_ |= jobs[i]->asks_waiters() || is_stream(*jobs[i]);
    jobs[i]->add_handle();
  }
  for (std::size_t i = 0; i < count; ++i) {
    made->refs_.fetch_add(1);  // of the callback
    if (jobs[i]->add_done_callback(completed, &made->items()[i], false) == TP_OK) continue;
    made->refs_.fetch_sub(1);
    made->release();
    return TP_ENOMEM;
  }
  all = made;
  return TP_OK;
}

void Completed::completed(void* item, tp_result_t*) noexcept {
  auto& done = *static_cast<Item*>(item);
  Completed& all = *done.all;
  all.queue(done);
  all.give_up(done);
  all.unref();
}

void Completed::queue(Item& item) noexcept {
  order::release(this);
  {
    Lock lock(mutex_);
    if (item.state == Item::told) return;
    item.state = Item::queued;
    (oldest_ ? youngest_->next : oldest_) = &item;
    youngest_ = &item;
  }
  sync_point("completed.queued");
  waiters_.wake_all();
}

/// Gives up the job of an item, unless only this keeps it. Both the thread that tells the item and the callback call
/// this. The later one has an effect.
void Completed::give_up(Item& item) noexcept {
  Job* job = nullptr;
  {
    Lock lock(mutex_);
    if (item.state != Item::told || !item.job || !item.job->ready()) return;
    if (item.job->drop_spare_handle()) job = std::exchange(item.job, nullptr);
  }
  if (job) job->unref();
}

std::size_t Completed::tell(Item& item) noexcept {
  item.state = Item::told;
  ++told_;
  return static_cast<std::size_t>(&item - items());
}

/// Takes an index, or TP_END. False when there is neither yet.
bool Completed::take(std::size_t& index, int& status) noexcept {
  Lock lock(mutex_);
  status = told_ == count_ ? TP_END : TP_OK;
  Item* const item = oldest_;
  if (status == TP_END || !item) return status == TP_END;
  oldest_ = item->next;
  index = tell(*item);
  return true;
}

/// Takes a job whose outcome the calling thread may take, although its callback has not run yet.
bool Completed::take_available(std::size_t& index) noexcept {
  bool last = false;
  {
    Lock lock(mutex_);
    Item* const end = items() + count_;
    Item* const found = std::find_if(items(), end, [](const Item& item) {
      return item.state == Item::pending && item.job->available();
    });
    if (found == end) return false;
    order::acquire(order::ends(found->job));
    index = tell(*found);
    last = told_ == count_;
  }
  if (last) waiters_.wake_all();  // queue() does not wake them for a told item
  return true;
}

bool Completed::has_next() noexcept {
  Lock lock(mutex_);
  return oldest_ || told_ == count_;
}

int Completed::next(Deadline deadline, std::size_t& index) {
  const bool plain = !outside_helps_ && !CallScope::current() && !this_thread.pool;
  for (int status;;) {
    if (take(index, status)) {
      if (status == TP_OK) give_up(items()[index]);
      return status;
    }
    if (plain) {
      if (!wait_until(waiters_, deadline, [this] { return has_next(); })) return TP_ETIMEDOUT;
      continue;
    }
    const bool helped = help_one(deadline, status);
    if (!helped) status = wait_for_jobs(deadline);
    if (!helped && take_available(index)) return TP_OK;
    if (helped && status == TP_OK && deadline.passed()) status = TP_ETIMEDOUT;
    if (status != TP_OK && !has_next()) return status;
  }
}

/// Runs items of the first job that has any to claim; false when none has. Starts where the last call found one, so
/// that it does not look at all jobs each time.
bool Completed::help_one(Deadline deadline, int& status) {
  for (std::size_t i = helped_.load(); i < count_; i = helped_.load()) {
    Job* job = nullptr;
    {
      Lock lock(mutex_);
      if (items()[i].state == Item::pending) job = items()[i].job;
      if (job) job->ref();
    }
    if (job) {
      const Reference kept(*job);
      if (may_help(*job) && can_help(*job)) {
        status = help(*job, deadline);
        return true;
      }
    }
    helped_.compare_exchange_strong(i, i + 1);
  }
  return false;
}

/// Waits until one of the pending jobs is available. Without memory it watches the first few, and returns often.
int Completed::wait_for_jobs(Deadline deadline) {
  constexpr std::size_t kFew = 16;
  Job* few[kFew];
  auto* jobs = static_cast<Job**>(count_ > kFew ? std::malloc(count_ * sizeof(Job*)) : nullptr);
  Job** const list = jobs ? jobs : few;
  const std::size_t room = jobs ? count_ : kFew;
  std::size_t count = 0, pending = 0;
  const ScopeExit kept([&] {
    while (count) list[--count]->unref();
    std::free(jobs);
  });
  {
    Lock lock(mutex_);
    for (std::size_t i = 0; i < count_; ++i) {
      if (items()[i].state != Item::pending) continue;
      ++pending;
      if (count == room) continue;
      list[count++] = items()[i].job;
      items()[i].job->ref();
    }
  }
  if (!count) return TP_OK;
  std::size_t index = 0;
  if (count == pending) return wait_any(list, count, deadline, index);
  const Deadline soon = deadline.is_poll() ? deadline : Deadline::in(0.001);
  const int status = wait_any(list, count, soon, index, Wait::next_value);  // one left out may end
  return status == TP_ETIMEDOUT && !deadline.passed() ? TP_OK : status;
}

void Completed::release() {
  handle_tag_.end();
  const ScopeExit rest([this] { unref(); });
  call_in_turn([this, next = std::size_t{0}]() mutable {
    if (next == count_) return false;
    Job* job = nullptr;
    {
      Lock lock(mutex_);  // a callback may come late
      job = std::exchange(items()[next++].job, nullptr);
    }
    if (job) job->drop_handle();
    return true;
  });
}

void Completed::unref() noexcept {
  // acq_rel: the last owner sees what the others wrote before it frees the object
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~Completed();
  std::free(this);
}

}  // namespace tp::core
