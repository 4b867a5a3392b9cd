// SPDX-License-Identifier: MIT
// Guide: a call that is tried again when it fails or takes too long, and a job that is taken back before it starts.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

namespace {

std::atomic<int> calls{0};

int fetch(int key) {
  switch (++calls) {
    case 1:
      throw std::runtime_error("no answer");
    case 2:
      while (tp_task_stop_requested() == 0) std::this_thread::sleep_for(1ms);
      throw std::runtime_error("too slow");
    default:
      return 10 * key;
  }
}

// Calls f at most `tries` times, each time with its own limit.
template <class F>
auto retry(tp::ThreadPool& pool, int tries, std::chrono::duration<double> limit, F f) {
  for (;;) {
    tp::options<> how;
    how.deadline = limit;
    auto result = pool.apply_async(how, f);
    try {
      return result.get();
    } catch (const std::exception&) {
      if (--tries == 0) throw;
    }
  }
}

void show_retry(tp::ThreadPool& pool) {
  CHECK(retry(pool, 3, 50ms, [] { return fetch(7); }) == 70);
  CHECK(calls == 3);
}

// A limit for the wait alone: the job goes on.
void show_wait(tp::ThreadPool& pool) {
  std::atomic<bool> gate{false};
  auto result = pool.apply_async([&] {
    while (!gate) std::this_thread::sleep_for(1ms);
    return 5;
  });
  try {
    result.get(10ms);
    CHECK(false);
  } catch (const tp::TimeoutError&) {
    CHECK(!result.ready());
  }
  gate = true;
  CHECK(result.get() == 5);
}

// A limit for each item, and none for the job.
void show_item_limit(tp::ThreadPool& pool) {
  tp::options<> how;
  how.item_deadline = 20ms;
  how.buffersize = 1;
  int answers = 0, late = 0;
  const auto answer = [](int key) {
    while (key == 1 && !tp::this_task::stop_requested()) std::this_thread::sleep_for(1ms);
    return key;
  };
  auto stream = pool.imap(answer, std::vector{0, 1, 2}, how);
  for (int i = 0; i < 3; ++i) {
    try {
      stream.next();
      ++answers;
    } catch (const tp::TimeoutError&) {
      ++late;  // this item; the stream goes on
    }
  }
  CHECK(answers == 2 && late == 1);
}

void show_reminder(tp::ThreadPool& pool) {
  tp::options<> in_an_hour;
  in_an_hour.start_after = 1h;
  auto reminder = pool.apply_async(in_an_hour, [] { CHECK(false); });
  const bool was_pending = reminder.cancel_pending();  // false: it has started, and goes on
  CHECK(was_pending);
}

}  // namespace

int main() {
  tp::ThreadPool pool(2);
  show_retry(pool);
  show_wait(pool);
  show_item_limit(pool);
  show_reminder(pool);
}
