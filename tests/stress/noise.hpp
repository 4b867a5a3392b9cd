// SPDX-License-Identifier: MIT
// Delays at the sync points of the core (src/base/sync_point.h).
#pragma once

#include "support/test.hpp"

namespace stress {

// The first thread that comes to a point runs a function there: an order that chance seldom has. Several may live at
// once; the newest one goes first.
class At {
 public:
  At(const char* point, std::function<void()> f);
  ~At();
  At(const At&) = delete;
  At& operator=(const At&) = delete;

  void come(const char* point);
  bool reached() const { return reached_; }

 private:
  At* const older_;
  const char* const point_;
  const std::function<void()> f_;
  std::atomic<bool> reached_{false};
};

// While it lives there is a little noise at every point, and much at some of them, which the seed
// chooses.
class Noise {
 public:
  explicit Noise(std::uint64_t seed);
  ~Noise();
  Noise(const Noise&) = delete;
  Noise& operator=(const Noise&) = delete;
};

}  // namespace stress
