// SPDX-License-Identifier: MIT
// What cereal serializes crosses between ranks.
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <tpool/cluster.hpp>
#include <tpool/cluster_cereal.hpp>

#include "rank.hpp"

using namespace rank;

namespace {

struct Word {
  std::string text;
  std::map<int, std::string> notes;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(text, notes);
  }
};

// Both a plain type and cereal's: it crosses as its bytes.
struct Point {
  int x, y;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(x, y);
  }
};

// A codec of the program's own comes before that by cereal.
struct Own {
  std::string text;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
};

}  // namespace

namespace tp {
template <>
struct codec<Own> {
  static void pack(const Own& own, Packer& to) { to.put(own.text + '!'); }
  static Own unpack(Unpacker& from) { return {from.get<std::string>()}; }
};
}  // namespace tp

namespace {

using tp::detail::has_codec;
static_assert(has_codec<std::vector<Word>> && has_codec<std::map<int, std::string>>);
static_assert(has_codec<std::unique_ptr<Word>> && has_codec<std::optional<std::map<int, int>>>);
static_assert(!has_codec<int*> && !has_codec<std::vector<int*>> && !has_codec<const char*>);
static_assert(!has_codec<std::string_view> && !has_codec<std::optional<int*>>);

Word shout(const Word& word) {
  Word louder = word;
  louder.text += '!';
  louder.notes[7] = "shouted";
  return louder;
}

void values(tp::ClusterPool& pool) {
  const std::vector<Word> words(50, Word{"hello", {{1, "greets"}}});
  for (const Word& word : pool.map(shout, words))
    CHECK(word.text == "hello!" && word.notes.at(1) == "greets" && word.notes.at(7) == "shouted");
  const auto count = [](const std::vector<Word>& all) { return all.size(); };
  CHECK(pool.apply(count, words) == 50);
  using Map = std::map<int, std::string>;
  const auto add = [](Map map, int key) { return map[key] = "new", map; };
  CHECK(pool.apply(add, Map{{1, "old"}}, 2) == Map{{1, "old"}, {2, "new"}});
  const auto sum = [](const Point& point) { return point.x + point.y; };
  CHECK(pool.map(sum, std::vector<Point>{{1, 2}, {3, 4}}) == std::vector<int>{3, 7});
  const auto text = [](const std::shared_ptr<std::string>& at) { return at ? *at : "none"; };
  const auto texts = {std::make_shared<std::string>("some"), std::shared_ptr<std::string>()};
  CHECK(pool.map(text, texts) == std::vector<std::string>{"some", "none"});
}

void shared(tp::ClusterPool& pool) {
  const tp::Shared<std::map<int, std::string>> names =
      pool.share(std::map<int, std::string>{{0, "zero"}, {1, "one"}});
  const auto name = [](const std::map<int, std::string>& all, int x) { return all.at(x % 2); };
  const std::vector<std::string> found = pool.map(tp::with(names, name), range(100));
  for (std::size_t i = 0; i < 100; ++i) CHECK(found[i] == (i % 2 ? "one" : "zero"));
  CHECK(pool.share(Own{"mine"})->text == "mine!");
}

struct {
  const char* name;
  void (*run)(tp::ClusterPool& pool);
} const kCases[] = {{"cereal_values", values}, {"cereal_shared", shared}};

}  // namespace

int main(int argc, char** argv) {
  tp::ClusterPool pool;
  if (!pool) return failures ? 1 : 0;
  for (const auto& each : kCases)
    if (argc > 1 && !std::strcmp(argv[1], each.name)) {
      each.run(pool);
      return failures ? 1 : 0;
    }
  return 3;
}
