// SPDX-License-Identifier: MIT
// What a sync point does: mostly nothing, sometimes a yield, a pause or a short sleep.
#include "stress/noise.hpp"

#include <ctime>

#include "base/sync_point.h"
#include "stress/race.hpp"

static std::atomic<std::uint64_t> noise_seed{0};
static std::atomic<stress::At*> at{nullptr};
static std::atomic<std::uint64_t> threads{0};
static thread_local std::uint64_t state = 0;

static std::uint64_t hash(const char* name) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (; *name; ++name) sum = (sum ^ static_cast<unsigned char>(*name)) * 0x100000001b3;
  return sum ^ sum >> 29;
}

static std::uint64_t next(std::uint64_t seed) {
  if (!state)
    state = (seed + threads.fetch_add(1, std::memory_order_relaxed)) * 0x9e3779b97f4a7c15 | 1;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (state * 0x2545f4914f6cdd1d) >> 32;
}

static void sleep_us(std::uint64_t us) {
  const timespec pause{0, static_cast<long>(us * 1000)};
  nanosleep(&pause, nullptr);
}

stress::Noise::Noise(std::uint64_t seed) { noise_seed.store(seed + 1, std::memory_order_relaxed); }
stress::Noise::~Noise() { noise_seed.store(0, std::memory_order_relaxed); }

stress::At::At(const char* point, std::function<void()> f)
    : older_(at.load()), point_(point), f_(std::move(f)) {
  at.store(this);
}
stress::At::~At() { at.store(older_); }

void stress::At::come(const char* point) {
  if (std::strcmp(point, point_) == 0 && !reached_.exchange(true)) f_();
  if (older_) older_->come(point);
}

// Relaxed throughout: noise must not order what the core has left unordered.
void tp::core::sync_point(const char* point) noexcept {
  if (stress::At* const now = at.load(std::memory_order_relaxed)) now->come(point);
  const std::uint64_t seed = noise_seed.load(std::memory_order_relaxed);
  if (seed == 0) return;
  const std::uint64_t random = next(seed);
  const bool is_loud = (hash(point) ^ seed) % 16 == 0;
  const std::uint64_t dice = random % (is_loud ? 8 : 256);
  if (dice == 0)
    sleep_us((random >> 8) % 200);
  else if (dice == 1)
    sched_yield();
  else if (dice <= 3)
    stress::spin(static_cast<std::uint32_t>((random >> 8) % 2000));
}
