// SPDX-License-Identifier: MIT
// Stage 4: one thread's submit queue in one pool, and its counts of jobs; from submit/*, to queue/submit_queue.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "queue/queued_task.h"
#include "queue/submit_queue.h"
#include "result/counters.h"

namespace tp::core {

/// Made at a thread's first submit; once that thread has ended, for another one. The pool and the thread own it.
struct Producer {
  Producer(std::uint64_t pool_serial, bool is_shared, Priority of = Priority::normal) noexcept
      : pool(pool_serial), shared(is_shared), priority(of), refs(is_shared ? 1 : 2) {}

  /// Runs what only the producer may do.
  template <class Call>
  auto exclusively(Call call) noexcept -> decltype(call()) {
    if (!shared) return call();
    Lock lock(pushes);
    return call();
  }

  /// Counts calls that may touch the pool. Behind the last one the pool may go, and so may a shared producer.
  void count_inside(std::uint64_t change) noexcept {
    if (shared)
      inside.fetch_add(change);
    else
      Counters::add(inside, change);
  }

  void unref() noexcept {
    // acq_rel: the last owner sees what the other wrote
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  const std::uint64_t pool;
  const bool shared;  // by all threads, under pushes, for an exact order
  SubmitQueue<QueuedTask> queue;
  /// Jobs admitted here, written by the producer. It takes back a job that it refuses at the last moment.
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> inside{
      0};  // beside what each submit writes, not beside what workers read
  std::atomic<std::uint64_t> items{0};  // known items of these
  Counters counters;                    // of what its thread has run in its own calls
  std::atomic<bool> taken{true};        // by a living thread
  std::atomic<bool> dead{false};        // its pool is gone
  const Priority priority;              // here, where next is read
  std::atomic<std::uint32_t> refs;
  Producer* next = nullptr;       // of the pool's; constant once published
  Producer* next_mine = nullptr;  // of the thread's
  Mutex pushes;
};

/// The calling thread's producers; first comes the one that it used last.
TP_HOT extern thread_local constinit Producer* my_producers;

Producer* look_up_producer(std::uint64_t pool) noexcept;

/// The calling thread's producer of the pool; nullptr when it has none yet.
inline Producer* find_producer(std::uint64_t pool) noexcept {
  Producer* const last = my_producers;
  return last && last->pool == pool ? last : look_up_producer(pool);
}
/// Gives the producer, with one reference, to the calling thread. False without memory.
bool keep_producer(Producer& producer) noexcept;

}  // namespace tp::core
