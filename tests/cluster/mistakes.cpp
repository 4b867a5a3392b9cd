// SPDX-License-Identifier: MIT
// Does not compile: each line that has a mistake says what mistakes.sh wants the compiler to say, in its comment or in
// the line above. One line of each kind also says what the compiler tells to do.
#include <optional>
#include <string>
#include <string_view>
#include <tpool/cluster.hpp>
#include <vector>

using Ints = std::vector<int>;

struct Scale {
  int factor;
  int operator()(int x) const { return factor * x; }
};

struct Copied {
  Copied() = default;
  Copied(const Copied&) {}
};
template <>
struct tp::codec<Copied> {
  static void pack(const Copied&, tp::Packer&) {}
  static Copied unpack(tp::Unpacker&) { return {}; }
};

struct alignas(64) Wide {
  int x;
};
struct alignas(128) Wider {
  int x;
};

int twice(int x) { return 2 * x; }
int first(const Ints& all, int) { return all.front(); }

void captures(tp::ClusterPool& pool, const Ints& range, int factor) {
  // says: what runs in another rank may capture nothing: share what it needs (tp::with), or put it into the items
  pool.map([&factor](int x) { return factor * x; }, range);
  pool.map_async([factor](int x) { return factor * x; },
                 range);  // says: what runs in another rank may capture nothing
  static_cast<void>(
      pool.imap(Scale{3}, range));  // says: what runs in another rank may capture nothing
  pool.apply([&](int x) { return factor * x; },
             4);  // says: what runs in another rank may capture nothing
}

void no_codec(tp::ClusterPool& pool, const std::vector<const char*>& texts, int* where) {
  // says: this type can't cross between ranks: it has no tp::codec<T>. Pointers, references and views mean nothing in
  pool.map([](const char* text) { return *text == 0; }, texts);
  pool.apply([](const int* at) { return *at; },
             where);  // says: this type can't cross between ranks
  pool.map([](int) { return std::string_view("x"); },
           Ints{1});  // says: this type can't cross between ranks
  static_cast<void>(
      pool.share(std::vector<int*>{where}));  // says: this type can't cross between ranks
}

void optional_pointers(tp::ClusterPool& pool, const char* text) {
  pool.map([](std::optional<const char*>) {},
           std::vector{std::optional(text)});  // says: this type can't cross between ranks
  pool.apply([](std::optional<std::string_view>) {},
             std::optional<std::string_view>(text));  // says: this type can't cross between ranks
}

void throws_when_moved(tp::ClusterPool& pool) {
  // says: a value that crosses between ranks must move without an exception: make its move constructor noexcept
  pool.map([](int) { return Copied(); }, Ints{1});
}

void wide(tp::ClusterPool& pool) {
  // says: what crosses between ranks arrives aligned for std::max_align_t, and no more: send a type without alignas
  pool.map([](const Wide& wide) { return wide.x; }, std::vector<Wide>(2));
  pool.map([](int x) { return Wide{x}; },
           Ints{1});  // says: what crosses between ranks arrives aligned
}

void wider(tp::ClusterPool& pool) {
  static_cast<void>(pool.share(Wide{}));
  // says: a copy of a shared object lies at a multiple of 64 bytes: share a type without a stricter alignas
  static_cast<void>(pool.share(Wider{}));
}

void with_captures(tp::ClusterPool& pool, const tp::Shared<Ints>& table, const Ints& range) {
  const int more = 1;
  // says: tp::with takes a function or a class without data: put what it needs into the items or the shared object
  pool.map(tp::with(table, [more](const Ints& all, int x) { return all[0] + x + more; }), range);
}

void right(tp::ClusterPool& pool, const tp::Shared<Ints>& table, const Ints& range) {
  pool.map(twice, range);
  pool.map([](int x) { return x + 1; }, range);
  pool.map(tp::with(table, first), range);
}
