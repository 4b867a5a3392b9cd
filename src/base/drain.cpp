// SPDX-License-Identifier: MIT
// A barrier in other threads where the kernel refuses membarrier. Stage: base, used by all.
#include "base/asymmetric_fence.h"
#include "base/clock.h"
#include "base/futex.h"
#include "base/pages.h"

namespace tp::core {

void drain_stores() noexcept {
  constexpr double kSeconds = 0.01;  // a thousand times what the slowest store takes
  constexpr std::size_t kPage = 4096;
  if (void* const page = map_pages(kPage, true)) unmap_pages(page, kPage);
  std::atomic<std::uint32_t> nobody{0};
  for (const Deadline end = Deadline::in(kSeconds); !end.passed();) futex_wait(nobody, 0, end);
}

}  // namespace tp::core
