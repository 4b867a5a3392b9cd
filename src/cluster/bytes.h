// SPDX-License-Identifier: MIT
// Memory of a message. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

namespace tp::cluster {

/// Bytes that can grow. As in a vector, but nobody zeroes what is about to be written, and much of it lies in large
/// pages. All that takes memory throws std::bad_alloc, and then changes nothing.
class Bytes {
 public:
  Bytes() = default;
  /// So many, of any value.
  explicit Bytes(std::size_t count) { resize(count); }
  Bytes(const void* from, std::size_t count) { append(from, count); }
  /// So many zeros, which large memory of the system has at first.
  static Bytes zeros(std::size_t count);
  Bytes(const Bytes& other) : Bytes(other.data_, other.size_) {}
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes other) noexcept {
    swap(other);
    return *this;
  }
  ~Bytes();
  void swap(Bytes& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }

  char* data() noexcept { return data_; }
  const char* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  char& operator[](std::size_t at) noexcept { return data_[at]; }
  char* begin() noexcept { return data_; }
  const char* begin() const noexcept { return data_; }
  char* end() noexcept { return data_ + size_; }
  const char* end() const noexcept { return data_ + size_; }

  void reserve(std::size_t room) {
    if (room > room_) move_to(room);
  }
  /// Bytes that are new have any value.
  void resize(std::size_t size) {
    if (size > room_) grow(size);
    size_ = size;
  }
  void append(const void* from, std::size_t count) {
    const std::size_t at = size_;
    resize(at + count);
    if (count) std::memcpy(data_ + at, from, count);
  }

 private:
  void grow(std::size_t size);
  void move_to(std::size_t room);

  char* data_ = nullptr;  // aligned as malloc aligns
  std::size_t size_ = 0, room_ = 0;
};

}  // namespace tp::cluster
