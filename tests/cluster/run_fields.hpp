// SPDX-License-Identifier: MIT
// Where the fields of messages stand, for tests that break them. The paths of the places are empty: all is the
// program's own.
#pragma once

#include <cstring>

#include "cluster/identity.h"
#include "cluster/wire.h"

namespace support {

using tp::cluster::Name;

// Of a request: Kind::run.
namespace run_at {
enum Which : std::size_t { kFn, kBatchFn, kCtx, kItemCodec, kValueCodec, kPlaces };
constexpr std::size_t kBatch = 4;
constexpr std::size_t place(std::size_t which) { return kBatch + 8 + which * (sizeof(Name) + 8); }
constexpr std::size_t kItemSize = place(kPlaces), kValueSize = kItemSize + 8;
constexpr std::size_t kDeadline = kValueSize + 8 + 4;  // behind the flags
constexpr std::size_t kCount = kDeadline + 8, kChunk = kCount + 8, kLevel = kChunk + 8;
constexpr std::size_t kSignature = kLevel + 4;   // its length
constexpr std::size_t kPacked = kSignature + 8;  // the size of the first packed item
}  // namespace run_at

// Of an answer, Kind::done, with one range of items that have ended alike, without a message.
namespace done_at {
constexpr std::size_t kBatch = 4, kEnds = 20, kCount = 28, kStatus = 36, kUnrun = 44;
constexpr std::size_t kMessage = 48;  // its length
constexpr std::size_t kValues = 64;
}  // namespace done_at

template <class T>
void put(tp::cluster::Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Offset of a place of a request in its object.
inline std::uint64_t offset(const tp::cluster::Bytes& run, std::size_t which) {
  Name name{};
  std::memcpy(&name, run.data() + run_at::place(which), sizeof name);
  return name.offset;
}
inline void put_offset(tp::cluster::Bytes& run, std::size_t which, std::uint64_t offset) {
  put(run, run_at::place(which) + sizeof(Name) - sizeof offset, offset);
}

// What stands before the parts of a message that has so many bytes.
inline tp::cluster::Bytes parts_ahead(std::uint64_t total) {
  const std::uint64_t ahead[] = {0x74706f6f6c206269u, total};
  return tp::cluster::Bytes(ahead, sizeof ahead);
}

}  // namespace support
