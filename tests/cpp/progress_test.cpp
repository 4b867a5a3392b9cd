// SPDX-License-Identifier: MIT
// Progress of ranges, streams and results: what a terminal shows, what a callback gets.
#include <fcntl.h>
#include <tpool/as_completed.hpp>
#include <tpool/progress.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// Leads stderr elsewhere while it lives.
class StderrTo {
 public:
  explicit StderrTo(int fd) : before_(dup(STDERR_FILENO)) { dup2(fd, STDERR_FILENO); }
  ~StderrTo() {
    dup2(before_, STDERR_FILENO);
    close(before_);
  }
  StderrTo(const StderrTo&) = delete;
  StderrTo& operator=(const StderrTo&) = delete;

 private:
  int before_;
};

std::string read_all(int fd) {
  REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  std::string all;
  char some[256];
  for (ssize_t n; (n = read(fd, some, sizeof some)) > 0;) all.append(some, std::size_t(n));
  return all;
}

// What body writes to a stderr that is a terminal.
template <class Body>
std::string drawn_by(Body body) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  {
    StderrTo to(terminal);
    body();
  }
  std::string drawn = read_all(master);
  close(terminal);
  close(master);
  return drawn;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("progress draws a bar on a terminal", "[cpp]") {
  const std::string drawn = drawn_by([] {
    int sum = 0;
    for (int n : tp::progress(numbers(4))) sum += n;
    CHECK(sum == 6);
  });
  CHECK(drawn.substr(0, 4) == "\r\033[K");
  CHECK(contains(drawn, "  0% [" + std::string(30, ' ') + "] 0/4, 0.00/s"));
  CHECK(contains(drawn, "100% [" + std::string(30, '#') + "] 4/4, "));
  CHECK(drawn.substr(drawn.size() - 2) == "\r\n");
}

TEST_CASE("progress of an unknown size counts", "[cpp]") {
  const std::string drawn = drawn_by([] {
    for (int n : tp::progress(UpTo{3})) CHECK(n < 3);
  });
  CHECK_FALSE(contains(drawn, "%"));
  CHECK(contains(drawn, "\033[K3, "));
}

TEST_CASE("progress of a loop that is left shows where", "[cpp]") {
  const std::string drawn = drawn_by([] {
    for (int n : tp::progress(numbers(10))) {
      if (n == 5) break;
    }
  });
  CHECK(contains(drawn, " 50% ["));
  CHECK(contains(drawn, "5/10, "));
  CHECK(contains(drawn, " left"));
  CHECK(drawn.back() == '\n');
}

TEST_CASE("progress is silent where stderr is no terminal", "[cpp]") {
  TestPool pool(2);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  int sum = 0;
  {
    StderrTo to(ends[1]);
    for (int n : tp::progress(numbers(4))) sum += n;
    sum += tp::progress(pool.apply_async([] { return 1; })).get();
  }
  CHECK(read_all(ends[0]).empty());
  CHECK(sum == 7);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("progress of a stream takes the number to expect", "[cpp]") {
  TestPool pool;
  const std::string drawn = drawn_by([&pool] {
    std::vector<int> values;
    for (int n : tp::progress(pool.imap(same, UpTo{8}), 8)) values.push_back(n);
    CHECK(values == numbers(8));
  });
  CHECK(contains(drawn, "] 8/8, "));
}

TEST_CASE("progress of results in the order of their ends", "[cpp]") {
  TestPool pool;
  int last = 0;
  const auto show = [&last](const tp::Progress& progress) { last = int(progress.done); };
  const std::vector<int> items = numbers(3);
  std::vector<tp::AsyncResult<int>> results;
  for (int n : items) results.push_back(pool.apply_async([n] { return n; }));
  int sum = 0;
  for (auto& result : tp::progress(tp::as_completed(results), results.size())) sum += result.get();
  for (auto& result : tp::progress(tp::as_completed(std::move(results)), show)) sum += result.get();
  CHECK(sum == 6);
  CHECK(last == 3);
}

TEST_CASE("progress knows no time left before any has passed", "[cpp]") {
  tp::Pace pace;
  pace.done = 1;
  pace.total = 2;
  CHECK(pace.left() == -1);
  pace.seconds = 3;
  CHECK(pace.left() == 3);
}

TEST_CASE("progress takes iterators whose comparison isn't const", "[cpp]") {
  struct Iterator {
    int at;
    int operator*() { return at; }
    Iterator& operator++() { return ++at, *this; }
    bool operator!=(const Iterator& other) { return at != other.at; }
  };
  struct Range {
    Iterator begin() const { return {0}; }
    Iterator end() const { return {3}; }
  };
  int sum = 0;
  for (int n : tp::progress(Range())) sum += n;
  CHECK(sum == 3);
}

TEST_CASE("progress lends the elements as they are", "[cpp]") {
  std::vector<int> borrowed = numbers(3);
  for (int& n : tp::progress(borrowed)) n += 1;
  CHECK(borrowed == std::vector<int>{1, 2, 3});
  int sum = 0;
  for (const MoveOnly& object : tp::progress(Generator(3))) sum += object.value();
  CHECK(sum == 6);
  const std::list<int> constant{1, 2};
  for (const int& n : tp::progress(constant)) sum += n;
  CHECK(sum == 9);
}

TEST_CASE("progress calls back at most ten times a second", "[cpp]") {
  std::vector<std::size_t> seen;
  double last_left = -1;
  const auto start = std::chrono::steady_clock::now();
  const auto show = [&](const tp::Pace& pace) {
    seen.push_back(pace.done);
    last_left = pace.left();
    CHECK(pace.total == 100000);
  };
  for (int n : tp::progress(numbers(100000), show)) CHECK_FALSE(n < 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(seen.front() == 0);
  CHECK(seen.back() == 100000);
  CHECK(last_left == 0);
  CHECK(double(seen.size()) <= 2 + took.count() * 10);
}

TEST_CASE("an exception of a callback leaves the loop", "[cpp]") {
  const auto show = [](const tp::Progress&) { throw Oops(1); };
  int runs = 0;
  const auto loop = [&] {
    for (int n : tp::progress(numbers(3), show)) runs += n + 1;
  };
  CHECK_THROWS_AS(loop(), Oops);
  CHECK(runs == 0);
}

TEST_CASE("progress of a result tells of its items", "[cpp]") {
  TestPool pool;
  std::vector<std::size_t> done;
  const auto show = [&done](const tp::Progress& progress) {
    CHECK(progress.total == 20);
    done.push_back(progress.done);
  };
  CHECK(tp::progress(pool.map_async(same, numbers(20)), show).get() == numbers(20));
  CHECK(done.back() == 20);
  CHECK(done.size() >= 2);
  auto failed = pool.apply_async([]() -> int { throw Oops(2); });
  CHECK_THROWS_AS(tp::progress(failed).get(), Oops);
}

TEST_CASE("progress of a result goes on while it waits", "[cpp]") {
  support::Gate gate;
  TestPool pool(1);
  const auto result = pool.apply_async([&gate] { gate.wait(); });
  int times = 0;
  tp::progress(result, [&](const tp::Progress&) {
    if (++times == 3) gate.open();
  });
  CHECK(result.ready());
  CHECK(times >= 4);
}
