// SPDX-License-Identifier: MIT
// Messages between ranks, as bytes. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "cluster/bytes.h"

namespace tp::cluster {

enum class Kind : std::uint32_t {
  hello = 1,  // a rank to rank 0: who it is
  welcome,    // rank 0 to a rank: whether the pool begins
  run,        // items to run
  stop,       // items should stop
  back,       // items that have not started are to come back
  share,      // an object that items will use
  bind,       // a function that they call with such an object
  unshare,    // no item will use it any more
  done,       // how items have ended, and their values
  beat,       // a sign of life
  bye,        // rank 0: the pool has ended
  left,       // a rank: it has ended, too
  lost,       // rank 0 has given the rank up
  over,       // rank 0: all living ranks have ended, and may go
};

/// Items in a message are aligned as malloc aligns, for tasks that read them there.
inline constexpr std::size_t kAligned = 16;

/// Appends plain values.
class Writer {
 public:
  explicit Writer(Kind kind) { put(kind); }

  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(&value, sizeof value);
  }
  void put_bytes(const void* from, std::size_t count) { bytes_.append(from, count); }
  /// What follows begins at a multiple of kAligned. The bytes between are zero.
  void align() {
    constexpr char zeros[kAligned] = {};
    bytes_.append(zeros, -bytes_.size() % kAligned);
  }
  void put_text(const std::string& text) {
    put(std::uint64_t{text.size()});
    put_bytes(text.data(), text.size());
  }
  Bytes& bytes() noexcept { return bytes_; }
  Bytes take() noexcept { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads what a Writer has written. Every length is checked. After the first wrong one nothing is read, and ok() is
/// false.
class Reader {
 public:
  explicit Reader(const Bytes& bytes) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  template <class T>
  T get() noexcept {
    T value{};
    if (const char* const from = get_bytes(sizeof value)) std::memcpy(&value, from, sizeof value);
    return value;
  }
  /// nullptr when there are fewer.
  const char* get_bytes(std::size_t count) noexcept {
    if (!ok_ || count > left()) {
      ok_ = false;
      return nullptr;
    }
    const char* const from = at_;
    at_ += count;
    return from;
  }
  /// A longer one than `most` is wrong.
  std::string get_text(std::size_t most = SIZE_MAX) {
    const auto count = static_cast<std::size_t>(get<std::uint64_t>());
    if (count > most) ok_ = false;
    const char* const from = get_bytes(count);
    return from ? std::string(from, count) : std::string();
  }
  /// To where a Writer has aligned.
  void align() noexcept { get_bytes(-at() % kAligned); }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  bool ok() const noexcept { return ok_; }
  /// All has been read, and was right.
  bool is_at_end() const noexcept { return ok_ && at_ == end_; }

 private:
  std::size_t at() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  bool ok_ = true;
};

}  // namespace tp::cluster
