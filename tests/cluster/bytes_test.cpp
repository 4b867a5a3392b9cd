// SPDX-License-Identifier: MIT
// Memory of messages: it grows and keeps what it has, or throws and stays as it is.
#include "cluster/wire.h"
#include "support/test.hpp"

using tp::cluster::Bytes;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

Bytes pattern(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes.data()[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

bool are_equal(const Bytes& one, const Bytes& other) {
  return one.size() == other.size() && std::equal(one.begin(), one.end(), other.begin());
}

}  // namespace

TEST_CASE("Bytes keep what they have when they grow and are copied and moved") {
  const std::size_t size = GENERATE(as<std::size_t>(), 0, 1, 4096, 5 * kMiB);
  const Bytes expected = pattern(size);
  Bytes bytes = expected;
  bytes.append("tail", 4);
  bytes.reserve(3 * size + 100);
  bytes.resize(2 * size + 50);
  CHECK(std::equal(expected.begin(), expected.end(), bytes.begin()));
  CHECK(std::memcmp(bytes.data() + size, "tail", 4) == 0);
  bytes.resize(size);
  CHECK(are_equal(bytes, expected));
  const Bytes moved = std::move(bytes);
  CHECK(are_equal(moved, expected));
  bytes = moved;
  CHECK(are_equal(bytes, expected));
}

TEST_CASE("Bytes that are asked for as zeros are zeros") {
  { const Bytes used = pattern(8 * kMiB); }  // memory that may come back
  const Bytes zeros = Bytes::zeros(GENERATE(as<std::size_t>(), 0, 1, 4097, 8 * kMiB));
  CHECK(std::count(zeros.begin(), zeros.end(), '\0') == zeros.end() - zeros.begin());
}

TEST_CASE("Bytes without memory for more throw and stay as they are") {
  const Bytes expected = pattern(100);
  Bytes bytes = expected;
  CHECK_THROWS_AS(bytes.resize(SIZE_MAX - 200), std::bad_alloc);
  CHECK_THROWS_AS(bytes.reserve(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(Bytes(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(Bytes::zeros(SIZE_MAX), std::bad_alloc);
  CHECK(are_equal(bytes, expected));
}

TEST_CASE("A reader finds what a writer has aligned") {
  const int before = GENERATE(range(0, 20));
  tp::cluster::Writer writer(tp::cluster::Kind::run);
  for (int i = 0; i < before; ++i) writer.put(char{1});
  writer.align();
  const std::size_t at = writer.bytes().size();
  CHECK(at % tp::cluster::kAligned == 0);
  writer.put(std::uint64_t{42});
  const Bytes message = writer.take();
  CHECK(reinterpret_cast<std::uintptr_t>(message.data()) % tp::cluster::kAligned == 0);
  tp::cluster::Reader reader(message);
  reader.get<tp::cluster::Kind>();
  for (int i = 0; i < before; ++i) CHECK(reader.get<char>() == 1);
  reader.align();
  CHECK(reader.get<std::uint64_t>() == 42);
  CHECK(reader.is_at_end());

  const Bytes cut(message.data(), at - 1);
  tp::cluster::Reader end(cut);
  end.get_bytes(cut.size());
  end.align();
  CHECK_FALSE(end.ok());
}
