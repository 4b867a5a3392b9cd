// SPDX-License-Identifier: MIT
// Where the decisions of a sequence come from: a seed, or the bytes of a fuzzer.
#pragma once

#include "stress/race.hpp"

namespace stress {

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : seed_(seed), random_(seed) {}
  Choices(const std::uint8_t* bytes, std::size_t count)
      : seed_(count), random_(count), bytes_(bytes), left_(count) {}

  // 0 ... n-1. Bytes that have run out read as zeros.
  std::uint32_t below(std::uint32_t n) {
    if (!bytes_) return random_.below(n);
    const std::uint32_t byte = left_ ? bytes_[--left_] : 0;
    return byte % n;
  }
  bool coin() { return below(2) != 0; }
  bool one_in(std::uint32_t n) { return below(n) == n - 1; }

  // Whether there are no more: a seed's never end.
  bool done() const { return bytes_ && left_ == 0; }

  // The decisions of the k-th of n threads, each with its own.
  Choices part(std::size_t k, std::size_t n) const {
    if (!bytes_) return Choices(seed_ * 64 + k + 1);
    const std::size_t size = left_ / n;
    return Choices(bytes_ + k * size, size);
  }

 private:
  std::uint64_t seed_;
  Random random_;
  const std::uint8_t* bytes_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace stress
