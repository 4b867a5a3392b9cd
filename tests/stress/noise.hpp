// SPDX-License-Identifier: MIT
// Delays at the noise points of the core (src/base/noise.h).
#ifndef TPOOL_TESTS_STRESS_NOISE_HPP
#define TPOOL_TESTS_STRESS_NOISE_HPP

#include <cstdint>

namespace stress {

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

#endif
