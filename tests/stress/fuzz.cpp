// SPDX-License-Identifier: MIT
// libFuzzer's entry: one input is one sequence. A hang is libFuzzer's to find (-timeout=60).
#include "stress/noise.hpp"
#include "stress/sequence.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (count < 2) return 0;
  constexpr std::uint32_t kFlags =
      TP_POOL_NO_THREADS | TP_POOL_MANUAL_CALLBACKS | TP_POOL_CALLER_HELPS;
  const stress::Noise noise(bytes[1]);
  const char* const wrong =
      stress::run_sequence(stress::Choices(bytes + 2, count - 2), bytes[0] & kFlags);
  if (!wrong) return 0;
  std::fprintf(stderr, "wrong: %s\n", wrong);
  std::abort();
}
