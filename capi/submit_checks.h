// SPDX-License-Identifier: MIT
// Stage 2: the checks of what submit calls have in common; from capi/submit and capi/future, to worker/pool.
#pragma once

#include <cstdint>

#include "tpool/submit.h"
#include "worker/pool.h"

namespace tp::capi {

// Each of these returns TP_OK, or refuses the call.

/// more: the flags that this call allows and others do not.
int check_options(const tp_job_options_t& options, const core::Pool& pool, std::uint32_t more);
int check_task(const tp_task_t& task, const core::Pool& pool);

/// The call uses the task's ctx until the function that is returned is called with it; nullptr: it need not be.
core::Taker::Release* lease_ctx(const tp_task_t& task, const core::Pool& pool);

}  // namespace tp::capi
