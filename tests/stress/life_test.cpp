// SPDX-License-Identifier: MIT
// Thousands of short lives of pools. A failing one says its seed; with TPOOL_STRESS_SEED each
// thread makes the same calls again.
#include "stress/noise.hpp"
#include "stress/sequence.hpp"
#include "stress/watchdog.hpp"

using namespace stress;

// So many of a thousand lives as there are by default: 20,000, and 3,000 with a sanitizer. The seed
// of the environment is lived again and again, because what the threads make of it differs.
static void live(std::uint32_t flags, std::size_t thousandths) {
  const bool slow = support::kThreadSanitizer || support::kAddressSanitizer;
  const std::size_t lives = rounds() * (slow ? 3 : 20) * thousandths / 1000;
  const char* const given = std::getenv("TPOOL_STRESS_SEED");
  Watchdog watchdog;
  for (std::size_t i = 0; i < lives; ++i) {
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : i + 1;
    INFO("TPOOL_STRESS_SEED=" << seed);
    watchdog.begin(seed);
    const Noise noise(seed);
    const char* const wrong = run_sequence(Choices(seed), flags);
    REQUIRE((wrong ? wrong : "") == std::string());
  }
}

TEST_CASE("random lives of a pool") { live(0, 600); }

TEST_CASE("random lives of a pool that lives on its host's threads") {
  live(TP_POOL_NO_THREADS, 150);
}

TEST_CASE("random lives of a pool whose callbacks the host runs") {
  live(TP_POOL_MANUAL_CALLBACKS, 150);
}

TEST_CASE("random lives of a pool that does nothing by itself") {
  live(TP_POOL_NO_THREADS | TP_POOL_MANUAL_CALLBACKS, 100);
}
