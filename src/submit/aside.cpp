// SPDX-License-Identifier: MIT
// Stage 3: a job that its submitter runs alone, as a trace sees it; from submit/*, to trace/traced.
#include "submit/aside.h"

namespace tp::core {

/// Without a name there is nothing to tell of the job but its run.
void Aside::begin_trace(std::size_t items, JobKind kind, const char* name) noexcept {
  items_ = items;
  has_name_ = name && status_ == TP_OK;
  tag_ = {kind == JobKind::apply ? Point::task : Point::chunk, kind};
  if (has_name_) keep_submit(traced(), this, kind, name);
  began_ = begin_event(traced());
}

void Aside::end_trace() noexcept {
  keep_event(traced(), began_, has_name_ ? this : nullptr, 0, items_, tag_);
  if (has_name_) keep_moment(traced(), Point::end, this);
}

}  // namespace tp::core
