// SPDX-License-Identifier: MIT
// The C++ layer over ranks.
#include <tpool/cluster.hpp>
#include <tpool/tpool.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <numeric>

#include "rank.hpp"

using namespace rank;

namespace {

// A type of the program's own, with a codec.
struct Point {
  std::string name;
  double x = 0;
};

}  // namespace

namespace tp {
template <>
struct codec<Point> {
  static void pack(const Point& point, Packer& to) {
    to.put(point.name);
    to.put(point.x);
  }
  static Point unpack(Unpacker& from) {
    Point point;
    point.name = from.get<std::string>();
    point.x = from.get<double>();
    return point;
  }
};
}  // namespace tp

namespace {

int square(int x) { return x * x; }
std::string twice(const std::string& text) { return text + text; }

template <class E, class F>
bool throws(F f, E* caught = nullptr) {
  try {
    f();
  } catch (const E& error) {
    if (caught) *caught = error;
    return true;
  }
  return false;
}

void values(tp::ClusterPool& pool) {
  const std::vector<int> numbers = range(500);
  const std::vector<int> squares = pool.map(square, numbers);
  for (int i = 0; i < 500; ++i) CHECK(squares[std::size_t(i)] == i * i);
  CHECK(pool.map([](int x) { return x + 1; }, std::list<int>{1, 2}) == std::vector<int>{2, 3});
  CHECK(pool.apply(square, 7) == 49);
  CHECK(pool.apply([](const std::string& a, int b) { return a + std::to_string(b); },
                   std::string("x"), 4) == "x4");
  CHECK(pool.map(twice, std::vector<std::string>{"a", "bc"}) ==
        std::vector<std::string>{"aa", "bcbc"});
  const auto lengths = [](const std::vector<std::vector<int>>& all) {
    std::vector<std::size_t> sizes;
    for (const auto& each : all) sizes.push_back(each.size());
    return sizes;
  };
  CHECK(pool.apply(lengths, std::vector<std::vector<int>>{{1}, {}, {1, 2}}) ==
        std::vector<std::size_t>{1, 0, 2});
  const auto moved = [](const Point& point) { return Point{point.name + "!", point.x + 1}; };
  const auto points = pool.map(moved, std::vector<Point>{{"a", 1}, {"b", 2}});
  CHECK(points[1].name == "b!" && points[1].x == 3);
  pool.map([](int) {}, numbers);
  const std::vector<std::pair<int, double>> rows{{1, 0.5}, {2, 1.5}};
  CHECK(pool.starmap([](int a, double b) { return a + b; }, rows) == std::vector<double>{1.5, 3.5});
  const auto optional = [](const std::optional<std::string>& x) {
    return x ? std::optional<int>(int(x->size())) : std::nullopt;
  };
  CHECK(pool.map(optional, std::vector<std::optional<std::string>>{std::nullopt, "abc"})[1] == 3);
  const auto isnt = [](bool x) { return !x; };
  std::vector<bool> bits{true, false};
  CHECK(pool.map(isnt, bits) == std::vector<bool>{false, true});
  CHECK(pool.map_async(isnt, std::as_const(bits)).get() == std::vector<bool>{false, true});
  int trues = 0;
  for (const bool bit : pool.imap(isnt, bits)) trues += bit;
  CHECK(trues == 1);
}

void async(tp::ClusterPool& pool) {
  auto one = pool.apply_async(twice, std::string("ab"));
  CHECK(one.get() == "abab");
  auto many = pool.map_async(square, range(100));
  CHECK(many.get()[9] == 81);
  std::atomic<int> told{0};
  auto with = pool.apply_async(tp::make_options([&told](int x) { told = x; }), square, 6);
  with.wait();
  CHECK(told == 36);
  int sum = 0;
  for (const int x : pool.imap(square, range(50))) sum += x;
  CHECK(sum == 40425);
  std::size_t length = 0;
  for (const std::string& text : pool.imap_unordered(twice, std::vector<std::string>(20, "xy")))
    length += text.size();
  CHECK(length == 80);
  CHECK(pool.apply_async(square, 3).then([&sum](int x) { return x + sum; }).get() == 40434);
  pool.wait_idle();
  CHECK(pool.stats().failed == 0);
}

struct Scaled {
  int operator()(const std::vector<int>& table, int x) const { return table[std::size_t(x)]; }
};

int entry(const std::vector<int>& table, int x) { return table.at(std::size_t(x)); }
int size_of(const std::vector<int>& table) noexcept { return int(table.size()); }

std::string name_of(const Point& p, int n) { return p.name + std::to_string(n); }
std::string initial_of(const Point& p, int) { return p.name.substr(0, 1); }

void shared(tp::ClusterPool& pool) {
  std::vector<int> table(100);
  for (int i = 0; i < 100; ++i) table[std::size_t(i)] = i * 3;
  const tp::Shared<std::vector<int>> first = pool.share(table);
  table.clear();
  CHECK(first->size() == 100 && (*first)[2] == 6);
  const std::vector<int> items = range(100);
  const std::vector<int> found = pool.map(tp::with(first, Scaled()), items);
  for (int i = 0; i < 100; ++i) CHECK(found[std::size_t(i)] == i * 3);
  CHECK(pool.map(tp::with(first, entry), items) == found);
  CHECK(pool.apply(tp::with(first, size_of)) == 100);
  CHECK(throws<tp::RemoteError>([&] { pool.apply(tp::with(first, entry), 100); }));
  const auto add = [](const std::vector<int>& all, int a, int b) {
    return all[std::size_t(a)] + b;
  };
  CHECK(pool.apply(tp::with(first, add), 2, 5) == 11);
  CHECK(pool.starmap(tp::with(first, add), std::vector<std::pair<int, int>>{{1, 1}, {2, 2}}) ==
        std::vector<int>{4, 8});
  {
    tp::Shared<Point> point = pool.share(Point{"p", 2});
    tp::Shared<Point> moved = std::move(point);
    const auto name = [](const Point& p, int n) { return p.name + std::to_string(n); };
    auto later = pool.map_async(tp::with(moved, name), items);
    auto stream = pool.imap(tp::with(moved, name), items);
    moved = pool.share(Point{"q", 3});  // the jobs keep what they use
    CHECK(later.get()[99] == "p99");
    int n = 0;
    for (const std::string& text : stream) CHECK(text == "p" + std::to_string(n++));
    CHECK(pool.apply(tp::with(moved, name), 1) == "q1");
    const tp::Shared<Point> given = std::move(moved);
    CHECK(throws<tp::Error>([&] { tp::with(moved, name_of); }));
    auto with = tp::with(given, name_of);
    auto named = pool.map_async(with, items);
    with = tp::with(given, initial_of);  // the job keeps the function, too
    CHECK(named.get()[7] == "q7");
    CHECK(pool.apply(with, 1) == "q");
  }
  const auto fails = [](const std::vector<int>& all, int x) { return all.at(std::size_t(x)); };
  CHECK(throws<tp::RemoteError>([&] { pool.apply(tp::with(first, fails), 100); }));
}

void errors(tp::ClusterPool& pool) {
  const auto fails = [](int x) {
    if (x == 5) throw std::out_of_range("five");
    return x;
  };
  tp::RemoteError error("", "", 0);
  CHECK(throws<tp::RemoteError>([&] { pool.map(fails, range(10)); }, &error));
  CHECK(error.what() == std::string("five"));
  CHECK(error.type() == "std::out_of_range");
  CHECK(error.rank() >= 0 && error.rank() < int(pool.ranks()));
  CHECK(error.status() == TP_ETASK);
  auto later = pool.apply_async(fails, 5);
  CHECK(throws<tp::RemoteError>([&] { later.get(); }));
  auto stream = pool.imap(fails, range(10));
  int read = 0, failed = 0;
  for (bool more = true; more;) {
    failed += throws<tp::RemoteError>([&] {
      more = stream.next().has_value();
      read += more;
    });
  }
  CHECK(read == 9 && failed == 1);
  const auto outcomes = pool.map(tp::keep_errors, fails, range(10));
  CHECK(outcomes.size() == 10 && outcomes[4].value() == 4 && !outcomes[5].has_value());
  CHECK(throws<tp::RemoteError>([&] { outcomes[5].value(); }, &error));
  CHECK(error.what() == std::string("five"));
  auto texts = pool.map_async(tp::keep_errors, twice, std::vector<std::string>(3, "ab"));
  CHECK(texts.get()[2].value() == "abab");
  const auto dies = [](int) { throw 3; };
  CHECK(throws<tp::RemoteError>([&] { pool.apply(dies, 1); }, &error) && error.type().empty());
  pool.close();
  CHECK(throws<tp::PoolNotRunning>([&] { pool.apply(square, 1); }));
}

double half(int x) {
  if (x % 10 == 9) throw std::out_of_range("nine");
  return x / 2.0;
}
std::string text_of(double x) { return std::to_string(x); }
std::size_t length_of(const std::string& text) {
  if (text.find(".5") == std::string::npos) throw std::domain_error("a whole one");
  return text.size();
}

// What the next items of the stream throw, by type, and how many have values.
template <class Stream>
std::map<std::string, int> read(const Stream& stream, const tp::ClusterPool& pool) {
  std::map<std::string, int> counts;
  for (;;) {
    try {
      if (!stream.next()) return counts;
      ++counts["value"];
    } catch (const tp::RemoteError& error) {
      CHECK(error.rank() >= 0 && error.rank() < int(pool.ranks()));
      ++counts[error.type() + ": " + error.what()];
    }
  }
}

// A failed item of one stage is one failed item of the next one; the items behind it go on.
void stages(tp::ClusterPool& pool) {
  using Counts = std::map<std::string, int>;
  const Counts failed{{"value", 90}, {"std::out_of_range: nine", 10}};
  const std::vector<int> numbers = range(100);
  CHECK(read(pool.imap(text_of, pool.imap(half, numbers)), pool) == failed);
  CHECK(read(pool.imap_unordered(text_of, pool.imap_unordered(half, numbers)), pool) == failed);
  const Counts of_three{
      {"value", 40}, {"std::out_of_range: nine", 10}, {"std::domain_error: a whole one", 50}};
  CHECK(read(pool.imap(length_of, pool.imap(text_of, pool.imap(half, numbers))), pool) == of_three);

  tp::ThreadPool threads(2);
  const auto fails = [](int x) { return x % 10 == 9 ? throw x : half(x); };
  const Counts of_none{{"value", 90}, {": an exception that is no std::exception", 10}};
  CHECK(read(pool.imap(text_of, threads.imap(fails, numbers)), pool) == of_none);

  auto last = pool.imap(text_of, pool.imap(half, range(9)));
  for (int x = 0; x < 9; ++x) CHECK(last.next() == text_of(x / 2.0));
  CHECK(!last.next());

  {
    auto left = pool.imap(text_of, pool.imap(half, range(100'000)));
    CHECK(left.next() == text_of(0));
  }
  CHECK(pool.wait_idle(tp::Timeout(kLong)));  // the first stage has ended with the second

  auto first = pool.imap(half, range(100'000));  // more than its window has
  first.cancel();
  auto second = pool.imap(text_of, std::move(first));
  CHECK(throws<tp::Canceled>([&] { read(second, pool); }));
}

struct {
  const char* name;
  void (*run)(tp::ClusterPool& pool);
} const kCases[] = {{"layer_values", values},
                    {"layer_async", async},
                    {"layer_errors", errors},
                    {"layer_shared", shared},
                    {"layer_stages", stages}};

}  // namespace

int main(int argc, char** argv) {
  tp::ClusterPool pool;
  if (!pool) {
    CHECK(throws<tp::PoolNotRunning>([&] { pool.apply(square, 1); }));
    return failures ? 1 : 0;
  }
  CHECK(tp::this_task::rank() == 0);
  for (const auto& each : kCases)
    if (argc > 1 && !std::strcmp(argv[1], each.name)) {
      each.run(pool);
      return failures ? 1 : 0;
    }
  return 3;
}
