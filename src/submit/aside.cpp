// SPDX-License-Identifier: MIT
// Stage 3: a job that its submitter runs alone, as a trace sees it; from submit/*, to result/traced.
#include "submit/aside.h"

namespace tp::core {

/// Without a name there is nothing to tell of the job but its run.
void Aside::begin_trace(std::size_t items, JobKind kind, const char* name) noexcept {
  if (status_ != TP_OK || !(trace_ = pool_.trace())) return;
  if (name) keep_submit(*trace_, pool_, this, kind, name);
  const Point point = kind == JobKind::apply ? Point::task : Point::chunk;
  record_.begin(*trace_, name ? this : nullptr, point, kind, 0, items);
}

void Aside::end_trace() noexcept {
  record_.end(*trace_, pool_);
  if (record_.event.job) keep_moment(*trace_, pool_, Point::end, this);
}

}  // namespace tp::core
