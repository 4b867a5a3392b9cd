// SPDX-License-Identifier: MIT
// One rank's traffic, with messages that never come whole, can't be kept, or never go.
#include "cluster/traffic.h"

#include <new>

#include "cluster/queue_engine.hpp"
#include "cluster/run_fields.hpp"

using namespace support;
using tp::cluster::Bytes;
using tp::cluster::Traffic;

namespace {

// Notes what the traffic tells, and ends it when there is enough.
class Notes final : public tp::cluster::Listener {
 public:
  void came(int, Bytes bytes) override {
    if (bytes.empty()) support::give_up("a message without bytes");
    if (bytes[0] == kUnbearable) throw std::bad_alloc();
    messages.push_back(bytes[0]);
  }
  void broke(int rank) noexcept override { broken.push_back(rank); }
  bool tick(std::uint64_t) noexcept override { return !is_enough(); }
  bool is_busy() noexcept override { return false; }
  std::uint64_t rest_ns(std::uint64_t) noexcept override {
    rests = true;
    return 1000;
  }

  static constexpr char kUnbearable = '!';
  std::string messages;
  std::vector<int> broken;
  bool rests = false;
  std::function<bool()> is_enough;
};

// Rank 0 of three.
struct RankZero {
  RankZero() {
    int rank = 0, ranks = 0;
    REQUIRE(QueueEngine::table().start(nullptr, &rank, &ranks, nullptr, 0) == 0);
  }
  // A message of one byte.
  void forge(int from, char what, int fate = QueueEngine::kArrives) {
    engine.forge(from, 0, Bytes(&what, 1), fate);
  }

  QueueEngine engine{3};
  Traffic traffic{QueueEngine::table(), 3};
  Notes notes;
};

}  // namespace

TEST_CASE("A rank's messages come in their order, and don't hold up those of others") {
  RankZero zero;
  zero.forge(1, 'a', QueueEngine::kSticks);
  zero.forge(1, 'b');
  zero.forge(2, 'c');
  zero.notes.is_enough = [&] {
    if (zero.notes.messages == "c") zero.engine.unstick();
    return zero.notes.messages.size() == 3;
  };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.messages == "cab");
  CHECK(zero.notes.broken.empty());
}

TEST_CASE("A rank whose message can't be kept is told of once, and nothing more comes of it") {
  const bool arrives = GENERATE(false, true);
  RankZero zero;
  for (const char what : {Notes::kUnbearable, 'a', Notes::kUnbearable})
    zero.forge(1, what, arrives || what == 'a' ? QueueEngine::kArrives : QueueEngine::kIsTooLong);
  zero.forge(2, 'b');
  zero.notes.is_enough = [&] { return !zero.notes.messages.empty(); };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.messages == "b");
  CHECK(zero.notes.broken == std::vector<int>{1});
}

TEST_CASE("A message in parts that there is no memory for loses its sender") {
  const auto total = GENERATE(as<std::uint64_t>{}, UINT64_MAX, std::uint64_t{1} << 63);
  RankZero zero;
  zero.engine.forge(1, 0, parts_ahead(total));
  zero.forge(1, 'a');
  zero.forge(2, 'b');
  zero.notes.is_enough = [&] { return !zero.notes.messages.empty(); };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.messages == "b");
  CHECK(zero.notes.broken == std::vector<int>{1});
}

TEST_CASE("What would be in parts, but is small enough for one message, is none") {
  RankZero zero;
  zero.engine.forge(1, 0, parts_ahead(tp::cluster::kMostInMessage));
  zero.forge(1, 'a');
  zero.notes.is_enough = [&] { return zero.notes.messages.size() == 2; };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.messages == "ia");  // the mark begins with an i
  CHECK(zero.notes.broken.empty());
}

TEST_CASE("A part of another length than is to come loses its sender, and no other") {
  RankZero zero;
  zero.engine.forge(1, 0, parts_ahead(tp::cluster::kMostInMessage + 1));
  zero.forge(1, 'a');
  zero.forge(2, 'b');
  zero.forge(1, 'c');
  zero.forge(2, 'd');
  zero.notes.is_enough = [&] { return zero.notes.messages.size() == 2; };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.messages == "bd");
  CHECK(zero.notes.broken == std::vector<int>{1});
}

TEST_CASE("Nobody waits for what is under way to or from a lost rank, but its memory stays") {
  RankZero zero;
  zero.engine.plant([](int, int, Bytes&) { return QueueEngine::kSticks; });
  zero.traffic.push(1, Bytes("a", 1));
  zero.forge(1, 'b', QueueEngine::kSticks);
  zero.traffic.lose(1);
  zero.notes.is_enough = [&] { return zero.notes.rests; };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.rests);
  zero.engine.plant(nullptr);
  CHECK(zero.notes.messages.empty());
  CHECK(zero.notes.broken.empty());
}

TEST_CASE("When the engine has failed all ranks are told of, once") {
  RankZero zero;
  zero.engine.has_failed = true;
  zero.notes.is_enough = [&] { return zero.notes.rests; };
  zero.traffic.run(zero.notes);
  CHECK(zero.notes.broken == std::vector<int>{0, 1, 2});
}
