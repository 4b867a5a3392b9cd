// SPDX-License-Identifier: MIT
// Random lives for minutes: the books balance and the resident memory does not grow.
#include "stress/noise.hpp"
#include "stress/sequence.hpp"
#include "stress/watchdog.hpp"

using namespace stress;

namespace {

using Clock = std::chrono::steady_clock;

double soak_seconds() {
  const char* text = std::getenv("TPOOL_SOAK_SECONDS");
  return text ? std::strtod(text, nullptr) : 100;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double resident_mib() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// The line of least squares through points (time, memory).
class Slope {
 public:
  void add(double x, double y) { n_ += 1, x_ += x, y_ += y, xx_ += x * x, xy_ += x * y; }
  double value() const { return (n_ * xy_ - x_ * y_) / (n_ * xx_ - x_ * x_); }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

}  // namespace

TEST_CASE("soak", "[.soak]") {
  static constexpr std::uint32_t kFlags[] = {0, 0, TP_POOL_NO_THREADS, TP_POOL_MANUAL_CALLBACKS};
  const double seconds = soak_seconds();
  const Clock::time_point start = Clock::now();
  Watchdog watchdog;
  Slope slope;
  double measured = 0;
  std::uint64_t seed = 1;
  for (; seconds_since(start) < seconds; ++seed) {
    watchdog.begin(seed);
    const Noise noise(seed);
    const char* const wrong = run_sequence(Choices(seed), kFlags[seed % 4]);
    INFO("TPOOL_STRESS_SEED=" << seed);
    REQUIRE((wrong ? wrong : "") == std::string());
    const double now = seconds_since(start);
    if (now < seconds / 4 || now < measured + 0.1) continue;
    slope.add(measured = now, resident_mib());
  }
  const double mib_a_minute = slope.value() * 60;
  std::printf("%llu lives, %.1f MiB resident, %+.3f MiB a minute\n",
              static_cast<unsigned long long>(seed - 1), resident_mib(), mib_a_minute);
  // a sanitizer keeps what was freed for a while
  CHECK((mib_a_minute < 1 || support::kAddressSanitizer || support::kThreadSanitizer));
}
