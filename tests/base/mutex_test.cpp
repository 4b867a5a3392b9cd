// SPDX-License-Identifier: MIT
// Tests of the mutex and its scoped lock.
#include "base/mutex.h"

#include "support/test.hpp"

using tp::core::Lock;
using tp::core::Mutex;

// Another thread can lock it.
static bool is_free(Mutex& mutex) {
  std::atomic<bool> locked{false};
  std::thread([&] {
    Lock lock(mutex);
    locked = true;
  }).join();
  return locked;
}

// As an owner does who is not there after a fork.
static void abandon(Mutex& mutex) TP_TSA(no_thread_safety_analysis) { mutex.lock(); }

TEST_CASE("A mutex has four bytes") { CHECK(sizeof(Mutex) == 4); }

TEST_CASE("A mutex lets one thread in at a time") {
  constexpr int kThreads = 4, kRounds = 20'000;
  Mutex mutex;
  int count = 0;
  support::in_threads(kThreads, [&] {
    for (int round = 0; round < kRounds; ++round) {
      Lock lock(mutex);
      ++count;
    }
  });
  CHECK(count == kThreads * kRounds);
}

TEST_CASE("Threads that sleep at a mutex all get it in the end") {
  constexpr int kThreads = 3;
  Mutex mutex;
  int count = 0;
  std::atomic<pid_t> ids[kThreads] = {};
  std::vector<std::thread> threads;
  Lock lock(mutex);
  for (std::atomic<pid_t>& id : ids)
    threads.emplace_back([&] {
      id = gettid();
      Lock inner(mutex);
      ++count;
    });
  for (const std::atomic<pid_t>& id : ids) support::await_sleep(id);
  CHECK(count == 0);
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
  lock.lock();
  CHECK(count == kThreads);
}

TEST_CASE("A lock lets go at its end, unless it did before") {
  Mutex mutex;
  { Lock lock(mutex); }
  CHECK(is_free(mutex));
  {
    Lock lock(mutex);
    lock.unlock();
    CHECK(is_free(mutex));
  }
  CHECK(is_free(mutex));
  {
    Lock lock(mutex);
    lock.unlock();
    lock.lock();
  }
  CHECK(is_free(mutex));
}

TEST_CASE("A reset mutex is free") {
  Mutex mutex;
  abandon(mutex);
  mutex.reset();
  CHECK(is_free(mutex));
}

TEST_CASE("Whoever locks next may free the mutex") {
  struct Object {
    Mutex mutex;
    bool over = false;
  };
  for (int round = 0; round < 500; ++round) {
    auto object = std::make_unique<Object>();
    std::thread thread([&shared = *object] {
      Lock lock(shared.mutex);
      shared.over = true;
    });
    support::await("the other thread", [&] {
      Lock lock(object->mutex);
      return object->over;
    });
    object.reset();  // its unlock may still be in the kernel
    thread.join();
  }
  SUCCEED("nothing was touched after it had been freed");
}
