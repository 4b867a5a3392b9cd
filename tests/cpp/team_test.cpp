// SPDX-License-Identifier: MIT
// Teams, and pools whose threads come and go.
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "test_pool.hpp"

namespace {

// Where so many threads meet once.
class Meeting {
 public:
  explicit Meeting(std::size_t threads) : missing_(threads) {}
  void meet() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (--missing_ == 0) all_.notify_all();
    all_.wait(lock, [this] { return missing_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t missing_;
};

}  // namespace

TEST_CASE("the calls of a team meet, each on a thread of its own", "[cpp]") {
  tp::pool_options how;
  how.workers = 3;
  how.caller_helps = true;
  tp::ThreadPool pool(how);
  Meeting meeting(4);
  std::vector<std::thread::id> threads(4);
  pool.team(4, [&](std::size_t i) {
    threads[i] = std::this_thread::get_id();
    meeting.meet();
    return i;  // dropped
  });
  CHECK(std::set<std::thread::id>(threads.begin(), threads.end()).size() == 4);
  CHECK(threads[0] == std::this_thread::get_id());
  pool.team(0, [](std::size_t) { throw std::logic_error("nothing runs"); });
}

TEST_CASE("a team throws what its lowest call threw, or why it did not start", "[cpp]") {
  tp::ThreadPool pool(4);
  Meeting meeting(4);
  const auto fails = [&](std::size_t i) {
    meeting.meet();
    if (i == 1) throw std::out_of_range("one");
    if (i == 3) throw std::runtime_error("three");
  };
  CHECK_THROWS_AS(pool.team(4, fails), std::out_of_range);
  int status = TP_OK;
  try {
    pool.team(5, [](std::size_t) {});
  } catch (const tp::Error& error) {
    status = error.status();
  }
  CHECK(status == TP_EAGAIN);
}

TEST_CASE("threads of a pool come and go with its options", "[cpp]") {
  tp::pool_options how;
  how.workers = 4;
  how.min_workers = 1;
  how.idle_timeout = std::chrono::milliseconds(5);
  tp::ThreadPool pool(how);
  CHECK(pool.stats().workers == 1);
  Meeting meeting(4);
  pool.team(4, [&](std::size_t) { meeting.meet(); });
  while (pool.stats().workers != 1) std::this_thread::yield();
  how.min_workers = 5;
  CHECK_THROWS_AS(tp::ThreadPool(how), tp::Error);
}
